"""Sessions as text, in the form of watch/dialogue.py: who said what and when; secrets are ****."""

from collections.abc import Iterator

from pop3lab.core.actions import Send
from pop3lab.core.events import Did, Ended, Event, Left, Opened, Received
from pop3lab.watch.dialogue import stamp
from pop3lab.watch.escapes import escaped
from pop3lab.watch.known import Knows, knows_nothing
from pop3lab.watch.masks import Hiding
from pop3lab.watch.notes import note_of

_PLAIN = bytes(octet for octet in range(0x20, 0x7F) if octet != 0x5C)
_MOST = 65_536  # octets of a line that are waited for
_MOST_LEAVING = 10_000  # sessions that have ended and are remembered until they leave


class _Session:
    """What is kept of a session."""

    __slots__ = ("began", "hiding", "left", "rest")

    def __init__(self, began: float, knows: Knows) -> None:
        self.began = began
        self.rest = b""  # what the server has said of a line so far
        self.hiding = Hiding(knows)
        self.left = False


class Transcript:
    """Makes text of events. Feed it the events of all sessions, in order.

    knows: which words are secrets of users.
    """

    def __init__(self, knows: Knows = knows_nothing) -> None:
        self._knows = knows
        self._sessions: dict[int, _Session] = {}
        self._leaving: dict[int, _Session] = {}
        # The last to be over: what it violated by that is told after it.
        self._last = 0, _Session(0.0, knows)

    def text(self, seconds: float, event: Event) -> str:
        """The lines that this event completes, each with its line end. seconds: since the epoch."""
        session = self._session(seconds, event)
        prefix = stamp(event.session, seconds - session.began)
        text = "".join(_texts(session, prefix, seconds, event))
        if isinstance(event, Ended):
            self._ended(event.session, session)
        elif isinstance(event, Left):
            session.left = True
            self._leaving.pop(event.session, None)
        if session.left:
            self._last = event.session, session
        return text

    def _session(self, seconds: float, event: Event) -> _Session:
        number = event.session
        known = self._sessions.get(number) or self._leaving.get(number)
        if known is None and number == self._last[0]:
            known = self._last[1]
        if known and not isinstance(event, Opened):
            return known
        begun = _Session(seconds, self._knows)
        if isinstance(event, Opened | Received | Did):  # what comes after the end begins nothing
            self._sessions[number] = begun
        return begun

    def _ended(self, number: int, session: _Session) -> None:
        """Remember when it began until it leaves: it may have, or, without a runner, never do."""
        self._sessions.pop(number, None)
        if not session.left:
            self._leaving[number] = session
        if len(self._leaving) > _MOST_LEAVING:
            del self._leaving[next(iter(self._leaving))]


def _texts(session: _Session, prefix: str, seconds: float, event: Event) -> Iterator[str]:
    session.hiding.note(event)
    match event:
        case Received():
            yield _unfinished(session, prefix)
            yield f"{prefix}{client_line(session.hiding.shown(event))}\n"
        case Did(_, Send(data)):
            yield _said(session, prefix, session.hiding.said(data))
        case _ if note := note_of(event, seconds):
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
