r"""Events as JSON: one object per line, in ASCII.

Each has `event`, its kind, `session`, the number of the session from 1, and `seconds` since the
epoch. The kinds and their other members are:

    connection_opened     peer: the client's address
    line_received         line: of the client, secrets as ****; response: to a SASL challenge;
                          early: the line came before the reply to the line before it
    sent                  part: head, body or end; octets: their number; text: only of the head
    action_performed      action: pause, start_tls, end_tls, half_close, await_data, verify,
                          close or reset; for: seconds of a pause, or null
    plaintext_after_stls  plaintext followed STLS
    unexpected_tls        a TLS handshake began on a plaintext connection
    tls_established       version: of TLS
    tls_failed            reason: of the failure, during the handshake or later
    logged_in             user; mechanism: of the login; messages, octets: of the maildrop
    message_read          uid: of the message that will be sent
    messages_deleted      uids: of the deleted messages
    message_delivered     session: 0; user, uid, octets: of a message that came by this protocol,
                          SMTP or LMTP; sender, recipients: of its envelope
    rule_applied          rule: the rule that took effect; unconditional: it always holds
    violation_found       id, meaning: of the violation
    store_error           reason: of the failure; user, or null; path: of the user's maildrop,
                          empty if it is in no file
    session_ended         end_reason: quit, closed, reset, ...; user, or null; verbs: the count of
                          each
    connection_closed     client_close: closed or reset, which the client did

Octets outside 0x20-0x7E and the backslash are escaped as in a transcript. Two kinds have neither
session nor seconds: `skipped`, with events: the number of events that were dropped because nobody
read them; and, if events go to stderr, `note`, with text: a line of stderr.

Events are written within 50 ms, in their order. The reply to a control command that counts follows
them.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from io import TextIOBase
from threading import Lock
from typing import TextIO

from pop3lab.core.actions import Action, OffloadNext, Part, Pause, Send
from pop3lab.core.command import COMMANDS
from pop3lab.core.counter import OTHERS, BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    Event,
    LineReceived,
    LoggedIn,
    LoginRefused,
    SessionEnded,
)
from pop3lab.observe.answered_run import TIME, AnsweredRun
from pop3lab.observe.escapes import escaped
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.redaction import REDACTED, Redactor, verb_within
from pop3lab.observe.stderr import write_line_nonblocking, write_nonblocking

_LAST = 0.5  # seconds that a reader gets at the end, renewed while it reads
_MOST = 1_048_576  # octets that wait at most
_MOST_VERBS = 200  # secret verbs remembered for a session
_COUNTED = {*COMMANDS, OTHERS}
_ANY_SECONDS = -1.0
_ANY_TIME = f'"seconds": {_ANY_SECONDS}'

_Facts = Mapping[str, object]


class JsonEvents:
    """Writes events to a descriptor, several at once and without blocking.

    complaints: gets a line if the descriptor can no longer be written; the sessions continue.
    is_secret: recognizes passwords and tokens of users. catch_up: passes on the events that still
    wait.
    """

    wants_lines = True

    def __init__(
        self, descriptor: int, complaints: TextIO, is_secret: IsSecret = no_secrets
    ) -> None:
        self._descriptor = descriptor
        self._complaints = complaints
        self._waiting = bytearray()
        self._skipped = 0
        self._writing = Lock()
        self._redactors = _Redactors(is_secret)
        self._gone = False
        self.catch_up: Callable[[], None] = lambda: None

    def on_event(self, seconds: float, event: Event) -> None:
        """Queue the event."""
        with self._writing:
            if line := self._line_of(event, round(seconds, 6)):
                self._add(line.encode("ascii"))

    def on_answered(self, run: AnsweredRun) -> None:
        """Queue the events of lines that were answered."""
        with self._writing:
            for text in run.written(self._untimed, _seconds):
                self._add_lines(text.encode("ascii"))

    def _untimed(self, events: Iterable[Event]) -> str:
        """Return the events without their seconds."""
        lines = (self._line_of(event, _ANY_SECONDS) for event in events)
        return "".join(line.replace(_ANY_TIME, f'"seconds": {TIME}', 1) for line in lines)

    def _line_of(self, event: Event, seconds: float) -> str:
        facts = self._facts(event)
        if facts is None:
            return ""
        at = {"session": event.session, "seconds": seconds}
        return _line({"event": _name(event), **at, **facts})

    def _facts(self, event: Event) -> _Facts | None:
        match event:
            case LineReceived(_, _, response, early):
                shown = escaped(self._redactors.redact(event).removesuffix(b"\r"))
                return {"line": shown, "response": response, "early": early}
            case ActionPerformed(_, action):
                return _action_facts(self._redactors.redact_action(event.session, action))
            case LoggedIn(_, user, mechanism, snapshot):
                self._redactors.on_event(event)
                held = {"messages": len(snapshot.entries), "octets": snapshot.octets}
                return {"user": user, "mechanism": mechanism, **held}
            case LoginRefused():
                return None  # it is for the log, and the name may be a secret
            case SessionEnded(session, reason, user, verbs, _):
                fields = self._redactors.counted_verbs(session, verbs)
                return {"end_reason": reason, "user": user, "verbs": fields}
        return {name: _sound(value) for name, value in event._asdict().items() if name != "session"}

    def _add_lines(self, lines: bytes) -> None:
        """Queue lines, or those for which there is room."""
        if self._skipped or len(self._waiting) + len(lines) > _MOST:
            for line in lines.splitlines(keepends=True):
                self._add(line)
        elif not self._gone:
            self._waiting += lines

    def _add(self, line: bytes) -> None:
        """Queue a line, unless too much is waiting, or nobody can read it any more."""
        if self._gone:
            return
        if len(self._waiting) + len(line) > _MOST:
            self._write()
        if self._waiting and len(self._waiting) + len(line) > _MOST:
            self._skipped += 1
        else:
            self._waiting += self._skipped_line() + line

    def _skipped_line(self) -> bytes:
        """Return a line about skipped events, if there are any."""
        skipped, self._skipped = self._skipped, 0
        line = _line({"event": "skipped", "events": skipped}) if skipped else ""
        return line.encode("ascii")

    def _write(self, patience: float = 0.0) -> None:
        try:
            del self._waiting[: write_nonblocking(self._descriptor, self._waiting, patience)]
        except OSError as error:
            self._gone = True
            self._waiting.clear()
            write_line_nonblocking(
                self._complaints, f"pop3lab: the events end here: {error.strerror}"
            )

    def note_text(self, text: str) -> None:
        """Write a line that is not an event."""
        with self._writing:
            if not self._gone:
                self._add(_line({"event": "note", "text": _sound(text)}).encode("ascii"))
                self._write()

    def write(self) -> None:
        """Write as much as the descriptor takes."""
        with self._writing:
            self._write()

    def close(self) -> None:
        """Write the rest, if somebody reads it."""
        with self._writing:
            self._waiting += self._skipped_line()
            self._write(_LAST)


class Notes(TextIOBase):
    """A text file whose lines become notes among the events."""

    def __init__(self, events: JsonEvents) -> None:
        self._events = events
        self._begun = ""
        self._cutting = Lock()

    def write(self, text: str) -> int:
        """Write each line as soon as it is complete, after all earlier events."""
        self._events.catch_up()  # outside the lock, because passing on events may write lines
        with self._cutting:
            *lines, self._begun = (self._begun + text).split("\n")
            for line in lines:
                self._events.note_text(line)
        return len(text)


class _Redactors:
    """Redacts the lines of each session, and its verbs at the end."""

    def __init__(self, is_secret: IsSecret) -> None:
        self._is_secret = is_secret
        self._sessions: dict[int, tuple[Redactor, set[str]]] = {}  # with verbs that are secrets

    def _of(self, session: int) -> tuple[Redactor, set[str]]:
        return self._sessions.setdefault(session, (Redactor(self._is_secret), set()))

    def redact(self, event: LineReceived) -> bytes:
        redactor, secret = self._of(event.session)
        shown = redactor.redact(event)
        hides = event.verb and not verb_within(event.verb, shown)
        if hides and len(secret) < _MOST_VERBS:
            secret.add(event.verb)
        return shown

    def redact_action(self, session: int, action: Action) -> Action:
        if session in self._sessions and isinstance(action, Send) and action.part is Part.HEAD:
            return Send(self._sessions[session][0].redact_reply(action.data), action.part)
        return action

    def on_event(self, event: Event) -> None:
        self._of(event.session)[0].on_event(event)

    def counted_verbs(self, session: int, verbs: BoundedCounter) -> dict[str, int]:
        """Return the count of each verb; secret ones are counted as one.

        If there are many secret verbs, all unknown verbs are.
        """
        _, secret = self._sessions.pop(session, (None, set[str]()))
        fields: dict[str, int] = {}
        for verb, times in verbs.items():
            name = REDACTED.decode("ascii") if _hides(secret, verb) else verb
            fields[name] = fields.get(name, 0) + times
        return fields


def _hides(secret: set[str], verb: str) -> bool:
    """Whether the verb, or a longer one that it begins, is a secret."""
    if verb in _COUNTED:
        return False
    return len(secret) >= _MOST_VERBS or any(one.startswith(verb) for one in secret)


def _name(event: Event) -> str:
    return "sent" if _is_sending(event) else _snake_case(type(event))


def _is_sending(event: Event) -> bool:
    return isinstance(event, ActionPerformed) and isinstance(event.action, Send)


def _action_facts(action: Action) -> _Facts | None:
    match action:
        case Send(data, Part.HEAD):
            return {
                "part": "head",
                "octets": len(data),
                "text": escaped(data.removesuffix(b"\r\n")),
            }
        case Send(data, part):
            return {"part": part.value, "octets": len(data)}
        case Pause(seconds):
            return {"action": "pause", "for": seconds if math.isfinite(seconds) else None}
        case OffloadNext():
            return None
    return {"action": _snake_case(type(action))}


def _snake_case(kind: type) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def _sound(value: object) -> object:
    """Return the value with undecodable octets of file names escaped, as JSON has none."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _line(fields: _Facts) -> str:
    return json.dumps(fields) + "\n"


def _seconds(seconds: float) -> str:
    return json.dumps(round(seconds, 6))
