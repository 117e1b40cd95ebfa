"""Numbers, deleted ones, and what is deleted unread."""

from collections.abc import Iterator

import pytest

from pop3lab.core.actions import Action, Part, Reset, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop, Snapshot
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from tests.dialogue import ONE, TWO, fed, memory

from .watched import Watched


def logged_in(watched: Watched) -> Session:
    session = watched.session()
    list(session.greeting())
    ask(session, "USER ann", "PASS secret")
    return session


def ask(session: Session, *lines: str) -> None:
    for line in lines:
        list(fed(session, f"{line}\r\n".encode()))


def found(*lines: str, hooks: Hooks | None = None) -> list[tuple[str, str]]:
    """What these lines break after the login, with two messages there."""
    watched = Watched(hooks=hooks) if hooks else Watched()
    ask(logged_in(watched), *lines)
    return list(watched.found)


@pytest.mark.parametrize("listing", ["STAT", "LIST", "UIDL"])
def test_a_number_that_was_never_listed(listing: str) -> None:
    assert found(listing, "RETR 3") == [("number-never-listed", "C: RETR 3")]
    assert found(listing, "RETR 2", "LIST 1", "TOP 2 0") == []


def test_number_zero_is_never_listed_and_others_are_unknown_until_asked() -> None:
    assert found("RETR 0") == [("number-never-listed", "C: RETR 0")]
    assert found("LIST 3", "UIDL 3", "RETR x", "RETR 2")[1:] == []


@pytest.mark.parametrize("line", ["RETR 3", "TOP 3 0", "DELE 9"])
def test_a_number_that_nobody_asked_for_and_that_was_refused(line: str) -> None:
    watched = Watched()
    ask(logged_in(watched), line)
    assert watched.found == [("number-never-listed", f"C: {line}")]
    assert found("RETR 1", line, "NOOP") == watched.found


def test_a_refusal_by_a_rule_shows_nothing_of_a_number() -> None:
    class Fires(Refuses):
        def reply(self, request: Request, reply: Reply) -> Reply:
            watched.fire()
            return super().reply(request, reply)

    watched = Watched(hooks=Fires())
    session = logged_in(watched)
    ask(session, "RETR 3")
    assert watched.found == []
    ask(session, "TOP 3 0")
    assert watched.found == [("number-never-listed", "C: TOP 3 0")]


def test_what_was_sent_too_soon_is_not_judged_by_the_refusal() -> None:
    watched = Watched()
    session = logged_in(watched)
    list(fed(session, b"NOOP\r\nRETR 3\r\n"))
    assert [name for name, _ in watched.found] == ["pipelining"]
    list(fed(session, b"RETR 3\r\n"))
    assert [name for name, _ in watched.found] == ["pipelining", "number-never-listed"]


@pytest.mark.parametrize("line", ["RETR 1", "TOP 1 0", "LIST 1", "UIDL 1", "DELE 1"])
def test_a_deleted_number(line: str) -> None:
    assert found("RETR 1", "DELE 1", line) == [("deleted-number", f"C: {line}")]
    assert found("RETR 1", "DELE 1", "RSET", line) == []
    assert found("RETR 2", "DELE 2", line, "STAT", "LIST")[1:] == []


def test_numbers_stay_after_deletion() -> None:
    assert found("RETR 1", "DELE 1", "STAT", "RETR 2") == []
    assert found("RETR 1", "DELE 1", "LIST", "RETR 2") == []


class Refuses(Hooks):
    replies = ("RETR",)

    def reply(self, request: Request, reply: Reply) -> Reply:
        return Reply(False, "not this one")


class Cuts(Hooks):
    sends = ("RETR",)

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Send(b"+OK\r\nSubject: o", Part.BODY)
        yield Reset()


def test_a_message_that_was_never_sent() -> None:
    assert found("DELE 1") == [("dele-of-unsent", "C: DELE 1")]
    assert found("RETR 1", "DELE 1") == []
    assert found("TOP 1 0", "DELE 1") == []  # by a rule of its own, perhaps


def test_a_message_that_was_refused() -> None:
    wanted = [("dele-of-incomplete", "C: DELE 1")]
    assert found("RETR 1", "DELE 1", hooks=Refuses()) == wanted
    assert found("TOP 1 0", "RETR 1", "DELE 1", hooks=Refuses()) == wanted
    assert found("RETR 1", "DELE 2", hooks=Refuses()) == [("dele-of-unsent", "C: DELE 2")]


def test_a_message_that_was_cut_and_is_deleted_by_the_next_session() -> None:
    watched = Watched(hooks=Cuts())
    session = logged_in(watched)
    ask(session, "UIDL", "RETR 1")
    session.session_ended("dropped")
    ask(logged_in(watched), "UIDL", "DELE 1")
    assert watched.found == [("dele-of-incomplete", "C: DELE 1")]


def test_a_message_that_another_session_got() -> None:
    watched = Watched()
    session = logged_in(watched)
    ask(session, "UIDL", "RETR 1", "QUIT")
    session.session_ended("closed")
    ask(logged_in(watched), "UIDL", "DELE 1", "DELE 2")
    assert watched.found == [("dele-of-unsent", "C: DELE 2")]


def test_the_same_number_may_be_another_message() -> None:
    store = memory(ONE, TWO)
    watched = Watched(store)
    session = logged_in(watched)
    ask(session, "RETR 1", "DELE 1", "QUIT")
    session.session_ended("closed")
    ask(logged_in(watched), "DELE 1")
    assert watched.found == [("dele-of-unsent", "C: DELE 1")]


class Shows(Hooks):
    """Shows these messages only, in this order."""

    def __init__(self, *places: int) -> None:
        self._places = places

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return Some(maildrop, self._places)


class Some:
    def __init__(self, whole: Maildrop, places: tuple[int, ...]) -> None:
        self.snapshot = Snapshot([whole.snapshot.entries[place] for place in places])
        self.read, self.delete, self.close = whole.read, whole.delete, whole.close
        self.read_waits, self.delete_waits = whole.read_waits, whole.delete_waits


def test_numbers_that_are_not_those_of_the_store() -> None:
    assert found("STAT", "DELE 1", hooks=Shows(1)) == []
    assert found("RETR 1", "RSET", "DELE 1", hooks=Shows(1)) == []
    assert found("RETR 1", "RETR 2", "DELE 1", "DELE 2", hooks=Shows(1, 0)) == []


def test_once_a_number_was_another_message_none_is_sure() -> None:
    watched = Watched(memory(ONE, TWO, ONE), hooks=Shows(1, 2, 0))
    ask(logged_in(watched), "RETR 1", "DELE 3")
    assert watched.found == []


class Lists(Hooks):
    replies = ("STAT",)

    def reply(self, request: Request, reply: Reply) -> Reply:
        return Reply(True, "two messages")


def test_an_answer_that_can_not_be_read_tells_nothing() -> None:
    assert found("STAT", "RETR 3", hooks=Lists()) == []
