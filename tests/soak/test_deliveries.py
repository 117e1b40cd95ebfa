"""Mail is delivered into an mbox file in all the ways of Debian, while sessions delete from it.

Two servers share the file, and are killed. No mail is lost, none is back after +OK, and no
unique-id changes. A server that replaces the file, the control, loses mail.
"""

import json
import poplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.soak.delivering import STYLES, TOGETHER

POP3LAB = ("-m", "pop3lab")
RENAMING = ("-m", "tests.soak.renaming_server")
ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0  # seconds


class Server:
    """One that is started again whenever it has been killed."""

    def __init__(self, command: Sequence[str], path: Path) -> None:
        words = ("serve", str(path), "--user", "ann:secret", "--port", "0", "--ready", "json")
        limits = ("--limit-bad-logins", "0", "--log-level", "error")
        self._command = [sys.executable, *command, *words, *limits]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self.process.stdout
        self.port: int = json.loads(self.process.stdout.readline())["pop3"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@dataclass
class Book:
    """What sessions have seen. A message is known by its subject."""

    uids: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # deleted, and QUIT said +OK
    perhaps: set[str] = field(default_factory=set)  # deleted, and QUIT said nothing
    sessions: int = 0
    wrong: list[str] = field(default_factory=list)

    def seen(self, listed: dict[str, str]) -> None:
        """listed: subjects by unique-ids."""
        if len({*listed.values()}) != len(listed):
            self.wrong.append(f"twice: {listed}")
        for uid, subject in listed.items():
            if self.uids.setdefault(subject, uid) != uid:
                self.wrong.append(f"another unique-id: {subject}")
            if subject in self.gone:
                self.wrong.append(f"back after +OK: {subject}")


def session(server: Server, book: Book, random: Random, *, kill: bool) -> None:
    """Look at all, delete some, QUIT; and kill the server about then."""
    client = poplib.POP3("127.0.0.1", server.port, PATIENCE)
    try:
        client.user("ann")
        try:
            client.pass_("secret")
        except poplib.error_proto as refused:
            if b"IN-USE" in refused.args[0]:
                return
            raise
        listed = look(client)
        book.seen(listed)
        doomed = [n for n in range(1, len(listed) + 1) if random.random() < 0.7]
        for number in doomed:
            client.dele(number)
        marked = {subject for n, subject in enumerate(listed.values(), 1) if n in doomed}
        ended = killed_in_quit(server, client, random) if kill else b"+OK" in client.quit()
        (book.gone if ended else book.perhaps).update(marked)
        book.sessions += 1
    finally:
        client.close()


def look(client: poplib.POP3) -> dict[str, str]:
    uids = [line.split()[1].decode() for line in client.uidl()[1]]
    return {uid: subject(client.retr(n)[1]) for n, uid in enumerate(uids, 1)}


def subject(lines: list[bytes]) -> str:
    return next(line for line in lines if line.startswith(b"Subject: "))[9:].decode()


def killed_in_quit(server: Server, client: poplib.POP3, random: Random) -> bool:
    """Whether it answered before."""
    client.sock.sendall(b"QUIT\r\n")
    time.sleep(random.random() * 0.01)
    server.kill()
    client.sock.settimeout(PATIENCE)
    try:
        answered = client.sock.recv(100).startswith(b"+OK")
    except ConnectionError:
        answered = False
    server.start()
    return answered


@contextmanager
def delivering(
    styles: Sequence[str], path: Path, count: int
) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.soak.delivering"]
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                subprocess.Popen([*command, style, str(path), str(count)], cwd=ROOT)
            )
            for style in styles
        ]


def torture(
    path: Path, styles: Sequence[str], count: int, least: int, command: Sequence[str] = POP3LAB
) -> tuple[Book, set[str]]:
    """Sessions until all is delivered, at least so many; what they saw, and what is lost."""
    path.touch()
    book, random = Book(), Random(f"{styles} {count}")
    servers = [Server(command, path) for _ in range(2)]
    try:
        with delivering(styles, path, count) as deliverers:
            turn = 0
            while book.sessions < least or any(each.poll() is None for each in deliverers):
                turn += 1
                session(servers[turn % 2], book, random, kill=turn % 5 == 0)
            assert [each.wait() for each in deliverers] == [0] * len(styles)
        client = poplib.POP3("127.0.0.1", servers[0].port, PATIENCE)
        client.user("ann")
        client.pass_("secret")
        left = look(client)
        client.close()
    finally:
        for server in servers:
            server.kill()
    book.seen(left)
    delivered = {f"{style}-{number}" for style in styles for number in range(count)}
    return book, delivered - {*left.values()} - book.gone - book.perhaps


@pytest.mark.parametrize(
    ("styles", "count", "least"),
    [
        pytest.param(TOGETHER["fcntl"], 15, 10, id="fcntl"),
        *(
            pytest.param(TOGETHER[name], count, 2000, id=f"{name} 2000", marks=pytest.mark.soak)
            for name, count in (("fcntl", 2000), ("dotlock", 500), ("flock", 2000))
        ),
    ],
)
def test_p149_nothing_is_lost_in_any_way_of_delivery(
    tmp_path: Path, styles: Sequence[str], count: int, least: int
) -> None:
    book, lost = torture(tmp_path / "ann", styles, count, least)
    assert not book.wrong
    assert not lost
    assert len(book.gone) > len(styles) * count / 3
    assert book.perhaps or least < 1000


@pytest.mark.soak
@pytest.mark.parametrize("style", STYLES)
def test_p149_nothing_is_lost_by_this_way_alone(tmp_path: Path, style: str) -> None:
    book, lost = torture(tmp_path / "ann", [style], 100, 100)
    assert not book.wrong
    assert not lost


def test_a_server_that_replaces_the_file_is_caught_losing_mail(tmp_path: Path) -> None:
    _, lost = torture(tmp_path / "ann", ["python_kept_open"], 40, 10, RENAMING)
    assert lost
