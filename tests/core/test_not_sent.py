"""What a client that takes no notice of a refused RETR can't do: delete what it never got."""

from collections.abc import Collection, Iterator

import pytest

from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import MessageGone, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.text import MessageText
from tests.dialogue import ONE, TWO, logged_in, memory, play
from tests.failures import Failures


class Failing:
    """A maildrop whose first message fails as it is told to."""

    def __init__(self, maildrop: Maildrop, failures: list[Exception | None]) -> None:
        self._maildrop = maildrop
        self._failures = failures
        self.snapshot = maildrop.snapshot
        self.read_waits = maildrop.read_waits
        self.delete_waits = maildrop.delete_waits
        self.close = maildrop.close

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        if uid == "1" and (failure := self._failures.pop(0)):
            raise failure
        return self._maildrop.read(uid)

    def delete(self, uids: Collection[str]) -> None:
        self._maildrop.delete(uids)


class FailingStore:
    open_waits = False

    def __init__(self, *failures: Exception | None) -> None:
        self.memory = memory(ONE, TWO)
        self._failures = list(failures)

    def open(self, user: str) -> Maildrop:
        return Failing(self.memory.open(user), self._failures)


REFUSED = StoreFailed("the message can't be read")


@pytest.mark.parametrize("sink", [None, Failures()], ids=["unwatched", "watched"])
def test_dele_behind_a_refused_retr(sink: Failures | None) -> None:
    store = FailingStore(REFUSED, REFUSED)
    play(
        logged_in(store, sink=sink),
        """
        C: RETR 1
        S: -ERR [SYS/TEMP] the message can't be read
        C: DELE 1
        S: -ERR ...
        C: DELE 2
        S: +OK ...
        C: STAT
        S: +OK 1 23
        C: QUIT
        S: +OK ...
        (close)
        """,
    )
    assert [entry.uid for entry in store.memory.open("ann").snapshot.entries] == ["1"]


def test_rset_does_not_forgive_it() -> None:
    play(
        logged_in(FailingStore(REFUSED, REFUSED)),
        """
        C: RETR 1
        S: -ERR ...
        C: RSET
        S: +OK ...
        C: DELE 1
        S: -ERR message 1 ...
        """,
    )


def test_a_later_retr_does() -> None:
    play(
        logged_in(FailingStore(REFUSED, None)),
        """
        C: RETR 1
        S: -ERR ...
        C: RETR 1
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S: .
        C: DELE 1
        S: +OK ...
        """,
    )


def test_one_that_could_be_read_again_must_be_retrieved_first() -> None:
    """To find out tells nobody that the client has read it."""
    sink = Failures()
    play(
        logged_in(FailingStore(REFUSED, None, None), sink=sink),
        """
        C: RETR 1
        S: -ERR ...
        C: DELE 1
        S: -ERR message 1 ...
        """,
    )
    assert sink.read == []


def test_what_is_read_after_that_is_for_the_client_again() -> None:
    sink = Failures()
    play(
        logged_in(FailingStore(REFUSED, None, None), sink=sink),
        """
        C: RETR 1
        S: -ERR ...
        C: DELE 1
        S: -ERR message 1 ...
        C: TOP 2 0
        S: +OK ...
        S: ..Subject: two
        S:
        S: .
        """,
    )
    assert sink.read == ["2"]


@pytest.mark.parametrize("first", [REFUSED, MessageGone("the message is gone")])
def test_what_is_gone_may_be_marked(first: Exception) -> None:
    play(
        logged_in(FailingStore(first, MessageGone("the message is gone"))),
        """
        C: RETR 1
        S: -ERR ...
        C: DELE 1
        S: +OK ...
        C: QUIT
        S: +OK ...
        (close)
        """,
    )


def test_a_client_may_delete_what_it_has_not_fetched() -> None:
    play(
        logged_in(FailingStore()),
        """
        C: RETR 9
        S: -ERR ...
        C: TOP 2 0
        S: +OK ...
        S: ..Subject: two
        S:
        S: .
        C: DELE 1
        S: +OK ...
        C: DELE 2
        S: +OK ...
        """,
    )


def test_what_a_client_without_utf8_can_not_have_it_does_not_delete_either() -> None:
    store = memory("Subject: \u00fc\r\n\r\n".encode())
    play(
        logged_in(store, capabilities=ServerCapabilities(utf8=True)),
        """
        C: RETR 1
        S: -ERR [UTF8] ...
        C: DELE 1
        S: -ERR message 1 ...
        """,
    )
    play(
        logged_in(
            memory("Subject: \u00fc\r\n\r\n".encode()), capabilities=ServerCapabilities(utf8=True)
        ),
        """
        C: DELE 1
        S: +OK ...
        """,
    )
