r"""Sessions as text: who said what, and when.

A line is the session's number, the seconds since its beginning, and one of

    C: text     the client sent this line, ended by CRLF
    S: text     the server did
    C| text     octets in which a CRLF at the end is not implied
    S| text
    (what)      something else happened: (opened ...), (pause ...), (close), (reset), (ended ...)

Octets outside 0x20-0x7E, and the backslash, are escapes: \r, \n, \t, \\, \x00. Passwords, APOP
digests and SASL responses are ****.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pop3lab.core.actions import Action, Pause, Send, Wait
from pop3lab.core.events import Did, Ended, Event, Failed, Opened, Received

# Of text, not octets: Unicode has letters that are taken for an S by clients in error.
_SECRET = re.compile(r"(?:\W*PASS\s*|\W*(?:APOP|AUTH)\s+\S+\s+)(?=\S)", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}=*\r?")
_UNPLAIN = re.compile(rb"[^\x20-\x5b\x5d-\x7e]")
_PLAIN = bytes(octet for octet in range(0x20, 0x7F) if octet != 0x5C)
_MOST = 65_536  # octets of a line that are waited for
_SHORT = {0x0D: b"\\r", 0x0A: b"\\n", 0x09: b"\\t", 0x5C: b"\\\\"}


class Transcript:
    """Makes text of events. Feed it the events of all sessions, in order."""

    def __init__(self) -> None:
        self._began: dict[int, float] = {}
        self._rest: dict[int, bytes] = {}  # what the server has said of a line so far
        self._asked: set[int] = set()  # sessions whose last line was AUTH

    def text(self, seconds: float, event: Event) -> str:
        """The lines that this event completes, each with its line end. seconds: since the epoch."""
        began = self._began.setdefault(event.session, seconds)
        stamp = f"{event.session} {seconds - began:8.3f} "
        return "".join(self._texts(stamp, event, seconds))

    def _texts(self, stamp: str, event: Event, seconds: float) -> Iterator[str]:
        match event:
            case Received(session, line, response):
                yield self._unfinished(stamp, session)
                secret = response or (session in self._asked and _BASE64.fullmatch(line))
                yield f"{stamp}{_from_client(_masked(line) if secret else line)}\n"
                self._note_auth(session, line)
            case Did(session, Send(data)):
                yield self._said(stamp, session, data)
            case Did(_, Wait()):
                pass
            case Did(session, action):
                yield self._unfinished(stamp, session)
                yield f"{stamp}({_name(action)})\n"
            case Opened(_, peer):
                at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
                yield f"{stamp}(opened from {peer} at {at})\n"
            case Failed(_, reason):
                yield f"{stamp}(failed: {escaped(reason.encode('utf-8', 'surrogateescape'))})\n"
            case Ended(session, how, user, _):
                yield self._unfinished(stamp, session)
                yield f"{stamp}(ended: {how}{'' if user is None else f', user {user}'})\n"
                del self._began[session]
                self._asked.discard(session)

    def _note_auth(self, session: int, line: bytes) -> None:
        """Where AUTH is refused, a response may follow all the same."""
        if line[:5].upper().startswith(b"AUTH"):
            self._asked.add(session)
        else:
            self._asked.discard(session)

    def _said(self, stamp: str, session: int, data: bytes) -> str:
        whole, end, rest = (self._rest.pop(session, b"") + data).rpartition(b"\r\n")
        text = _lines(f"{stamp}S: ", whole) if end else ""
        if len(rest) > _MOST:
            return f"{text}{stamp}S| {escaped(rest)}\n"
        if rest:
            self._rest[session] = rest
        return text

    def _unfinished(self, stamp: str, session: int) -> str:
        rest = self._rest.pop(session, b"")
        return f"{stamp}S| {escaped(rest)}\n" if rest else ""


def _lines(prefix: str, whole: bytes) -> str:
    """Each line behind the prefix. whole: lines with CRLF between them."""
    if whole.translate(None, _PLAIN) == b"\r\n" * whole.count(b"\r\n"):
        text = whole.decode("ascii").replace("\r\n", f"\n{prefix}")  # much faster, and the rule
        return f"{prefix}{text}\n"
    return "".join(f"{prefix}{escaped(line)}\n" for line in whole.split(b"\r\n"))


def _name(action: Action) -> str:
    return (
        f"pause {action.seconds:g}" if isinstance(action, Pause) else type(action).__name__.lower()
    )


def _masked(response: bytes) -> bytes:
    """Only that a SASL exchange is cancelled is no secret (RFC 5034 section 4)."""
    whole = response.removesuffix(b"\r")
    return response if whole in (b"", b"*") else response.replace(whole, b"****")


def _from_client(line: bytes) -> str:
    shown = line.removesuffix(b"\r")
    if before := _SECRET.match(shown.decode("utf-8", "surrogateescape")):
        shown = before[0].encode("utf-8", "surrogateescape") + b"****"
    text = escaped(shown)
    return f"C: {text}" if line.endswith(b"\r") else f"C| {text}\\n"


def escaped(octets: bytes) -> str:
    """The octets as printable ASCII."""
    return _UNPLAIN.sub(_escape, octets).decode("ascii")


def _escape(match: re.Match[bytes]) -> bytes:
    octet = match[0][0]
    return _SHORT.get(octet) or b"\\x%02x" % octet
