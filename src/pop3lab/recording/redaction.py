"""Redacts a session with a real server before it is written.

Of the client: the user's name becomes ****; passwords and SASL responses are redacted by the
writer, as always. Of the server: the same secrets wherever it repeats them, and addresses and
names, each by the same number of octets, so that all sizes stay true. Messages and listings are
unchanged except for secrets, so that a replay has the same octets, unless addresses are masked
there, too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from ipaddress import IPv6Address

from pop3lab.core.actions import Part, Send
from pop3lab.core.command import LISTINGS, TEXTS
from pop3lab.core.events import ActionPerformed, Event, LineReceived, SessionEnded
from pop3lab.core.request import verb_of
from pop3lab.observe.event_queue import Listener
from pop3lab.observe.redaction import REDACTED, Redactor, is_command
from pop3lab.recording.secrets import Secrets, nameless, names_of, secrets_of

# Mail and IP addresses, masked with the same number of octets.

_ATOM = rb"A-Za-z0-9.!#$%&'*+/=?^_`{|}~-"
_MAIL = re.compile(rb"(?<![%b])[%b]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*" % (_ATOM, _ATOM))
_IPV4 = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_IPV6 = re.compile(rb"(?<![\w:])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}(?![\w:])")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def mask_addresses(octets: bytes) -> bytes:
    """Return the octets with mail and IP addresses masked.

    The same mail address gets the same mask each time.
    """
    octets = _MAIL.sub(_letters, octets)
    octets = _IPV4.sub(lambda match: re.sub(rb"[0-9]", b"0", match[0]), octets)
    return _IPV6.sub(_zeros, octets)


def _zeros(match: re.Match[bytes]) -> bytes:
    try:
        IPv6Address(match[0].decode("ascii"))
    except ValueError:
        return match[0]  # 09:12:44
    return re.sub(rb"[0-9A-Fa-f]", b"0", match[0])


def _letters(match: re.Match[bytes]) -> bytes:
    address = match[0]
    stream = sha256(address).digest() * (len(address) // 32 + 1)
    return bytes(
        octet if octet in b"@." else _LETTERS[drawn % 26]
        for octet, drawn in zip(address, stream, strict=False)
    )


# Masks lines that arrive in pieces as if they arrived at once.

_ADDRESS = 512  # maximal octets of an address

Mask = Callable[[bytes, bool], bytes]  # masks octets; do they begin a line?


class Window:
    """The end of an unfinished line: something to be hidden may continue in the next piece.

    part: of the reply that the line is in.
    """

    def __init__(self) -> None:
        self.part = Part.HEAD
        self._before = b""  # the shown part of the line
        self._kept = b""  # not shown yet
        self._within = False  # its start is no longer in _before

    def shown(self, data: bytes, part: Part, *, reach: int, mask: Mask) -> bytes:
        """Return what can be shown now, masked. data: more octets; empty for everything.

        reach: the maximal number of octets of something hidden.
        """
        if not (data or self._kept):
            return b""
        self.part = part
        octets = self._before + self._kept + data
        masked = mask(octets, not self._within)
        reach = max(reach, _ADDRESS)
        more = data and not data.endswith(b"\n") and len(octets) > reach  # a short piece is the end
        keep = min(len(self._kept + data), reach) if more else 0
        begin, end = len(self._before), len(octets) - keep
        self._kept = octets[end:]
        self._move(octets[:end], reach)
        return masked[begin:end]

    def _move(self, shown: bytes, reach: int) -> None:
        if not self._kept:  # the line has ended, or no more of it is expected
            self._before, self._within = b"", False
            return
        self._within = self._within or len(shown) > reach
        self._before = shown[-reach:] if shown else b""


_STATUS = re.compile(rb"^(?:\+OK|-ERR)[^\n]*", re.MULTILINE)
_INDICATOR = re.compile(rb"\+OK|-ERR|\+")
_TIMESTAMP = re.compile(rb"(<[^<>\s@]*@[^<>\s]*>)")
_TRUE = {verb.encode("ascii") for verb in (*TEXTS, *LISTINGS)}  # whose replies are not masked


class _Session:
    """The state of a session."""

    def __init__(self) -> None:
        self.secrets = Secrets()
        self.redactor = Redactor()
        self.window = Window()
        self.greeted = False
        self.verb = b""
        self.name_comes = False  # the next response is the user name


class Masking:
    """Passes events on, masked.

    addresses: mask addresses and user names; secrets are masked in any case. messages: mask
    everything but status lines, too.
    """

    wants_lines = True

    def __init__(
        self, listeners: Sequence[Listener], *, addresses: bool = True, messages: bool = False
    ) -> None:
        self._listeners = listeners
        self._addresses = addresses
        self._messages = messages
        self._sessions: dict[int, _Session] = {}

    def on_event(self, seconds: float, event: Event) -> None:
        """Mask the event, and pass it on."""
        for masked in self._masked(event):
            for listener in self._listeners:
                listener.on_event(seconds, masked)

    def _masked(self, event: Event) -> Iterator[Event]:
        session = self._session(event)
        if not (isinstance(event, ActionPerformed) and isinstance(event.action, Send)):
            yield from self._said(event.session, session, b"", session.window.part)
        match event:
            case LineReceived(_, line, response):
                self._heard(session, event)
                hidden = self._addresses and not response
                yield event._replace(line=nameless(line, REDACTED)) if hidden else event
                return
            case ActionPerformed(number, Send(data, part)) if data:
                yield from self._said(number, session, data, part)
                return
            case SessionEnded():
                self._sessions.pop(event.session, None)
        yield event

    def _session(self, event: Event) -> _Session:
        session = self._sessions.get(event.session) or _Session()
        if isinstance(
            event, LineReceived | ActionPerformed
        ):  # events after the end start no session
            self._sessions[event.session] = session
        return session

    def _heard(self, session: _Session, event: LineReceived) -> None:
        """Learn the secrets in a line of the client."""
        session.greeted = True
        line = event.line
        if not event.response:
            session.verb = verb_of(line)
            session.secrets.add(names_of(line))
            if is_command(line):
                session.name_comes = line.upper().split()[:2] == [b"AUTH", b"LOGIN"]
        for hidden in session.redactor.secrets(event):
            password = session.verb.startswith((b"PASS", b"XTND"))
            session.secrets.add(secrets_of(hidden, name=session.name_comes, password=password))
            session.name_comes = False

    def _said(self, number: int, session: _Session, data: bytes, part: Part) -> Iterator[Event]:
        shown = session.window.shown(
            data,
            part,
            reach=session.secrets.longest,
            mask=lambda octets, begins: self._hidden(session, octets, part, begins),
        )
        if shown:
            yield ActionPerformed(number, Send(shown, part))

    def _hidden(self, session: _Session, octets: bytes, part: Part, begins: bool) -> bytes:
        """Mask octets. begins: they are the start of a line."""
        if not session.greeted:
            return self._greeting(octets, begins)
        if self._messages or part is Part.HEAD or session.verb not in _TRUE:
            return self._shown(octets, session.secrets, begins)
        octets = session.secrets.starred(octets, names=False)
        return _STATUS.sub(lambda match: self._shown(match[0], session.secrets, True), octets)

    def _greeting(self, octets: bytes, begins: bool) -> bytes:
        """Mask a greeting except the timestamp, which APOP's digest needs (RFC 1939 section 7)."""
        pieces = _TIMESTAMP.split(octets)
        pieces[::2] = [self._shown(piece, Secrets(), begins) for piece in pieces[::2]]
        return b"".join(pieces)

    def _shown(self, octets: bytes, secrets: Secrets, begins: bool) -> bytes:
        indicator = _INDICATOR.match(octets) if begins else None
        begin = indicator.end() if indicator else 0
        text = secrets.starred(octets[begin:], names=self._addresses)
        return octets[:begin] + (mask_addresses(text) if self._addresses else text)
