"""What a session has done with messages, as its last event tells, whoever listens."""

from pathlib import Path

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.events import Event, MailCounts, SessionEnded
from pop3lab.core.maildrop import Store
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.stores.folder import FolderStore
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, session


class Keeps:
    def __init__(self, wants_lines: bool) -> None:
        self.wants_lines = wants_lines
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def counts(self) -> MailCounts:
        [ended] = [event for event in self.events if isinstance(event, SessionEnded)]
        return ended.mail


@pytest.fixture(params=[True, False], ids=["watched", "unwatched"])
def sink(request: pytest.FixtureRequest) -> Keeps:
    return Keeps(request.param)


def ended(played: Session, *lines: str) -> None:
    for line in lines:
        done(fed(played, f"{line}\r\n".encode()))
    played.session_ended("closed")


TWO_SENT = len(TWO) + 2  # a line end is added
STUFFED = TWO_SENT + 3  # three lines begin with a dot


def test_octets_are_those_of_texts_with_doubled_dots(sink: Keeps) -> None:
    told = logged_in(memory(ONE, TWO), sink=sink)
    ended(told, "LIST", "RETR 2", "RETR 2", "RETR 3", "TOP 1 0", "TOP 1 1", "DELE 1", "QUIT")
    tops = ONE.index(b"hello") + len(ONE)
    assert sink.counts == MailCounts(tops, 2 * STUFFED, 1, 2, len(ONE) + TWO_SENT)


def test_nothing_is_deleted_without_quit(sink: Keeps) -> None:
    ended(logged_in(memory(ONE), sink=sink), "DELE 1")
    assert sink.counts == MailCounts(messages=1, octets=len(ONE))


def test_nobody_has_logged_in(sink: Keeps) -> None:
    ended(session(sink=sink), "QUIT")
    assert sink.counts == MailCounts()


def test_each_of_many_lines_that_came_together_counts(sink: Keeps) -> None:
    sink.wants_lines = False
    one = logged_in(memory(ONE), sink=sink)
    done(fed(one, b"RETR 1\r\n"))
    once = one.state.counts.retr_octets
    done(fed(one, b"RETR 1\r\nNOOP\r\n" * 3))
    assert one.state.counts.retr_octets == 4 * once > 0


def test_what_a_quirk_deletes_is_deleted(sink: Keeps) -> None:
    ended(logged_in(memory(ONE, TWO), sink=sink, hooks=rules("autodelete")), "RETR 2", "QUIT")
    assert sink.counts.deleted == 1


def test_what_a_fault_cuts_is_not_sent(sink: Keeps) -> None:
    cut = rules("RETR -> cut-after 20 then reset")
    ended(logged_in(memory(ONE), sink=sink, hooks=cut), "RETR 1")
    head = b"+OK 23 octets\r\n"
    assert sink.counts.retr_octets == 20 - len(head)


def rules(text: str) -> Rules:
    return Rules([parse_rule(text)])


def test_long_messages_in_a_file_count(tmp_path: Path, sink: Keeps) -> None:
    text = b"Subject: long\r\n\r\n" + 20_000 * b".0123456789\r\n"
    (tmp_path / "1").write_bytes(text)
    store: Store = FolderStore(str(tmp_path))
    for _ in range(3):  # the third time, the kernel sends it from a file
        sink.events.clear()
        ended(logged_in(store, sink=sink), "RETR 1", "QUIT")
        assert sink.counts.retr_octets == len(text) + 20_000
