"""Clients are greeted while the server is still being imported."""

import _socket
import hashlib
import os
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pop3lab.cli.start import early_greeter, greets_all_alike
from pop3lab.cli.words import server_texts
from pop3lab.config.reading import load, load_directory
from pop3lab.transport.early_greeter import EarlyGreeter
from pop3lab.transport.listen import listen
from tests.served import COMMAND, Client, served

# Holds back the import of the server until somebody writes to a named pipe.
HELD = """\
import sys

class Held:
    def find_spec(self, name, path=None, target=None):
        if name == "pop3lab.cli.serve":
            open({pipe!r}).read()

sys.meta_path.insert(0, Held())
"""


class Import:
    """The import of a server that is held back until it is let go."""

    def __init__(self, folder: Path) -> None:
        self._pipe = folder / "pipe"
        os.mkfifo(self._pipe)
        (folder / "sitecustomize.py").write_text(HELD.format(pipe=str(self._pipe)))
        self.environ = {**os.environ, "PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}

    def go_on(self) -> None:
        """Let it go on."""
        self._pipe.write_text("")


@pytest.fixture
def held(tmp_path: Path) -> Import:
    place = tmp_path / "site"
    place.mkdir()
    return Import(place)


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "1").write_bytes(b"Subject: one\r\n\r\nhello\r\n")
    return folder


def test_a_client_is_greeted_before_the_server_is_imported(held: Import, mail: Path) -> None:
    with served(mail, env=held.environ) as server:
        client = server.client()  # which has read the greeting
        held.go_on()
        timestamp = client.greeting.rpartition(" ")[2]
        digest = hashlib.md5(f"{timestamp}password".encode()).hexdigest()
        assert client.ask(f"APOP user {digest}").startswith("+OK")
        assert client.ask("QUIT").startswith("+OK")
        assert client.closed()


def test_what_comes_after_the_greeting_is_not_listed(held: Import, mail: Path) -> None:
    with served(mail, env=held.environ) as server:
        client = server.client()
        (mail / "2").write_bytes(b"Subject: two\r\n\r\nhello\r\n")
        held.go_on()
        client.ask("USER user")
        client.ask("PASS password")
        assert client.ask("STAT").split()[1] == "1"


def test_what_is_gone_after_the_greeting_keeps_its_number(held: Import, mail: Path) -> None:
    (mail / "2").write_bytes(b"Subject: two\r\n\r\nhello\r\n")
    with served(mail, env=held.environ) as server:
        client = server.client()
        (mail / "1").unlink()
        held.go_on()
        client.ask("USER user")
        client.ask("PASS password")
        assert client.ask("STAT").split()[1] == "2"
        assert client.ask("RETR 1").startswith("-ERR")
        assert client.body("RETR 2").startswith(b"Subject: two")


def test_a_client_that_has_left_again_is_nobody(held: Import, mail: Path) -> None:
    with served(mail, env=held.environ) as server:
        Client(server.port).close()
        held.go_on()
        assert server.logged_in().ask("STAT").split()[1] == "1"
        server.stop()


def test_many_are_greeted_in_the_order_in_which_they_came(mail: Path) -> None:
    listener = listen("127.0.0.1", 0)
    greeter = EarlyGreeter(listener, lambda number: (b"+OK %d\r\n" % number, f"<{number}>"))
    greeter.start()
    clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    with closing_all(listener, *clients):
        assert [client.recv(100) for client in clients] == [
            b"+OK 1\r\n",
            b"+OK 2\r\n",
            b"+OK 3\r\n",
        ]
        found = greeter.stop()
        assert [client.timestamp for client in found] == ["<1>", "<2>", "<3>"]
        assert [client.address for client in found] == [each.getsockname() for each in clients]
        assert [client.files for client in found] == [None] * 3
        for client in found:
            client.connection.close()


def test_no_more_are_greeted_than_may_be_connected() -> None:
    listener = listen("127.0.0.1", 0)
    greeter = EarlyGreeter(listener, lambda number: (b"+OK\r\n", ""), most=1)
    greeter.start()
    with closing_all(listener, socket.create_connection(listener.getsockname())) as (_, first):
        first.recv(100)
        waiting = socket.create_connection(listener.getsockname())
        (found,) = greeter.stop()
        with closing_all(waiting, found.connection):
            connection, address = listener._accept()  # type: ignore[attr-defined]
            os.close(connection)
            assert address == waiting.getsockname()  # and not the one who was greeted


def test_the_server_is_imported_where_more_come_than_there_are_descriptors(
    held: Import, mail: Path
) -> None:
    few = ("sh", "-c", 'ulimit -n 40 && exec "$@"', "sh", *COMMAND)
    with served(mail, command=few, env=held.environ) as server:
        address = "127.0.0.1", server.port
        with closing_all(*(socket.create_connection(address) for _ in range(50))) as clients:
            clients[9].recv(100)
            select.select([clients[-1]], [], [], 0.2)  # which would be too many
            held.go_on()
            assert clients[-1].recv(100).startswith(b"+OK")


def test_who_can_not_be_told_what_is_there_waits_for_the_server(tmp_path: Path) -> None:
    listener = listen("127.0.0.1", 0)
    greeter = EarlyGreeter(listener, lambda number: (b"+OK\r\n", ""), folder=str(tmp_path / "gone"))
    greeter.start()
    with closing_all(listener, socket.create_connection(listener.getsockname())) as (_, waiting):
        select.select([waiting], [], [], 0.2)
        assert greeter.stop() == []
        connection, address = listener._accept()  # type: ignore[attr-defined]
        os.close(connection)
        assert address == waiting.getsockname()


def test_nobody_is_greeted_early_where_a_folder_takes_long_to_list(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / str(number)).touch()
    listener = listen("127.0.0.1", 0)
    with closing_all(listener):
        settings = load_directory({}, []).settings.replace(target=str(tmp_path))
        greeter = early_greeter(settings, listener)
        assert greeter
        greeter.stop()
        (tmp_path / "one more").touch()
        assert early_greeter(settings, listener) is None


@pytest.mark.parametrize("any_user", [False, True])
def test_apop_is_offered_early_where_somebody_can_use_it(tmp_path: Path, any_user: bool) -> None:
    listener = listen("127.0.0.1", 0)
    settings = load_directory({}, []).settings.replace(target=str(tmp_path), any_user=any_user)
    with closing_all(listener, socket.create_connection(listener.getsockname())) as (_, client):
        greeter = early_greeter(settings, listener)
        assert greeter
        greeting = client.recv(1000)
        for early in greeter.stop():
            early.connection.close()
    assert (b"<" in greeting) is not any_user


def test_nobody_is_greeted_early_where_the_folder_has_gone_since_the_port_line(
    tmp_path: Path,
) -> None:
    listener = listen("127.0.0.1", 0)
    with closing_all(listener):
        settings = load_directory({}, []).settings.replace(target=str(tmp_path / "gone"))
        assert early_greeter(settings, listener) is None


@contextmanager
def closing_all(*sockets: _socket.socket) -> Iterator[Sequence[Any]]:
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


@pytest.mark.parametrize(
    ("words", "early"),
    [
        ("", True),
        ("--tls-self-signed", True),
        ("--host ::1", True),
        ("--limit-connections 1", True),
        ("--host 0.0.0.0 --public --limit-connections-address 0", True),
        ("--host 0.0.0.0 --public", False),  # addresses have their limit
        ("--proxy-from 127.0.0.0/8", False),  # greeted once it is known who it is
        ("--control", False),  # watched
        ("--events", False),
        ("--transcript t.txt", False),
    ],
)
def test_who_is_greeted_early(words: str, early: bool) -> None:
    given = ["/tmp", "--user", "ann:secret", "--port", "0", *words.split()]
    assert greets_all_alike(load(server_texts(given), {}).settings) is early
