"""Which thread looks at folders and reads messages: never that of the loop, when it may take long.

Everything that opens or lists a file says so (sys.addaudithook), in the process of the server.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.served import Client

_SERVER = """
import sys, threading
target, *words = sys.argv[1:]
loop = threading.main_thread()
told = open(target + ".told", "a", buffering=1)

def hook(event, arguments):
    if event in ("os.listdir", "os.scandir") or event == "open" and str(arguments[0])[:1] == "m":
        if threading.current_thread() is loop:
            print(event, arguments[0], file=told)

import pop3lab.cli.main, pop3lab.cli.misbehaviour, pop3lab.cli.serve
sys.addaudithook(hook)
sys.exit(pop3lab.cli.main.main([*words]))
"""


class Watched:
    """A server whose loop is watched."""

    def __init__(self, process: "subprocess.Popen[str]", told: Path) -> None:
        assert process.stdout
        self.port = int(process.stdout.readline())
        self._told = told
        self._clients: list[Client] = []

    @property
    def in_loop(self) -> str:
        """What its loop has opened or listed."""
        return self._told.read_text()

    def started(self) -> str:
        """Wait until the start is over; return what the loop has opened or listed for it.

        A client is greeted before, so a command must be answered.
        """
        assert self.client().ask("NOOP").startswith("-ERR")
        return self.in_loop

    def client(self) -> Client:
        self._clients.append(Client(self.port))
        return self._clients[-1]

    def login(self) -> Client:
        client = self.client()
        client.ask("USER ann")
        assert client.ask("PASS secret").startswith("+OK ")
        return client

    def forget(self) -> None:
        """Close the clients."""
        for client in self._clients:
            client.close()


@contextmanager
def watched(told: Path, *words: str) -> Iterator[Watched]:
    """told: a file for what the loop does, without its `.told`."""
    command = [sys.executable, "-c", _SERVER, str(told), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            server = Watched(process, Path(f"{told}.told"))
            try:
                yield server
            finally:
                server.forget()
        finally:
            process.terminate()


LONG = b"Subject: more\n\n" + b"x" * 70 + b"\n"
LONG *= 1000  # what is short is read at once: a thread would take longer


def fill(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"m{number:03}").write_bytes(b"Subject: x\n\none\n")


@pytest.mark.parametrize("count", [3, 150])
@pytest.mark.parametrize("kind", ["folder", "Maildir", "{user}"])
def test_no_login_lists_or_counts_in_the_loop(tmp_path: Path, kind: str, count: int) -> None:
    place = tmp_path / "box"
    target = tmp_path / "{user}" if kind == "{user}" else place
    place = tmp_path / "ann" if kind == "{user}" else place
    messages = place / "new" if kind == "Maildir" else place
    if kind == "Maildir":
        (place / "cur").mkdir(parents=True)
    fill(messages, count)
    words = ("serve", str(target), "--port", "0", "--user", "ann:secret")
    with watched(tmp_path / "x", *words) as server:
        at_start = server.started()
        server.login().ask("QUIT")  # the first
        server.login().ask("QUIT")  # nothing has changed
        (messages / "m000").write_bytes(LONG)  # a text
        server.login().ask("QUIT")
        (messages / "m999").write_bytes(LONG)  # a delivery
        server.login().ask("QUIT")
        for number in range(700, 720):  # many
            (messages / f"m{number}").write_bytes(b"more\n")
        client = server.login()
        assert client.ask("STAT").split()[1] == str(count + 21)
        client.ask("DELE 1")
        client.ask("QUIT")  # and a deletion
        server.login().ask("QUIT")
        assert server.in_loop == at_start


def test_a_list_at_the_greeting_is_not_made_in_the_loop(tmp_path: Path) -> None:
    fill(tmp_path / "box", 150)
    words = ("serve", str(tmp_path / "box"), "--port", "0", "--user", "ann:secret")
    with watched(tmp_path / "x", *words, "--quirk", "list-at-greeting") as server:
        at_start = server.started()
        client = server.client()  # the greeting, and with it the list, has come
        (tmp_path / "box" / "m999").write_bytes(b"more\n")
        client.ask("USER ann")
        assert client.ask("PASS secret").startswith("+OK ")
        assert server.in_loop == at_start
        assert client.ask("STAT").startswith("+OK 150 ")
