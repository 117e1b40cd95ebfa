"""Slow hashes, and who waits for them."""

import select
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.served import Client
from tests.wording import TOO_MANY_LOGINS

from .clients import Proxied
from .process import USER, Serving, serving

SLOW = "{PBKDF2}$1$salt$5000000$" + "00" * 20  # of no password, and some seconds long
ONE = ("--limit-hash-threads", "1", "--proxy-from", "127.0.0.1/32", "--allow-clear-passwords")


class Slow:
    """A server, and clients at any address."""

    def __init__(self, server: Serving, clients: ExitStack) -> None:
        self.server = server
        self._clients = clients

    def client(self, source: str) -> Client:
        return self._clients.enter_context(closing(Proxied(self.server.port, source)))

    def guess(self, source: str, user: str = "eve") -> Client:
        """A client that waits for the answer to its password, if it has to."""
        client = self.client(source)
        assert client.ask(f"USER {user}").startswith("+OK")
        client.send(b"PASS guess\r\n")
        return client


@contextmanager
def slow(tmp_path: Path, *words: str) -> Iterator[Slow]:
    users = tmp_path / "users"
    users.write_text(f"eve:{SLOW}\n")
    with (
        serving("gen:1?messages=2", *USER, "--users-file", users, *ONE, *words) as server,
        ExitStack() as clients,
    ):
        yield Slow(server, clients)


def has_no_answer(client: Client) -> bool:
    return select.select([client.socket], [], [], 0)[0] == []


def test_no_more_wait_than_may(tmp_path: Path) -> None:
    with slow(tmp_path, "--limit-hashes-waiting", "1") as server:
        first, second = server.guess("192.0.2.1"), server.guess("192.0.2.2")
        third = server.guess("192.0.2.3", "nobody")
        assert third.line() == TOO_MANY_LOGINS
        assert has_no_answer(first)
        assert has_no_answer(second)
        third.send(b"USER ann\r\nPASS secret\r\nQUIT\r\n")  # it is no failed login
        assert [third.line()[:3] for _ in range(3)] == ["+OK"] * 3


def test_one_address_does_not_keep_the_others_out(tmp_path: Path) -> None:
    with slow(tmp_path, "--limit-hashes-waiting", "2") as server:
        first, *more = [server.guess("2001:db8::1"), server.guess("2001:db8::2")]
        more.append(server.guess("2001:db8::3"))
        other = server.guess("192.0.2.2")  # the last one of the /64 goes in its place
        assert more[1].line().startswith("-ERR [SYS/TEMP] ")
        assert has_no_answer(first)
        assert has_no_answer(more[0])
        assert has_no_answer(other)


def test_who_needs_no_hash_does_not_wait(tmp_path: Path) -> None:
    with slow(tmp_path) as server:
        first, idle = server.guess("192.0.2.1"), server.client("192.0.2.1")
        client = server.client("192.0.2.1")
        client.send(b"USER ann\r\nPASS secret\r\nRETR 1\r\n")
        assert [client.line()[:3] for _ in range(3)] == ["+OK"] * 3
        assert idle.ask("QUIT").startswith("+OK")
        assert has_no_answer(first)


def test_sigterm_does_not_wait_for_those_who_wait(tmp_path: Path) -> None:
    with slow(tmp_path, "--grace", "0", "--log-level", "error") as server:
        waiting = [server.guess(f"192.0.2.{number}") for number in range(1, 9)]
        assert all(map(has_no_answer, waiting))
        assert server.server.stop() == 0  # after the one hash that had begun
        assert server.server.log == ""
