"""Counters of what sessions have done: statistics at the end, and numbers to wait for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pop3lab.core.command import COMMANDS
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    LoggedIn,
    MessageRead,
    MessagesDeleted,
    RuleApplied,
    SessionEnded,
    ViolationFound,
)
from pop3lab.core.exchange import ServedCommand
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.event_queue import EventQueue


class Statistics:
    """The number of successful logins and of each verb, over all ended sessions."""

    wants_lines = False

    def __init__(self) -> None:
        self.logins = 0
        self.verbs = BoundedCounter()

    def on_event(self, seconds: float, event: Event) -> None:
        """Add the counts of a session that has ended."""
        if isinstance(event, SessionEnded):
            self.logins += event.user is not None
            self.verbs.add_all(event.verbs)

    def __str__(self) -> str:
        """The logins on a line, then `VERB n` for each verb in byte order."""
        counted = sorted((_plain(verb), times) for verb, times in self.verbs.items())
        return "".join([f"{self.logins}\n", *(f"{verb} {times}\n" for verb, times in counted)])


def _plain(verb: str) -> str:
    """Escape control characters, so that a line stays a line."""
    return "".join(c if c.isprintable() else f"\\X{ord(c):02X}" for c in verb)


COUNTED = {
    "sessions": "sessions that have ended, with their connection closed",
    "logins": "successful logins",
    "retrieved": "messages that RETR sent to their end",
    "deleted": "messages deleted at QUIT",
    "connections": "accepted connections",
    "rules_applied": "times that a rule took effect",
    "violations": "clients' violations of the RFCs",
}


@dataclass(slots=True)
class _Open:
    """A session that has not both ended and closed its connection."""

    served: ServedCommand = field(default_factory=ServedCommand)
    ended: bool = False


class Counters:
    """Counts by the names of COUNTED, and by verb.

    waits_cancelled: waits return immediately.
    """

    wants_lines = True

    def __init__(self, statistics: Statistics, events: EventQueue | None = None) -> None:
        """statistics: restarted by clear(). events: the queue that passes events here."""
        self._statistics = statistics
        self._events = events or EventQueue()
        self._changes = self._events.changes
        self._numbers = dict.fromkeys(COUNTED, 0)
        self._verbs = BoundedCounter()
        self._sessions: dict[int, _Open] = {}
        self.waits_cancelled = False

    def on_event(self, seconds: float, event: Event) -> None:
        """Count the event."""
        if isinstance(event, ConnectionOpened):
            self._sessions[event.session] = _Open()
            self._numbers["connections"] += 1
        elif session := self._sessions.get(event.session):
            self._count(session, event)

    def on_answered(self, run: AnsweredRun) -> None:
        """Count lines that were answered."""
        if session := self._sessions.get(run.session):
            for reply, times in run.counts.items():
                self._verbs.add(reply.verb, times)
                if reply.retrieved:
                    self._numbers["retrieved"] += times
            self._numbers["violations"] += sum(times for _, times in run.violations())
            session.served.answer(run.last.verb)

    def _count(self, session: _Open, event: Event) -> None:
        match event:
            case LineReceived():
                session.served.on_event(event)
                if not event.response:
                    verb = session.served.verb
                    self._verbs.add(verb, made_up=verb not in COMMANDS)
            case ActionPerformed() | MessageRead() | BodyTruncated():
                self._numbers["retrieved"] += bool(session.served.on_event(event))
            case SessionEnded() | ConnectionClosed():
                self._count_end(event.session, session)
            case _:
                self._count_rarer(event)

    def _count_end(self, number: int, session: _Open) -> None:
        """Count a session once it has ended and its connection is closed, in either order."""
        if session.ended:
            del self._sessions[number]
            self._numbers["sessions"] += 1
        session.ended = True

    def _count_rarer(self, event: Event) -> None:
        match event:
            case LoggedIn():
                self._numbers["logins"] += 1
            case MessagesDeleted(_, uids):
                self._numbers["deleted"] += len(uids)
            case RuleApplied():
                self._numbers["rules_applied"] += 1
            case ViolationFound():
                self._numbers["violations"] += 1

    async def wait_for(self, wanted: Mapping[str, int], seconds: float) -> bool:
        """Return True once all numbers are reached; False after the given seconds."""
        await self._changes.until_async(
            lambda: self.waits_cancelled or self._reached(wanted), seconds
        )
        return self._reached(wanted)

    def _reached(self, wanted: Mapping[str, int]) -> bool:
        numbers = self._all()
        return all(numbers.get(name, 0) >= number for name, number in wanted.items())

    def cancel_waits(self) -> None:
        """End all waits, also future ones."""
        with self._changes:
            self.waits_cancelled = True

    def clear(self) -> None:
        """Set all numbers to 0; open sessions will still count when they end."""
        with self._changes:
            self._events.drain()
            self._numbers = dict.fromkeys(COUNTED, 0)
            self._verbs = BoundedCounter()
            self._statistics.logins = 0
            self._statistics.verbs = BoundedCounter()

    def _all(self) -> dict[str, int]:
        self._events.drain()
        return self._numbers | dict(self._verbs.items())

    def __contains__(self, name: str) -> bool:
        """Whether it is one of COUNTED, or a verb that was received."""
        return name in self._all()

    def __str__(self) -> str:
        """Return `sessions=1 logins=1 ... QUIT=1 USER=1`."""
        return " ".join(f"{name}={number}" for name, number in self._all().items())

    def as_json(self, **besides: object) -> str:
        """Return a JSON object on one line: all numbers, `verbs`, and the given members."""
        self._events.drain()
        verbs = dict(sorted(self._verbs.items()))
        return json.dumps({**self._numbers, "verbs": verbs, **besides})
