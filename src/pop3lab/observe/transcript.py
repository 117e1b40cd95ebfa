r"""Transcripts as text: what a session said, or is expected to say.

A line is the number of the session, the seconds since its start, and one of

    C: text     the client sent this line, ended by CRLF
    S: text     the server sent this line, ended by CRLF
    C| text     the client sent these octets; no CRLF is implied
    S| text     the server sent these octets; no CRLF is implied
    (note)      something else happened: (connection opened ...), (pause 0.5), (close) ...

Octets outside 0x20-0x7E and the backslash are escaped: \r, \n, \t, \\, \x00. Lines written by hand
need no number and seconds; they may be indented, and empty lines and # comments are ignored.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pop3lab.core.actions import Action, AwaitData, Close, EndTLS, HalfClose, Pause, Reset, StartTLS
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LoggedIn,
    MessageDelivered,
    MessagesDeleted,
    PlaintextAfterStls,
    RecordingError,
    RuleApplied,
    SessionEnded,
    StoreError,
    TlsEstablished,
    TlsFailed,
    UnexpectedTls,
    ViolationFound,
)
from pop3lab.observe.escapes import BadEscape, escaped, unescaped
from pop3lab.observe.folded_bodies import NOT_WHOLE, is_folded

Who = Literal["client", "server", ""]

_STAMP = r"(?:([1-9][0-9]{0,14}) +(-?[0-9]{1,12}(?:\.[0-9]{1,6})?) +)?"
_LINE = re.compile(_STAMP + r"(?:([CS])([:|])(?: (.*))?|\((.*)\)\s*)")
_NEAR = re.compile(r"(?:[-0-9.]+\s+)*(c|s)(?:lient|erver)?\b\s*([:|>]?)\s?(.*)", re.IGNORECASE)
_WHO: dict[str, Who] = {"C": "client", "S": "server"}
_LETTERS = {who: letter for letter, who in _WHO.items()}
_FORMS = "a line is `C: text`, `S: text`, `C| octets`, `S| octets`, `(note)` or `# comment`"


class TranscriptLine(NamedTuple):
    """Octets that were sent at once, or a note.

    session: 1 for the first; 0 in a dialogue written by hand, which has no numbers and times. who:
    empty for a note. octets: include the line end; the text of a note in UTF-8.
    """

    session: int
    seconds: float
    who: Who
    octets: bytes

    @property
    def note(self) -> str:
        """The text of a note; empty for other lines."""
        return "" if self.who else self.octets.decode("utf-8", "backslashreplace")

    def __str__(self) -> str:
        """Return the line without number and seconds: `C: NOOP`."""
        if not self.who:
            return f"({escaped(self.octets)})"
        letter = _LETTERS[self.who]
        if self.octets.endswith(b"\r\n"):
            return f"{letter}: {escaped(self.octets[:-2])}"
        return f"{letter}| {escaped(self.octets)}"


def stamp(session: int, seconds: float) -> str:
    """Return the number and seconds at the start of a line."""
    return f"{session} {seconds:8.3f} "


def print_lines(lines: Iterable[TranscriptLine]) -> str:
    """Return the text of all lines. Seconds are rounded to milliseconds."""
    return "".join(
        f"{stamp(line.session, line.seconds) if line.session else ''}{line}\n" for line in lines
    )


def parse(text: str, *, folded: bool = False) -> list[TranscriptLine]:
    """Parse a transcript, printed or written by hand. folded: its bodies may be.

    Raises ConfigError with the number of the line, the mistake and a suggestion.
    """
    lines = []
    for number, written in enumerate(text.split("\n"), 1):
        line = written.removesuffix("\r").lstrip(" \t")
        if line.strip() and not line.startswith("#"):
            lines.append(_parsed(line, number))
            if not folded:
                check_whole(lines[-1], number)
    return lines


def check_whole(line: TranscriptLine, number: int) -> None:
    """Refuse the note of a folded body. Raises ConfigError with the number of the line."""
    if is_folded(line.note):
        raise ConfigError(f"line {number}: {NOT_WHOLE}")


def _parsed(line: str, number: int) -> TranscriptLine:
    match = _LINE.fullmatch(line)
    if not match:
        raise ConfigError(
            f"line {number}: {_clipped(line)} is not a line of a transcript: {_near(line)}"
        )
    session, seconds, letter, mark, text, note = match.groups()
    try:
        octets = unescaped((note if letter is None else text) or "")
    except BadEscape as bad:
        column = bad.column + max(match.start(5), match.start(6))
        raise ConfigError(f"line {number}: {_clipped(line)}, column {column}: {bad.what}") from bad
    end = b"\r\n" if mark == ":" else b""
    return TranscriptLine(
        int(session or 0), float(seconds or 0), _WHO.get(letter, ""), octets + end
    )


def _near(line: str) -> str:
    if line.startswith("("):
        return f"did you mean {_clipped(line.rstrip() + ')')}?"
    if near := _NEAR.fullmatch(line):
        mark = "|" if near[2] == "|" else ":"
        return f"did you mean {_clipped(f'{near[1].upper()}{mark} {near[3]}')}?"
    return _FORMS


def _clipped(line: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in line)
    return f"`{shown}`" if len(shown) <= 60 else f"`{shown[:57]}...`"


# Notes: events and actions in words, in parentheses

RULE_NOTE = "rule: "
VIOLATION_NOTE = "violation "

_LEFT_UNREAD = " without reading"
_SECONDS = r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,2})?"
_PAUSE = re.compile(rf"(?:pause ({_SECONDS})|stall)({_LEFT_UNREAD})?")
_BETWEEN = " and in clear between its records "
_TLS = re.compile(rf"start TLS(?: with certificate (\S+))?(?:{_BETWEEN}(.+))?", re.DOTALL)
_NOTIFY = " with close_notify"
_OF_EVENTS: dict[type, str] = {
    PlaintextAfterStls: "plaintext after STLS",
    UnexpectedTls: "unexpected TLS handshake",
}
_FAILURES: dict[type, str] = {
    TlsFailed: "TLS failed",
    StoreError: "store error",
    RecordingError: "recording error",
}
_NAMES: dict[type, str] = {EndTLS: "end TLS", Reset: "reset", AwaitData: "wait for the client"}


def event_note(event: Event, seconds: float) -> str:
    """Return the note for an event; empty for none. seconds: since the epoch."""
    match event:
        case ConnectionOpened(_, peer):
            at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
            return f"connection opened from {peer} at {at}"
        case TlsEstablished(_, version):
            return f"TLS established: {version}"
        case LoggedIn(_, user, mechanism, snapshot):
            messages = len(snapshot.entries)
            many = "" if messages == 1 else "s"
            return f"logged in: {user} by {mechanism}, {messages} message{many}"
        case SessionEnded(_, reason, user, _):
            return f"session ended: {reason}" + ("" if user is None else f", user {user}")
        case ConnectionClosed(_, client_close):
            return f"client {client_close} the connection"
    return action_note(event.action) if isinstance(event, ActionPerformed) else _note_within(event)


def _note_within(event: Event) -> str:
    match event:
        case MessagesDeleted(_, uids):
            return f"deleted: {' '.join(uids)}"
        case MessageDelivered():
            return _delivery_note(event)
        case RuleApplied(rule=rule):
            return f"{RULE_NOTE}{rule}"
        case ViolationFound(_, name, meaning):
            return f"{VIOLATION_NOTE}{name}: {meaning}"
        case TlsFailed(_, reason) | StoreError(_, reason) | RecordingError(_, reason):
            return f"{_FAILURES[type(event)]}: {reason}"
    return _OF_EVENTS.get(type(event), "")


def _delivery_note(event: MessageDelivered) -> str:
    to = ", ".join(f"<{address}>" for address in event.recipients)
    what = f"message of {event.octets} octets" + (f" {event.uid}" if event.uid else "")
    return f"{event.protocol} from <{event.sender}> to {to}: {what} for {event.user}"


def action_note(action: Action) -> str:
    """Return the note for an action; empty for Send and OffloadNext."""
    match action:
        case Pause(seconds, leave_unread):
            pause = "stall" if seconds == math.inf else f"pause {seconds:g}"
            return pause + (_LEFT_UNREAD if leave_unread else "")
        case StartTLS(certificate, between):
            named = f" with certificate {certificate}" if certificate else ""
            octets = between.decode("latin-1")
            return f"start TLS{named}{_BETWEEN + octets if octets else ''}"
        case HalfClose(notify):
            return "half-close" + (_NOTIFY if notify else "")
        case Close(notify):
            return "close" if notify else "close without close_notify"
    return _NAMES.get(type(action), "")


def action_from_note(note: str) -> Action | None:
    """Return the action that a note stands for; None for any other note."""
    if pause := _PAUSE.fullmatch(note):
        return Pause(float(pause[1] or math.inf), pause[2] is not None)
    if tls := _TLS.fullmatch(note):
        return StartTLS(tls[1] or "", (tls[2] or "").encode("latin-1", "replace"))
    plain = (
        EndTLS(),
        HalfClose(),
        HalfClose(close_notify=True),
        Close(),
        Close(close_notify=False),
        Reset(),
        AwaitData(),
    )
    return next((action for action in plain if action_note(action) == note), None)
