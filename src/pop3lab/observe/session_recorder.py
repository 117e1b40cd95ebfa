"""The records of all sessions: the last ones whole, those before as counts."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple, NoReturn, overload

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import COMMANDS
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    MessageDelivered,
    SessionEnded,
    ViolationFound,
)
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.timed_events import TimedEvent, TimedLines, single_events
from pop3lab.observe.transcript_formats import Transcript

KEPT_SESSIONS = 1000
_MOST_NAMES = 100_000  # known by name, of users or unique-ids in sessions without a record
_MOST_DELIVERIES = 10_000  # in transcripts
_MOST_OCTETS = 64 << 20  # of messages and listings in transcripts


class Counted(NamedTuple):
    """What was counted, and the names that came."""

    times: int
    names: Collection[str] = ()


class _Names:
    """Names and how many came, those known beyond very many without the name."""

    def __init__(self) -> None:
        self._times = 0
        self._names: set[str] = set()

    def add_all(self, names: Iterable[str]) -> None:
        for name in names:
            self._times += 1
            if len(self._names) < _MOST_NAMES:
                self._names.add(name)

    @property
    def counted(self) -> Counted:
        return Counted(self._times, self._names)


class PastSessions:
    """Counts of closed sessions whose records are not kept any more."""

    def __init__(self) -> None:
        self.verbs = BoundedCounter()
        self._closed = 0
        self._users = _Names()
        self._retrieved = _Names()
        self._deleted = _Names()

    def add(self, record: SessionRecord) -> None:
        """Count what this session did."""
        self._closed += 1
        self._users.add_all([] if record.user is None else [record.user])
        self._retrieved.add_all(record.retrieved)
        self._deleted.add_all(record.deleted)
        for verb in record.commands:
            self.verbs.add(verb, made_up=verb not in COMMANDS)

    @property
    def closed(self) -> Counted:
        """The sessions."""
        return Counted(self._closed)

    @property
    def users(self) -> Counted:
        """The logins, by user."""
        return self._users.counted

    @property
    def retrieved(self) -> Counted:
        """The messages that RETR sent to their end, by unique-id."""
        return self._retrieved.counted

    @property
    def deleted(self) -> Counted:
        """The deleted messages, by unique-id."""
        return self._deleted.counted

    def commands(self, verb: str) -> Counted:
        """The commands with this verb, in upper case."""
        return Counted(dict(self.verbs.items()).get(verb, 0))


class SessionRecords(Sequence[SessionRecord]):
    """The records of the sessions until a moment, in order.

    The last 1,000 sessions have one, and any that are still open; len() and indices count all.
    Whoever takes another, also in a slice or a loop, gets a LookupError.

    kept: the records there are. past: counts of the other sessions.
    """

    def __init__(self, count: int, kept: Mapping[int, SessionRecord], past: PastSessions) -> None:
        """count: of all sessions. kept: by place, 1 for the first session."""
        self._count = count
        self._kept = kept
        self.past = past

    @property
    def kept(self) -> Collection[SessionRecord]:
        """The records there are, in order."""
        return self._kept.values()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> SessionRecord: ...

    @overload
    def __getitem__(self, index: slice) -> list[SessionRecord]: ...

    def __getitem__(self, index: int | slice) -> SessionRecord | list[SessionRecord]:
        places = range(1, self._count + 1)[index]
        return self._at(places) if isinstance(places, int) else [*map(self._at, places)]

    def __iter__(self) -> Iterator[SessionRecord]:
        return map(self._at, range(1, self._count + 1))

    def _at(self, place: int) -> SessionRecord:
        return self._kept.get(place) or _is_past(place)

    def __eq__(self, other: object) -> bool:
        """Whether it has the same records as another sequence, such as a list."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        past = self._count - len(self._kept)
        shown = [f"{past} earlier sessions"] if past else []
        return f"[{', '.join([*shown, *map(repr, self.kept)])}]"


def _is_past(place: int) -> NoReturn:
    raise LookupError(
        f"session {place} is only counted: the last {KEPT_SESSIONS:,} sessions have records;"
        f" take sessions[-{KEPT_SESSIONS}:], or look at sessions as they end"
    )


class SessionRecorder:
    """Keeps records of the last 1,000 sessions and of all open ones; counts the others.

    changes: to wait for changes. transcript: of all sessions that have a record. Transcripts keep
    64 MiB of messages and listings, to limit memory.
    """

    wants_lines = True

    def __init__(self, events: EventQueue | None = None, is_secret: IsSecret = no_secrets) -> None:
        """events: the queue that passes events here. is_secret: recognizes users' secrets."""
        events = events or EventQueue()
        self.changes = events.changes
        self.transcript = Transcript(self._all_events, is_secret)
        self._update = events.drain
        self._is_secret = is_secret
        self._count = 0
        self._kept: dict[int, SessionRecord] = {}  # by place
        self._places: dict[int, int] = {}  # of those, by number
        self._past = PastSessions()
        self._violations: list[tuple[ViolationFound, int]] = []  # and how often in a row
        self._events: list[TimedLines] = []
        self._stale = 0  # sessions that have events there and no record
        self._octets = 0  # of bodies
        self._deliveries = 0

    @property
    def records(self) -> SessionRecords:
        """The records of all sessions, in order."""
        self._update()
        return SessionRecords(self._count, dict(self._kept), self._past)

    def record(self, number: int) -> SessionRecord | None:
        """Return the record of the session with this number; None if there is none, or not yet."""
        place = self._places.get(number)
        return self._kept[place] if place else None

    @property
    def violations(self) -> list[ViolationFound]:
        """The violations in all sessions, also in those without a record, by session."""
        self._update()
        every = chain.from_iterable(repeat(*found) for found in self._violations)
        return sorted(every, key=_session)

    def _all_events(self) -> tuple[TimedEvent, ...]:
        self._update()
        return tuple(single_events(self._of_kept()))

    def _of_kept(self) -> Iterator[TimedLines]:
        there = self._places
        return (timed for timed in self._events if timed[1].session in there or _is_mail(timed[1]))

    def on_event(self, seconds: float, event: Event) -> None:
        """Record the event."""
        if isinstance(event, ConnectionOpened):
            self._begin(seconds, event)
        elif isinstance(event, ViolationFound):
            self._violations.append((event, 1))
        elif isinstance(event, MessageDelivered) and self._deliveries < _MOST_DELIVERIES:
            self._deliveries += 1
            self._events.append((seconds, event))
        if place := self._places.get(event.session):
            record = self._kept[place]
            kept = not isinstance(event, ActionPerformed) or self._keeps(record, event.action)
            if kept:
                self._events.append((seconds, event))
            record.on_event(seconds, event, kept=kept)
            if isinstance(event, SessionEnded | ConnectionClosed):
                self._forget_if_past(place)

    def on_answered(self, run: AnsweredRun) -> None:
        """Record lines that were answered."""
        place = self._places.get(run.session)
        if not place:
            self._note_violations(run)
            return
        record = self._kept[place]
        octets = run.text_octets
        if not record.keeps_bodies:
            run, octets = run.without_texts(), 0
        elif self._octets + octets > _MOST_OCTETS:
            for seconds, event in run.events():
                self.on_event(seconds, event)  # not all of them are kept
            return
        self._note_violations(run)
        self._octets += octets
        record.body_octets += octets
        self._events.append((run.seconds, run))
        record.on_answered(run)

    def _note_violations(self, run: AnsweredRun) -> None:
        self._violations += run.violations()

    def _begin(self, seconds: float, event: ConnectionOpened) -> None:
        self._count += 1
        self._places[event.session] = self._count
        self._kept[self._count] = SessionRecord(
            event.session,
            event.peer,
            seconds,
            self._is_secret,
            update=self._update,
            look=self.changes.look,
        )
        self._forget_if_past(self._count - KEPT_SESSIONS)

    def _forget_if_past(self, place: int) -> None:
        """Keep no more than counts of a session that is closed and long past."""
        record = self._kept.get(place)
        if record is None or not record.closed or place > self._count - KEPT_SESSIONS:
            return
        self._past.add(record)
        self._octets -= record.body_octets
        del self._kept[place], self._places[record.number]
        self._stale += 1
        if self._stale >= KEPT_SESSIONS:  # seldom, as it takes as long as there are events
            self._events = list(self._of_kept())
            self._stale = 0

    def _keeps(self, record: SessionRecord, action: Action) -> bool:
        if not isinstance(action, Send) or action.part is not Part.BODY:
            return True
        octets = len(action.data)
        if record.keeps_bodies and self._octets + octets <= _MOST_OCTETS:
            record.body_octets += octets
            self._octets += octets
        else:
            record.keeps_bodies = False
        return record.keeps_bodies

    def close(self, now: Callable[[int], float]) -> None:
        """Close all records: open sessions were stopped. now: returns the time in a session."""
        with self.changes:
            for record in self.records.kept:
                record.close(now(record.number))


def _is_mail(event: object) -> bool:
    return isinstance(event, MessageDelivered)


def _session(violation: ViolationFound) -> int:
    return violation.session
