"""Turns events into the text of a transcript; secrets become ****."""

from collections.abc import Iterator

from pop3lab.core.actions import Part, Send
from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    MessageDelivered,
    SessionEnded,
)
from pop3lab.observe.answered_run import TIME, AnsweredRun
from pop3lab.observe.escapes import escaped
from pop3lab.observe.folded_bodies import Folding
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.redaction import Redactor
from pop3lab.observe.transcript import event_note, stamp

_PLAIN = bytes(octet for octet in range(0x20, 0x7F) if octet != 0x5C)
_MOST = 65_536  # octets of an unfinished line that are kept
_MOST_LEAVING = 10_000  # ended sessions remembered until their connections close


class _Session:
    """The state of a session."""

    __slots__ = ("began", "closed", "folding", "redactor", "rest")

    def __init__(self, began: float, is_secret: IsSecret, *, folds: bool) -> None:
        self.began = began
        self.folding = Folding() if folds else None
        self.rest = b""  # the unfinished line of the server
        self.redactor = Redactor(is_secret)
        self.closed = False

    @property
    def is_within_line(self) -> bool:
        """Whether something of a reply is still to be shown."""
        return bool(self.rest) or (self.folding is not None and self.folding.pending)


def _ends_its_line(reply: CachedReply) -> bool:
    """Whether nothing of the reply is left to be shown later."""
    return (reply.end if reply.text else reply.head).endswith(b"\r\n")


class TranscriptWriter:
    """Turns the events of all sessions, in order, into text.

    is_secret: recognizes secrets of users. folds: only the beginning of long bodies is shown.
    """

    def __init__(self, is_secret: IsSecret = no_secrets, *, folds: bool = False) -> None:
        self._is_secret = is_secret
        self._folds = folds
        self._sessions: dict[int, _Session] = {}
        self._leaving: dict[int, _Session] = {}
        # The last closed session: a violation found at its close follows.
        self._last = 0, self._begun(0.0)

    def text(self, seconds: float, event: Event) -> str:
        """Return the lines that this event completes. seconds: since the epoch."""
        if isinstance(event, MessageDelivered):  # it is of no session
            return f"({escaped(event_note(event, seconds).encode('utf-8', 'surrogateescape'))})\n"
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

    def run_texts(self, run: AnsweredRun) -> Iterator[str]:
        """Yield the lines that this run completes, piece by piece."""
        session = self._sessions.get(run.session)
        if session is None or session.is_within_line or not all(map(_ends_its_line, run.counts)):
            for seconds, event in run.events():
                yield self.text(seconds, event)
            return

        def write(events: Iterator[Event]) -> str:
            return "".join(
                text for event in events for text in _texts(session, TIME, run.seconds, event)
            )

        yield from run.written(write, lambda seconds: stamp(run.session, seconds - session.began))

    def _begun(self, seconds: float) -> _Session:
        return _Session(seconds, self._is_secret, folds=self._folds)

    def _session(self, seconds: float, event: Event) -> _Session:
        number = event.session
        known = self._sessions.get(number) or self._leaving.get(number)
        if known is None and number == self._last[0]:
            known = self._last[1]
        if known and not isinstance(event, ConnectionOpened):
            return known
        begun = self._begun(seconds)
        if isinstance(
            event, ConnectionOpened | LineReceived | ActionPerformed
        ):  # what comes after the end begins nothing
            self._sessions[number] = begun
        return begun

    def _ended(self, number: int, session: _Session) -> None:
        """Remember the start of the session until its connection closes.

        It may be closed already; without a runner it never is.
        """
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
        case ActionPerformed(_, Send(data, part)):
            octets = session.redactor.redact_reply(data)
            if folding := session.folding:
                if folding.pending and part is not Part.BODY:
                    yield _unfinished(session, prefix)
                octets = folding.fold(octets, part)
            yield _said(session, prefix, octets)
        case _ if note := event_note(event, seconds):
            yield _unfinished(session, prefix)
            yield f"{prefix}({escaped(note.encode('utf-8', 'surrogateescape'))})\n"


def client_line(line: bytes) -> str:
    """Return a line of the client as text, without its LF: `C: NOOP`."""
    text = escaped(line.removesuffix(b"\r"))
    return f"C: {text}" if line.endswith(b"\r") else f"C| {text}\\n"


def _said(session: _Session, prefix: str, data: bytes) -> str:
    whole, end, rest = (session.rest + data).rpartition(b"\r\n")
    session.rest = rest
    text = _lines(f"{prefix}S: ", whole) if end else ""
    return text + _unfinished(session, prefix) if len(rest) > _MOST else text


def _unfinished(session: _Session, prefix: str) -> str:
    """Return what was shown of the current line, and what was left out behind it."""
    rest, session.rest = session.rest, b""
    text = f"{prefix}S| {escaped(rest)}\n" if rest else ""
    note = session.folding.take_note() if session.folding else ""
    return f"{text}{prefix}({note})\n" if note else text


def _lines(prefix: str, whole: bytes) -> str:
    """Return the lines with a prefix. whole: lines separated by CRLF."""
    if whole.translate(None, _PLAIN) == b"\r\n" * whole.count(b"\r\n"):
        text = whole.decode("ascii").replace("\r\n", f"\n{prefix}")  # the usual case
        return f"{prefix}{text}\n"
    return "".join(f"{prefix}{escaped(line)}\n" for line in whole.split(b"\r\n"))
