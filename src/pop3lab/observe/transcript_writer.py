"""Sessions as text, in the form of transcript.py: who said what and when; secrets are ****."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import TextIO

from pop3lab.core.actions import Send
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    SessionEnded,
)
from pop3lab.observe.escapes import escaped
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.redaction import Redactor
from pop3lab.observe.stderr import write_line_nonblocking
from pop3lab.observe.transcript import event_note, stamp

_PLAIN = bytes(octet for octet in range(0x20, 0x7F) if octet != 0x5C)
_MOST = 65_536  # octets of a line that are waited for
_MOST_LEAVING = 10_000  # sessions that have ended and are remembered until they leave


class _Session:
    """What is kept of a session."""

    __slots__ = ("began", "closed", "redactor", "rest")

    def __init__(self, began: float, is_secret: IsSecret) -> None:
        self.began = began
        self.rest = b""  # what the server has said of a line so far
        self.redactor = Redactor(is_secret)
        self.closed = False


class TranscriptWriter:
    """Makes text of events. Feed it the events of all sessions, in order.

    is_secret: which words are secrets of users.
    """

    def __init__(self, is_secret: IsSecret = no_secrets) -> None:
        self._is_secret = is_secret
        self._sessions: dict[int, _Session] = {}
        self._leaving: dict[int, _Session] = {}
        # The last to be closed: a violation by that comes after it.
        self._last = 0, _Session(0.0, is_secret)

    def text(self, seconds: float, event: Event) -> str:
        """The lines that this event completes, each with its line end. seconds: since the epoch."""
        session = self._session(seconds, event)
        prefix = stamp(event.session, seconds - session.began)
        text = "".join(_texts(session, prefix, seconds, event))
        if isinstance(event, SessionEnded):
            self._ended(event.session, session)
        elif isinstance(event, ConnectionClosed):
            session.closed = True
            self._leaving.pop(event.session, None)
        if session.closed:
            self._last = event.session, session
        return text

    def _session(self, seconds: float, event: Event) -> _Session:
        number = event.session
        known = self._sessions.get(number) or self._leaving.get(number)
        if known is None and number == self._last[0]:
            known = self._last[1]
        if known and not isinstance(event, ConnectionOpened):
            return known
        begun = _Session(seconds, self._is_secret)
        if isinstance(
            event, ConnectionOpened | LineReceived | ActionPerformed
        ):  # what comes after the end begins nothing
            self._sessions[number] = begun
        return begun

    def _ended(self, number: int, session: _Session) -> None:
        """Remember when it began until it leaves: it may have, or, without a runner, never do."""
        self._sessions.pop(number, None)
        if not session.closed:
            self._leaving[number] = session
        if len(self._leaving) > _MOST_LEAVING:
            del self._leaving[next(iter(self._leaving))]


def _texts(session: _Session, prefix: str, seconds: float, event: Event) -> Iterator[str]:
    session.redactor.on_event(event)
    match event:
        case LineReceived():
            yield _unfinished(session, prefix)
            yield f"{prefix}{client_line(session.redactor.redact(event))}\n"
        case ActionPerformed(_, Send(data)):
            yield _said(session, prefix, session.redactor.redact_reply(data))
        case _ if note := event_note(event, seconds):
            yield _unfinished(session, prefix)
            yield f"{prefix}({escaped(note.encode('utf-8', 'surrogateescape'))})\n"


def client_line(line: bytes) -> str:
    """A line of the client as it is shown, without its LF, as text: `C: NOOP`."""
    text = escaped(line.removesuffix(b"\r"))
    return f"C: {text}" if line.endswith(b"\r") else f"C| {text}\\n"


def _said(session: _Session, prefix: str, data: bytes) -> str:
    whole, end, rest = (session.rest + data).rpartition(b"\r\n")
    session.rest = rest
    text = _lines(f"{prefix}S: ", whole) if end else ""
    return text + _unfinished(session, prefix) if len(rest) > _MOST else text


def _unfinished(session: _Session, prefix: str) -> str:
    rest, session.rest = session.rest, b""
    return f"{prefix}S| {escaped(rest)}\n" if rest else ""


def _lines(prefix: str, whole: bytes) -> str:
    """Each line behind the prefix. whole: lines with CRLF between them."""
    if whole.translate(None, _PLAIN) == b"\r\n" * whole.count(b"\r\n"):
        text = whole.decode("ascii").replace("\r\n", f"\n{prefix}")  # much faster, and the rule
        return f"{prefix}{text}\n"
    return "".join(f"{prefix}{escaped(line)}\n" for line in whole.split(b"\r\n"))


_DELAY = 0.05  # seconds that events wait, so that many are written at once
_TRANSCRIPT_FILE_MOST = 1_048_576  # octets of lines that wait at most
_OVERHEAD = 100  # octets that a line of the client takes besides its own, as it is short


class TranscriptFile:
    """Writes the transcript to a file while sessions go on, some milliseconds behind them.

    complaints: gets a line if the file can't be written any more; the sessions go on.
    is_secret: tells passwords and tokens of users.
    """

    wants_lines = True

    def __init__(self, file: TextIO, complaints: TextIO, is_secret: IsSecret = no_secrets) -> None:
        self._file: TextIO | None = file
        self._complaints = complaints
        self._transcript = TranscriptWriter(is_secret)
        self._noted: deque[tuple[float, Event]] = deque()
        self._octets = 0
        self._writing = Lock()

    def on_event(self, seconds: float, event: Event) -> None:
        """Put it in the queue of what is to be written."""
        self._noted.append((seconds, event))
        match event:
            case ActionPerformed(_, Send(data)):
                self._octets += len(data)
            case LineReceived(_, line):
                self._octets += len(line) + _OVERHEAD
        if self._octets > _TRANSCRIPT_FILE_MOST:
            self.write()

    async def keep_writing(self) -> None:
        """Write what was noted, again and again until cancelled."""
        while True:
            await asyncio.sleep(_DELAY)
            self.write()

    def write(self) -> None:
        """Write all that was noted until now."""
        with self._writing:
            self._octets = 0
            noted = [self._noted.popleft() for _ in range(len(self._noted))]
            text = "".join(self._transcript.text(seconds, event) for seconds, event in noted)
            if text and self._file:
                self._write(self._file, text)

    def _write(self, file: TextIO, text: str) -> None:
        try:
            file.write(text)
            file.flush()
        except OSError as error:
            write_line_nonblocking(
                self._complaints, f"pop3lab: the transcript ends here: {error.strerror}"
            )
            self._file = None

    def close(self) -> None:
        """Write the rest."""
        self.write()
        if self._file:
            with suppress(OSError):
                self._file.close()
