"""What is hidden of a session with a real server before it is written down.

Of the client: the user's name, as ****; passwords and responses of SASL are left to whoever writes,
as always. Of the server: these secrets wherever it says them again, and addresses, each by as many
other octets, so that all sizes stay true. Messages and listings stay as they are, so that a replay
has the same octets, unless they are to be masked, too.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence

from pop3lab.core.actions import Part, Send
from pop3lab.core.events import Did, Ended, Event, Received
from pop3lab.record.addresses import mask_addresses
from pop3lab.watch.masks import MASK
from pop3lab.watch.record import Listener

_USER = re.compile(rb"(\W*USER\s+)(\S(?:[^\r]*[^\r\s])?)", re.IGNORECASE)
_APOP = re.compile(rb"(\W*APOP\s+)(\S+)(?:\s+(\S+))?", re.IGNORECASE)
_PASS = re.compile(rb"\W*PASS\s*(\S[^\r]*)", re.IGNORECASE)
_AUTH = re.compile(rb"\W*AUTH\s+\S+\s+(\S+)", re.IGNORECASE)
_STATUS = re.compile(rb"^(?:\+OK|-ERR)[^\n]*", re.MULTILINE)
_INDICATOR = re.compile(rb"\+OK|-ERR|\+")
_TIMESTAMP = re.compile(rb"(<[^<>\s]*@[^<>\s]*>)")
_LEAST = 3  # octets of a secret that is looked for in what the server says


class Masking:
    """Hands events on, masked. listeners: of a Record.

    addresses: mask them, and the user's name; secrets are masked all the same.
    messages: mask what is no status line as well.
    """

    lines = True

    def __init__(
        self, listeners: Sequence[Listener], *, addresses: bool = True, messages: bool = False
    ) -> None:
        self._listeners = listeners
        self._addresses = addresses
        self._messages = messages
        self._secrets: dict[int, set[bytes]] = {}  # of the sessions that were greeted

    def note(self, seconds: float, event: Event) -> None:
        """Mask it, and hand it on."""
        masked = self._masked(event)
        for listener in self._listeners:
            listener.note(seconds, masked)

    def _masked(self, event: Event) -> Event:
        match event:
            case Received(session, line, response):
                found = _secrets(line, response, self._addresses)
                secrets = self._secrets.setdefault(session, set())
                secrets.update(secret for secret in found if len(secret) >= _LEAST)
                if self._addresses and not response:
                    return event._replace(line=_nameless(line))
            case Did(session, Send(data, part)):
                return Did(session, Send(self._said(session, data, part), part))
            case Ended(session):
                self._secrets.pop(session, None)
        return event

    def _said(self, session: int, data: bytes, part: Part) -> bytes:
        if session not in self._secrets:
            return self._greeting(data)
        secrets = sorted(self._secrets[session], key=len, reverse=True)
        if self._messages or part is Part.HEAD:
            return self._shown(data, secrets)
        return _STATUS.sub(lambda match: self._shown(match[0], secrets), data)

    def _greeting(self, data: bytes) -> bytes:
        """The timestamp stays: the digest of APOP is made of it (RFC 1939 section 7)."""
        pieces = _TIMESTAMP.split(data)
        pieces[::2] = [self._shown(piece, []) for piece in pieces[::2]]
        return b"".join(pieces)

    def _shown(self, data: bytes, secrets: Sequence[bytes]) -> bytes:
        indicator = _INDICATOR.match(data)
        begin = indicator.end() if indicator else 0
        text = data[begin:]
        for secret in secrets:
            text = text.replace(secret, b"*" * len(secret))
        return data[:begin] + (mask_addresses(text) if self._addresses else text)


def _nameless(line: bytes) -> bytes:
    match = _USER.match(line) or _APOP.match(line)
    return line[: match.start(2)] + MASK + line[match.end(2) :] if match else line


def _secrets(line: bytes, response: bool, names: bool) -> Iterator[bytes]:
    """What the client says there that nobody else is to read. names: also who the user is."""
    if response:
        yield from _decoded(line.strip())
    elif match := _AUTH.match(line):
        yield from _decoded(match[1])
    elif match := _PASS.match(line):
        yield match[1]
        yield match[1].strip()
    elif match := _APOP.match(line):
        yield match[3] or b""
    if names and not response and (match := _USER.match(line) or _APOP.match(line)):
        yield from _names(match[2])


def _decoded(response: bytes) -> Iterator[bytes]:
    """A response of SASL as it is, and all that it consists of in the common mechanisms."""
    yield response
    try:
        octets = b64decode(response, validate=True)
    except ValueError:
        return
    for piece in re.split(rb"[\0\1]", octets):
        yield from _names(piece)  # PLAIN, LOGIN
        yield from _names(piece.removeprefix(b"user="))  # XOAUTH2
        yield from piece.rsplit(b" ", 1)  # its token, and both parts of CRAM-MD5


def _names(name: bytes) -> Iterator[bytes]:
    """A name, and what stands before its @."""
    yield name
    yield name.partition(b"@")[0]
