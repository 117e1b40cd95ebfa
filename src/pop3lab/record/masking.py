"""What is hidden of a session with a real server before it is written down.

Of the client: the user's name, as ****; passwords and responses of SASL are left to whoever writes,
as always. Of the server: these secrets wherever it says them again, and addresses and names, each
by as many other octets, so that all sizes stay true. Messages and listings stay as they are but for
secrets, so that a replay has the same octets, unless addresses are to be masked there, too.
"""

import re
from collections.abc import Iterator, Sequence

from pop3lab.core.actions import Part, Send
from pop3lab.core.commands import LISTINGS, TEXTS
from pop3lab.core.events import Did, Ended, Event, Received
from pop3lab.core.exchange import verb_of
from pop3lab.record.addresses import mask_addresses
from pop3lab.record.secrets import Secrets, nameless, names_of, secrets_of
from pop3lab.record.window import Window
from pop3lab.watch.masks import MASK, Hiding, is_command
from pop3lab.watch.record import Listener

_STATUS = re.compile(rb"^(?:\+OK|-ERR)[^\n]*", re.MULTILINE)
_INDICATOR = re.compile(rb"\+OK|-ERR|\+")
_TIMESTAMP = re.compile(rb"(<[^<>\s@]*@[^<>\s]*>)")
_TRUE = {verb.encode("ascii") for verb in (*TEXTS, *LISTINGS)}  # whose answers stay as they are


class _Session:
    """What is known of one."""

    def __init__(self) -> None:
        self.secrets = Secrets()
        self.hiding = Hiding()
        self.window = Window()
        self.greeted = False
        self.verb = b""
        self.name_comes = False  # the next response is the user's name


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
        self._sessions: dict[int, _Session] = {}

    def note(self, seconds: float, event: Event) -> None:
        """Mask it, and hand it on."""
        for masked in self._masked(event):
            for listener in self._listeners:
                listener.note(seconds, masked)

    def _masked(self, event: Event) -> Iterator[Event]:
        session = self._session(event)
        if not (isinstance(event, Did) and isinstance(event.action, Send)):
            yield from self._said(event.session, session, b"", session.window.part)
        match event:
            case Received(_, line, response):
                self._heard(session, event)
                hidden = self._addresses and not response
                yield event._replace(line=nameless(line, MASK)) if hidden else event
                return
            case Did(number, Send(data, part)) if data:
                yield from self._said(number, session, data, part)
                return
            case Ended():
                self._sessions.pop(event.session, None)
        yield event

    def _session(self, event: Event) -> _Session:
        session = self._sessions.get(event.session) or _Session()
        if isinstance(event, Received | Did):  # what comes behind the end begins nothing
            self._sessions[event.session] = session
        return session

    def _heard(self, session: _Session, event: Received) -> None:
        """Secrets that the client says."""
        session.greeted = True
        line = event.line
        if not event.response:
            session.verb = verb_of(line)
            session.secrets.add(names_of(line))
            if is_command(line):
                session.name_comes = line.upper().split()[:2] == [b"AUTH", b"LOGIN"]
        for hidden in session.hiding.secrets(event):
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
            yield Did(number, Send(shown, part))

    def _hidden(self, session: _Session, octets: bytes, part: Part, begins: bool) -> bytes:
        """begins: the octets are the beginning of a line."""
        if not session.greeted:
            return self._greeting(octets, begins)
        if self._messages or part is Part.HEAD or session.verb not in _TRUE:
            return self._shown(octets, session.secrets, begins)
        octets = session.secrets.starred(octets, names=False)
        return _STATUS.sub(lambda match: self._shown(match[0], session.secrets, True), octets)

    def _greeting(self, octets: bytes, begins: bool) -> bytes:
        """The timestamp stays: the digest of APOP is made of it (RFC 1939 section 7)."""
        pieces = _TIMESTAMP.split(octets)
        pieces[::2] = [self._shown(piece, Secrets(), begins) for piece in pieces[::2]]
        return b"".join(pieces)

    def _shown(self, octets: bytes, secrets: Secrets, begins: bool) -> bytes:
        indicator = _INDICATOR.match(octets) if begins else None
        begin = indicator.end() if indicator else 0
        text = secrets.starred(octets[begin:], names=self._addresses)
        return octets[:begin] + (mask_addresses(text) if self._addresses else text)
