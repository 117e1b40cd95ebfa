"""Mail is delivered into a Maildir, and flagged there, while sessions delete from it.

Two servers share it, on a good disk and on bad ones, and are killed. No mail is lost, none is back
after +OK, and no unique-id changes. A server that unlinks in a bare loop, the control, is caught.
"""

import json
import poplib
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.soak.maildir_delivering import STYLES

POP3LAB = ("-m", "pop3lab")
FULL = ("-m", "tests.soak.troubled_server", "full")
BROKEN = ("-m", "tests.soak.troubled_server", "broken")
NAIVE = ("-m", "tests.soak.troubled_server", "naive")
ROOT = Path(__file__).parent.parent.parent
REFUSED = (2, 3)  # exit codes of a server that can't have what it needs
PATIENCE = 60.0  # seconds


class Server:
    """One that is started again whenever it has been killed."""

    def __init__(self, command: Sequence[str], path: Path) -> None:
        words = ("serve", str(path), "--user", "ann:secret", "--port", "0", "--ready", "json")
        limits = ("--limit-bad-logins", "0", "--limit-bad-after", "0", "--log-level", "error")
        self._command = [sys.executable, *command, *words, *limits]
        self.start()

    def start(self) -> None:
        """On a bad disk it may take several attempts."""
        while not self._started():
            pass

    def _started(self) -> bool:
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        assert self.process.stdout
        said = self.process.stdout.readline()
        if not said:
            assert self.process.wait() in REFUSED
            self.process.stdout.close()
            return False
        self.port: int = json.loads(said)["pop3"]
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@dataclass
class Book:
    """What sessions have seen. A message is known by its subject.

    halves: unique-ids of messages that were not there whole when they were listed first.
    """

    uids: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # deleted, and QUIT said +OK
    perhaps: set[str] = field(default_factory=set)  # deleted, and QUIT was not answered, or -ERR
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

    def ended(self, marked: set[str], answer: bytes, left: set[str] | None) -> None:
        """left: subjects right afterwards, where nobody else deletes; None if it is not known."""
        (self.gone if answer.startswith(b"+OK") else self.perhaps).update(marked)
        if left is not None and marked & left not in (set(), marked):
            self.wrong.append(f"half of it: {sorted(marked & left)} of {sorted(marked)}")


def log_in(server: Server) -> poplib.POP3 | None:
    client = poplib.POP3("127.0.0.1", server.port, PATIENCE)
    client.user("ann")
    try:
        client.pass_("secret")
    except poplib.error_proto:
        client.close()
        return None
    return client


def session(server: Server, book: Book, random: Random, *, kill: bool) -> None:
    """Look at all, delete some, QUIT; and kill the server about then."""
    if not (client := log_in(server)):
        return
    try:
        listed = look(client)
        book.seen({uid: subject for uid, subject in listed.values() if subject})
        doomed = [n for n, (_, subject) in listed.items() if subject and random.random() < 0.7]
        marked = {listed[n][1] for n in doomed}
        for number in doomed:
            client.dele(number)
        client.sock.sendall(b"QUIT\r\n")
        if kill:
            time.sleep(random.random() * 0.05)
            server.kill()
        answer = first_octets(client)
        if kill:
            server.start()
    except poplib.error_proto:
        return  # a bad disk: the session is over, and nothing was deleted
    finally:
        client.close()
    book.sessions += 1
    book.ended(marked, answer, subjects(server))


def first_octets(client: poplib.POP3) -> bytes:
    try:
        return client.sock.recv(100)
    except ConnectionError:
        return b""


def look(client: poplib.POP3) -> dict[int, tuple[str, str]]:
    """Unique-ids and subjects by numbers; a subject is empty where RETR was refused."""
    uids = [line.split()[1].decode() for line in client.uidl()[1]]
    return {n: (uid, subject(client, n)) for n, uid in enumerate(uids, 1)}


def subject(client: poplib.POP3, number: int) -> str:
    try:
        lines = client.retr(number)[1]
    except poplib.error_proto:
        return ""
    whole = lines[0].startswith(b"Subject: ") and b"" in lines
    return lines[0][9:].decode() if whole else ""


def subjects(server: Server) -> set[str] | None:
    if not (client := log_in(server)):
        return None
    try:
        found = [subject for _, subject in look(client).values()]
    except (poplib.error_proto, ConnectionError):
        return None
    finally:
        client.close()
    return {*found} if all(found) else None


def torture(path: Path, count: int, least: int, *commands: Sequence[str]) -> tuple[Book, set[str]]:
    """Sessions until all is delivered, at least so many; what they saw, and what is lost."""
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    book, random = Book(), Random(f"{commands} {count}")
    servers = [Server(command, path) for command in commands]
    deliver = [sys.executable, "-m", "tests.soak.maildir_delivering"]
    try:
        with ExitStack() as stack:
            deliverers = [
                stack.enter_context(
                    subprocess.Popen([*deliver, style, str(path), str(count)], cwd=ROOT)
                )
                for style in STYLES
            ]
            turn = 0
            while book.sessions < least or any(each.poll() is None for each in deliverers):
                turn += 1
                session(servers[turn % len(servers)], book, random, kill=turn % 3 == 0)
            assert [each.wait() for each in deliverers] == [0] * len(STYLES)
        good = Server(POP3LAB, path)
        servers.append(good)
        left = subjects(good)
        assert left is not None
    finally:
        for server in servers:
            server.kill()
    book.seen({book.uids.get(subject, subject): subject for subject in left})
    delivered = {f"{style}-{number}" for style in STYLES for number in range(count)}
    return book, delivered - left - book.gone - book.perhaps


@pytest.mark.parametrize(
    ("count", "least"),
    [(12, 8), pytest.param(400, 700, marks=pytest.mark.soak)],
)
@pytest.mark.parametrize("beside", [POP3LAB, FULL, BROKEN], ids=["good", "full", "broken"])
def test_p149_nothing_is_lost_and_nothing_is_back(
    tmp_path: Path, beside: Sequence[str], count: int, least: int
) -> None:
    book, lost = torture(tmp_path / "ann", count, least, POP3LAB, beside)
    assert not book.wrong
    assert not lost
    assert len(book.gone) > len(STYLES) * count / 4


@pytest.mark.soak
def test_a_bare_loop_is_caught(tmp_path: Path) -> None:
    """It says +OK to what a reader has renamed meanwhile, and is killed half-way."""
    book, _ = torture(tmp_path / "ann", 100, 100, NAIVE, NAIVE)
    assert book.wrong
