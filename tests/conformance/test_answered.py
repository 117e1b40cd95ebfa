"""Lines that had replies of the table of replies are watched the same, together or one by one."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.conformance.checker import check_clients
from pop3lab.core.events import Event
from pop3lab.core.session import Session
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.json_events import JsonEvents
from pop3lab.observe.session_clock import SessionClock
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.observe.transcript_file import TranscriptFile
from pop3lab.rules.engine import Rules
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.messages import new_message
from tests.dialogue import ACCOUNTS, TIMESTAMP, done

LOGIN = b"USER ann\r\nPASS secret\r\n"


class Watched:
    """Sessions, one after the other, and all that listeners make of them."""

    def __init__(self, rules: list[str], accepts: Callable[[AnsweredRun], bool] | None) -> None:
        self.ticks = 0
        self.events = EventQueue(clock=SessionClock(lambda: 0.0, self._tick))
        self.sessions = SessionRecorder(self.events)
        self.counters = Counters(Statistics(), self.events)
        self.events.listeners += [self.sessions, self.counters]
        self.json = TemporaryFile()  # noqa: SIM115 - closed by those who have read it
        self.texts = [io.StringIO(), io.StringIO()]
        self.events.add_writer(JsonEvents(self.json.fileno(), sys.stderr))
        for text, folds in zip(self.texts, (True, False), strict=True):
            self.events.add_writer(TranscriptFile(text, sys.stderr, folds=folds))
        check_clients(self.events)
        self.whole = 0  # lines that were passed on as one
        decide = accepts or self.events.accepts
        self.events.accepts = lambda run: self._decided(decide(run), run)
        self.rules = Rules([parse_rule(rule) for rule in rules])
        texts = (b"Subject: one\n\n" + b"\xe9\\ hello\n" * 200, b"Subject: two", b".")
        self.store = InMemoryStore({"ann": [new_message(text) for text in texts]})

    def _tick(self) -> float:
        self.ticks += 1
        return self.ticks

    def _decided(self, accepted: bool, run: AnsweredRun) -> bool:
        self.whole += run.lines if accepted else 0
        return accepted

    def play(self, number: int, lines: list[bytes]) -> None:
        """A session that sends each of these at once, and has its replies before the next."""
        played = Session(
            number,
            ACCOUNTS,
            self.store,
            timestamp=TIMESTAMP,
            peer="192.0.2.1:1",
            hooks=self.rules,
            sink=self.events,
        )
        done(played.greeting())
        for each in lines:
            _, actions = played.feed(each)
            done(actions or iter(()))
        played.session_ended("closed")
        played.connection_closed("closed")
        self.events.drain()

    def seen(self) -> Iterator[object]:
        yield str(self.sessions.transcript)
        yield str(self.counters)
        yield os.pread(self.json.fileno(), 1 << 20, 0)
        yield from (text.getvalue() for text in self.texts)
        for record in self.sessions.records:
            yield record.commands, record.lines, record.retrieved, record.deleted
            yield record.received, record.sent, record.applied_rules, record.end_reason
            yield [(found.id, found.meaning) for found in record.violations]


def both(sessions: list[list[bytes]], rules: list[str]) -> int:
    """Compare all that is seen; return how many lines were passed on as one."""
    together, single = Watched(rules, None), Watched(rules, lambda run: False)
    for number, lines in enumerate(sessions, 1):
        together.play(number, lines)
        single.play(number, lines)
    with together.json, single.json:
        assert list(together.seen()) == list(single.seen())
    return together.whole


COMMANDS = st.sampled_from(
    [
        *(b"NOOP", b"STAT", b"LIST", b"UIDL", b"CAPA", b"RSET", b"noop", b"XFOO bar", b"LIST 2"),
        *(b"RETR 1", b"RETR 2", b"RETR 3", b"RETR 4", b"RETR 1234", b"TOP 1 0", b"TOP 2 1000000"),
        *(b"DELE 1", b"DELE 2", b"UIDL 1", b"QUIT"),
    ]
)
BATCHES = st.lists(COMMANDS, min_size=1, max_size=4).map(
    lambda lines: b"".join(line + b"\r\n" for line in lines)
) | st.sampled_from(
    [b"RETR 1\r\n" * 5, b"RETR 2\r\nNOOP\r\n" * 3, b"NOOP\r\n", b"RETR 1\r\n", b"DELE 1\r\n"]
)
SESSIONS = st.lists(
    st.tuples(st.booleans(), st.lists(BATCHES, max_size=8)).map(
        lambda drawn: [*[b"CAPA\r\n"] * drawn[0], LOGIN, *drawn[1]]
    ),
    min_size=1,
    max_size=4,
)
RULES = st.lists(
    st.sampled_from(
        [
            'DELE 1 -> reply "+OK deleted"',
            'STAT nth=1 -> reply "+OK 1 10"',
            "PASS nth=2 -> reply-twice",
            "RETR 2 nth=2 -> delay 0.1",
            'CAPA nth=2 -> reply "-ERR no"',
        ]
    ),
    max_size=2,
    unique=True,
)


@given(SESSIONS, RULES)
def test_what_is_seen_of_sessions_is_the_same(
    sessions: list[list[bytes]], rules: list[str]
) -> None:
    both(sessions, rules)


@pytest.mark.parametrize("octets", [500, 3000])
def test_of_texts_as_many_are_kept(octets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.observe.session_recorder._MOST_OCTETS", octets)
    texts = [b"RETR 3\r\n" * 2, b"RETR 1\r\nNOOP\r\n" * 3, b"LIST\r\n", b"RETR 2\r\n"]
    assert both([[LOGIN, *texts, *texts], [LOGIN, *texts]], []) > 0


RIGHT = [b"CAPA\r\n", LOGIN, b"STAT\r\n", b"UIDL\r\n", b"RETR 1\r\n", b"RETR 2\r\n", b"QUIT\r\n"]


@pytest.mark.parametrize(
    ("again", "lines"),
    [
        ([b"NOOP\r\n"] * 3, 2),
        ([b"NOOP\r\n" * 30], 29),
        ([b"DELE 1\r\n", b"RETR 2\r\nTOP 2 0\r\nTOP 2 0\r\n"], 2),
        ([b"RETR 3\r\n" * 2, b"RETR 3\r\n"], 2),
    ],
)
def test_most_lines_are_passed_on_together(again: list[bytes], lines: int) -> None:
    begun = RIGHT[:-1]
    assert both([[*begun, *again]], []) >= lines


def test_a_message_that_is_fetched_again_is_found() -> None:
    watched = Watched([], None)
    for number in (1, 2):
        watched.play(number, RIGHT)
    watched.json.close()
    found = [violation.id for violation in watched.sessions.records[1].violations]
    assert found[-2:] == ["fetched-again", "fetched-again"]


def test_a_list_of_unique_ids_from_the_table_is_known_to_the_next_line() -> None:
    later = [b"CAPA\r\n", LOGIN, b"NOOP\r\n", b"NOOP\r\n", b"UIDL\r\n", b"RETR 1\r\n"]
    assert both([RIGHT, RIGHT, later], []) > 0


def test_a_message_within_a_run_is_one_that_the_client_has() -> None:
    texts = [b"RETR 1\r\n", b"RETR 2\r\n", b"RETR 3\r\n", b"QUIT\r\n"]
    listed = [LOGIN, b"UIDL\r\n", *texts]
    assert both([[LOGIN, *texts], listed, listed], []) > 0


def test_what_a_run_follows_may_tell_how_many_messages_there_are() -> None:
    begun = [b"CAPA\r\n", LOGIN]
    known = [*begun, b"RETR 2\r\n", b"NOOP\r\n", b"QUIT\r\n"]
    later = [*begun, b"STAT\r\nNOOP\r\n", b"RETR 2\r\nNOOP\r\n", b"QUIT\r\n"]
    assert both([known, later], ['STAT -> reply "+OK 1 10"']) > 0


def test_what_comes_early_behind_a_reply_without_an_end_is_no_violation() -> None:
    begun = [LOGIN, b"NOOP\r\n"]
    both([[*begun, b"RETR 1\r\nNOOP\r\nNOOP\r\n"]], ["RETR 1 -> cut-after 20 then go-on"])


def test_more_replies_than_can_be_remembered_leave_it_open_what_a_client_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pop3lab.conformance.exchange._MOST", 5)
    for many in (3, 4, 5, 6, 8):
        both([[LOGIN, b"NOOP\r\n", b"NOOP\r\n" * many, b"NOOP\r\n" * 2]], [])


def test_an_error_of_one_listener_is_not_that_of_the_others() -> None:
    class Broken:
        wants_lines = True

        def on_event(self, seconds: float, event: Event) -> None:
            pass

        def on_answered(self, run: AnsweredRun) -> None:
            raise ValueError("broken")

    watched = Watched([], None)
    watched.events.listeners.insert(0, Broken())
    with pytest.raises(ValueError, match="broken"):
        watched.play(1, [*RIGHT[:-1], b"NOOP\r\n", b"NOOP\r\n", b"QUIT\r\n"])
    watched.json.close()
    assert watched.sessions.records[0].commands[-3:] == ["NOOP", "NOOP", "QUIT"]
