"""Mail is delivered while sessions delete it, on several servers at once, which are killed."""

import json
import poplib
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

from tests.soak.book import Book

POP3LAB = ("-m", "pop3lab")
ROOT = Path(__file__).parent.parent.parent
REFUSED = (2, 3)  # exit codes of a server that can't have what it needs
PATIENCE = 60.0  # seconds
DELETED = 0.7  # of the messages that a session sees
KILLED = 0.15  # of the sessions that delete
PAUSE = 0.06  # seconds at most between two sessions: those who deliver have a turn, too
QUIT_SECONDS = -4, -1.5  # powers of ten: how long after QUIT a server is killed


class Server:
    """One that is started again whenever it has been killed."""

    def __init__(self, command: Sequence[str], path: Path) -> None:
        words = ("serve", str(path), "--user", "ann:secret", "--port", "0", "--ready", "json")
        limits = ("--limit-bad-logins", "0", "--limit-bad-after", "0", "--log-level", "error")
        self._command = [sys.executable, *command, *words, *limits]
        self.good = command == POP3LAB  # and on a good disk
        self.sees_all = "broken" not in command
        self.start()

    def start(self) -> None:
        """On a bad disk it may take several attempts."""
        while not self._started():
            pass

    def _started(self) -> bool:
        errors = None if self.good else subprocess.DEVNULL
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT
        )
        assert self.process.stdout
        said = self.process.stdout.readline()
        if not said:
            assert self.process.wait() in REFUSED
            assert not self.good
            self.process.stdout.close()
            return False
        self.port: int = json.loads(said)["pop3"]
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def torture(
    path: Path,
    deliver: str,
    styles: Sequence[str],
    count: int,
    least: int,
    commands: Sequence[Sequence[str]] = (POP3LAB, POP3LAB),
) -> tuple[Book, set[str]]:
    """Sessions until all is delivered, at least so many; what they saw, and what is lost.

    deliver: a module that takes a style, the path and how many messages. commands: of servers.
    """
    book = Book()
    with ExitStack() as stack:
        servers = [Server(command, path) for command in commands]
        for server in servers:
            stack.callback(server.kill)
        deliverers = [_delivering(stack, deliver, style, path, count) for style in styles]

        def visit(server: Server) -> None:
            random = Random(f"{styles} {count} {servers.index(server)}")
            while book.sessions < least or any(each.poll() is None for each in deliverers):
                session(server, book, random)
                time.sleep(random.random() * PAUSE)

        with ThreadPoolExecutor(len(servers)) as pool:
            for visited in [pool.submit(visit, server) for server in servers]:
                visited.result()
        assert [each.wait() for each in deliverers] == [0] * len(styles)
    delivered = {f"{style}-{number}" for style in styles for number in range(count)}
    lost = book.lost(delivered, at_last(path, book))
    print(f"{len(delivered)} messages delivered; {book}; {len(lost)} lost")
    return book, lost


def _delivering(
    stack: ExitStack, module: str, style: str, path: Path, count: int
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, style, str(path), str(count)]
    return stack.enter_context(subprocess.Popen(command, cwd=ROOT))


def at_last(path: Path, book: Book) -> set[str]:
    """Subjects of what is left, as a server sees it that has the maildrop for itself."""
    server = Server(POP3LAB, path)
    try:
        client = log_in(server)
        assert client
        listed = look(client)
        client.close()
    finally:
        server.kill()
    book.seen(dict(listed), whole=True)
    left = {subject for _, subject in listed}
    assert all(left)
    return left


def session(server: Server, book: Book, random: Random) -> None:
    """Look at all, delete some, QUIT; and now and then kill the server about then."""
    client = log_in(server)
    if client is None:
        return
    try:
        listed = look(client)
        book.seen(dict(listed), whole=server.sees_all)
        doomed = {
            n: subject
            for n, (_, subject) in enumerate(listed, 1)
            if subject and random.random() < DELETED
        }
        for number in doomed:
            client.dele(number)
        deletion = book.begins({*doomed.values()})
        kill = bool(doomed) and random.random() < KILLED
        answer = quit_(server, client, 10 ** random.uniform(*QUIT_SECONDS) if kill else None)
        book.ended(deletion, answer, killed=kill)
    except (poplib.error_proto, ConnectionError):
        if server.good:
            raise  # else it is over, and nothing was deleted
    finally:
        client.close()


def log_in(server: Server) -> poplib.POP3 | None:
    client = poplib.POP3("127.0.0.1", server.port, PATIENCE)
    client.user("ann")
    try:
        client.pass_("secret")
    except poplib.error_proto as refused:
        client.close()
        if server.good and b"IN-USE" not in refused.args[0]:
            raise
        return None
    return client


def look(client: poplib.POP3) -> list[tuple[str, str]]:
    """Unique-ids and subjects, in order; a subject is empty where RETR was refused."""
    uids = [line.split()[1].decode() for line in client.uidl()[1]]
    return [(uid, subject(client, n)) for n, uid in enumerate(uids, 1)]


def subject(client: poplib.POP3, number: int) -> str:
    try:
        lines = client.retr(number)[1]
    except poplib.error_proto as refused:
        if refused.args[0] == "-ERR EOF":
            raise  # poplib's own word: the connection is gone
        return ""
    found = [line[9:].decode() for line in lines if line.startswith(b"Subject: ")]
    return found[0] if found and b"" in lines else ""  # else it is not written whole yet


def quit_(server: Server, client: poplib.POP3, killed_after: float | None) -> bytes:
    """The answer, or what there is of it. killed_after: seconds; None: not at all."""
    client.sock.sendall(b"QUIT\r\n")
    if killed_after is not None:
        time.sleep(killed_after)
        server.kill()
    try:
        answer = client.sock.recv(100)
    except ConnectionError:
        answer = b""
    if killed_after is not None:
        server.start()
    return answer
