"""What happens in sessions, as live events: a listener of the event queue."""

from collections.abc import Iterator, Sequence

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.core.events import (
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LoggedIn,
    MessageDelivered,
    MessagesDeleted,
    RuleApplied,
    SessionEnded,
    TlsEstablished,
    ViolationFound,
)
from pop3lab.observe.known_secrets import IsSecret
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.shapes import line_shape, session_shape, violation_shape

_MOST_LEAVING = 10_000  # sessions whose lines are counted
_CHANGES = (LoggedIn, TlsEstablished, MessagesDeleted, SessionEnded, ConnectionClosed)


class SessionEvents:
    """Tells the lines of all sessions, and how the sessions change."""

    wants_lines = True

    def __init__(self, live: LiveEvents, sessions: SessionRecorder, is_secret: IsSecret) -> None:
        """sessions: has each event before this listener has it."""
        self._live = live
        self._sessions = sessions
        self._writer = TranscriptWriter(is_secret, folds=True)
        self._lines: dict[int, int] = {}  # how many, by session; the last to speak is the last

    def on_event(self, seconds: float, event: Event) -> None:
        """Tell the event."""
        if isinstance(event, MessageDelivered):  # it is of no session
            uids = [event.uid] if event.uid else []
            tell_messages(self._live, "added", event.user, uids)
            return
        session = event.session
        if isinstance(event, ConnectionOpened):
            self._lines[session] = 0
            self._forget()
            self._live.publish(
                "opened", {"session": session, "time": seconds, "peer": event.peer}, session
            )
        for text in self._writer.text(seconds, event).splitlines():
            number = self._lines[session] = self._lines.pop(session, 0) + 1
            self._live.publish("line", line_shape(number, text), session)
        self._tell_more(seconds, event)

    def _tell_more(self, seconds: float, event: Event) -> None:
        session = event.session
        at = {"session": session, "time": seconds, "line": self._lines.get(session, 0)}
        if isinstance(event, ViolationFound):
            shape = violation_shape(VIOLATIONS[event.id])
            self._live.publish("violation", {**at, **shape}, session)
        elif isinstance(event, RuleApplied):
            applied = {**at, "rule": event.rule, "unconditional": event.unconditional}
            self._live.publish("applied", applied, session)
        elif isinstance(event, _CHANGES) and (record := self._record(session)):
            kind = "ended" if record.closed else "changed"
            self._live.publish(kind, session_shape(record), session)
        if isinstance(event, MessagesDeleted):
            for user in self._user(session):
                tell_messages(self._live, "deleted", user, event.uids, session)

    def _record(self, session: int) -> SessionRecord | None:
        return self._sessions.record(session)

    def _user(self, session: int) -> Iterator[str]:
        record = self._record(session)
        if record and record.user is not None:
            yield record.user

    def _forget(self) -> None:
        if len(self._lines) > _MOST_LEAVING:
            del self._lines[next(iter(self._lines))]


def tell_messages(
    live: LiveEvents, change: str, user: str, uids: Sequence[str], session: int | None = None
) -> None:
    """Tell which messages of a user have come or gone, and by which session."""
    told = {"change": change, "user": user, "uids": list(uids), "session": session}
    live.publish("message", told, session)
