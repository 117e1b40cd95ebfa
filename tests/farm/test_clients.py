"""What clients see of a farm: by script, one thing after the other."""

import smtplib
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from pop3lab.core.delivery import Envelope
from tests.farm.node import PATIENCE, FarmClient, Gone, Node, free_port
from tests.forked import POP3LAB, Function
from tests.postgres import cluster, started

BROKEN = "tests.farm.broken"
ANSWER = 0.3  # seconds that the database may take for one


@pytest.fixture
def target() -> str:
    """Of a database in which ann has three messages, the first of three pieces."""
    target = cluster().new()
    with started(target) as store:
        store.add_maildrop("ann")
        for text in (b"long\n" * 120_000, b"one\n", b"two\n"):
            store.deliver("ann", [text], Envelope())
    return target


@pytest.fixture
def until_the_end() -> Iterator[ExitStack]:
    with ExitStack() as until_the_end:
        yield until_the_end


def places(target: str) -> list[object]:
    with psycopg.connect(target) as connection:
        rows = connection.execute("SELECT seq FROM pop3lab.message ORDER BY seq")
        return [row[0] for row in rows]


def logged_in(until_the_end: ExitStack, node: Node, user: str = "ann") -> FarmClient:
    """Log in, as soon as nobody else is, and the database answers."""
    ends = time.monotonic() + 30
    while True:
        client = until_the_end.enter_context(FarmClient(node.port))
        answer = client.log_in(user)
        if answer.startswith("+OK"):
            return client
        assert answer.startswith(("-ERR [IN-USE]", "-ERR [SYS/TEMP]")), answer
        assert time.monotonic() < ends


def test_a_maildrop_is_in_use_on_all_nodes_until_its_session_or_the_lease_of_its_node_is_over(
    target: str, until_the_end: ExitStack
) -> None:
    one, two = (until_the_end.enter_context(Node(f"{target}&lease=1", ["ann"])) for _ in range(2))
    first = logged_in(until_the_end, one)
    for node in (one, two):
        with FarmClient(node.port) as other:
            assert other.log_in("ann").startswith("-ERR [IN-USE]")
    assert first.ask("QUIT").startswith("+OK")
    second = logged_in(until_the_end, two)
    second.ask("DELE 1")
    two.kill()
    with pytest.raises(Gone):
        second.ask("QUIT")
    third = logged_in(until_the_end, one)
    assert third.ask("STAT") == "+OK 3 720010"


def test_mail_that_one_node_takes_by_lmtp_is_there_on_the_other(
    target: str, until_the_end: ExitStack
) -> None:
    one = until_the_end.enter_context(Node(target, ["ann", "ben"], lmtp_port=free_port()))
    two = until_the_end.enter_context(Node(target, ["ann", "ben"]))
    for user, number in (("ann", 4), ("ben", 1)):  # ben has no maildrop yet
        with smtplib.LMTP("127.0.0.1", one.lmtp_port, timeout=PATIENCE) as lmtp:
            lmtp.sendmail("joe@example.com", [f"{user}@example.com"], b"Subject: three\r\n\r\n")
        client = logged_in(until_the_end, two, user)
        assert "Subject: three" in (client.listing(f"RETR {number}") or ())


FENCED: dict[str, Function] = {
    "as it is": POP3LAB,
    "by the database alone": (BROKEN, "only_in_the_database"),
}


def overtaken_quit(target: str, until_the_end: ExitStack, run: Function) -> str:
    """The answer to QUIT of a session whose node was stopped while another session came."""
    one = until_the_end.enter_context(Node(f"{target}&lease=1", ["ann"], run=run))
    two = until_the_end.enter_context(Node(f"{target}&lease=1", ["ann"]))
    first = logged_in(until_the_end, one)
    assert first.ask("DELE 2").startswith("+OK")
    one.pause()
    second = logged_in(until_the_end, two)
    first.send("QUIT")
    one.resume()
    answer = first.line()
    assert second.ask("STAT") == "+OK 3 720010"
    return answer


@pytest.mark.parametrize("run", FENCED.values(), ids=FENCED)
def test_a_node_that_was_stopped_past_its_lease_deletes_nothing(
    target: str, until_the_end: ExitStack, run: Function
) -> None:
    answer = overtaken_quit(target, until_the_end, run)
    assert answer.startswith("-ERR [SYS/TEMP]")
    assert places(target) == [1, 2, 3]


def test_the_control_without_a_fence_deletes_under_the_eyes_of_the_other_session(
    target: str, until_the_end: ExitStack
) -> None:
    answer = overtaken_quit(target, until_the_end, (BROKEN, "without_a_fence"))
    assert answer.startswith("+OK")
    assert places(target) == [1, 3]


def halved(target: str, node: Node) -> bytes:
    """All octets behind the first line of a reply whose last piece is gone."""
    with psycopg.connect(target) as connection:
        connection.execute("DELETE FROM pop3lab.chunk WHERE number = 2")
    with FarmClient(node.port) as client:
        assert client.log_in("ann").startswith("+OK")
        lines = []
        try:
            client.send("RETR 1")
            while (line := client.line()) != ".":
                lines.append(line)
        except Gone:
            assert 10_000 < len(lines) < 120_000
            return b""
        return b"."


def test_a_message_that_is_not_whole_has_no_terminator(target: str) -> None:
    with Node(target, ["ann"]) as node:
        assert halved(target, node) == b""


def test_the_control_without_a_check_of_pieces_ends_half_a_message_in_good_order(
    target: str,
) -> None:
    with Node(target, ["ann"], run=(BROKEN, "without_a_check_of_pieces")) as node:
        assert halved(target, node) == b"."


def test_while_the_database_is_away_its_users_are_told_so_and_then_it_goes_on(
    target: str, until_the_end: ExitStack
) -> None:
    node = until_the_end.enter_context(Node(f"{target}&answer={ANSWER}", ["ann", "ben"]))
    reading, quitting = (
        logged_in(until_the_end, node),
        until_the_end.enter_context(FarmClient(node.port)),
    )
    assert quitting.log_in("ben").startswith("+OK")
    with cluster().frozen():
        assert reading.ask("RETR 2").startswith("-ERR [SYS/TEMP]")
        assert reading.ask("STAT") == "+OK 3 720010"
        with FarmClient(node.port) as other:
            assert other.log_in("ann").startswith("-ERR [SYS/TEMP]")
        assert reading.ask("DELE 3").startswith("+OK")
        assert quitting.ask("QUIT").startswith("+OK")  # there is nothing to delete
    ends = time.monotonic() + 30
    while (lines := reading.listing("RETR 2")) is None:
        assert time.monotonic() < ends
    assert lines == ["one"]
    assert reading.ask("QUIT").startswith("+OK")
    assert places(target) == [1, 2]


def test_quit_is_refused_while_the_database_is_away_and_deletes_nothing_later(
    target: str, until_the_end: ExitStack
) -> None:
    node = until_the_end.enter_context(Node(f"{target}&answer={ANSWER}", ["ann"]))
    client = logged_in(until_the_end, node)
    assert client.ask("DELE 2").startswith("+OK")
    with cluster().frozen():
        assert client.ask("RETR 1").startswith("-ERR [SYS/TEMP]")
        assert client.ask("QUIT").startswith("-ERR [SYS/TEMP]")
    logged_in(until_the_end, node)
    assert places(target) == [1, 2, 3]
