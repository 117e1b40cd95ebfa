r"""Sessions as text: who said what, and when.

A line is the session's number, the seconds since its beginning, and one of

    C: text     the client sent this line, ended by CRLF
    S: text     the server did
    C| text     octets in which a CRLF at the end is not implied
    S| text
    (what)      something else happened: (opened ...), (pause ...), (close), (reset), (ended ...)

Octets outside 0x20-0x7E, and the backslash, are escapes: \r, \n, \t, \\, \x00. Passwords and APOP
digests are ****.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pop3lab.core.actions import Action, Pause, Send, Wait
from pop3lab.core.events import Did, Ended, Event, Failed, Opened, Received

_SECRET = re.compile(rb"(\W*PASS\s*|\W*APOP\s+\S+\s+)(?=\S).*", re.IGNORECASE | re.DOTALL)
_UNPLAIN = re.compile(rb"[^\x20-\x5b\x5d-\x7e]")
_SHORT = {0x0D: b"\\r", 0x0A: b"\\n", 0x09: b"\\t", 0x5C: b"\\\\"}


class Transcript:
    """Makes lines of text of events. Feed it the events of all sessions, in order."""

    def __init__(self) -> None:
        self._began: dict[int, float] = {}
        self._rest: dict[int, bytes] = {}  # what the server has said of a line so far

    def lines_for(self, seconds: float, event: Event) -> Iterator[str]:
        """The lines that this event completes, without line ends. seconds: since the epoch."""
        began = self._began.setdefault(event.session, seconds)
        stamp = f"{event.session} {seconds - began:8.3f} "
        for line in self._lines(event, seconds):
            yield stamp + line
        if isinstance(event, Ended):
            del self._began[event.session]

    def _lines(self, event: Event, seconds: float) -> Iterator[str]:
        match event:
            case Received(session, line):
                yield from self._unfinished(session)
                yield _from_client(line)
            case Did(session, action):
                yield from self._did(session, action)
            case Opened(_, peer):
                at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
                yield f"(opened from {peer} at {at})"
            case Failed(_, reason):
                yield f"(failed: {reason})"
            case Ended(session, how, user, _):
                yield from self._unfinished(session)
                yield f"(ended: {how}{'' if user is None else f', user {user}'})"

    def _did(self, session: int, action: Action) -> Iterator[str]:
        match action:
            case Send(data):
                said = self._rest.pop(session, b"") + data
                whole, end, rest = said.rpartition(b"\r\n")
                if end:
                    yield from (f"S: {escaped(line)}" for line in whole.split(b"\r\n"))
                if rest:
                    self._rest[session] = rest
            case Wait():
                pass
            case Pause(seconds):
                yield from self._unfinished(session)
                yield f"(pause {seconds:g})"
            case _:
                yield from self._unfinished(session)
                yield f"({type(action).__name__.lower()})"

    def _unfinished(self, session: int) -> Iterator[str]:
        if rest := self._rest.pop(session, b""):
            yield f"S| {escaped(rest)}"


def _from_client(line: bytes) -> str:
    shown = escaped(_SECRET.sub(rb"\1****", line.removesuffix(b"\r")))
    return f"C: {shown}" if line.endswith(b"\r") else f"C| {shown}\\n"


def escaped(octets: bytes) -> str:
    """The octets as printable ASCII."""
    return _UNPLAIN.sub(_escape, octets).decode("ascii")


def _escape(match: re.Match[bytes]) -> bytes:
    octet = match[0][0]
    return _SHORT.get(octet) or b"\\x%02x" % octet
