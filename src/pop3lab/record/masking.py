"""Addresses and names of users in what a real server says, masked before they are written down.

A mask has as many octets as what it hides, so that all sizes stay true, and is the same wherever
that comes again. Messages and listings stay as they are, so that a replay has the same octets,
unless they are to be masked, too.
"""

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from ipaddress import IPv6Address

from pop3lab.core.actions import Send
from pop3lab.core.events import Did, Ended, Event, Received
from pop3lab.watch.record import Listener

_MAIL = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_IPV4 = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_IPV6 = re.compile(rb"(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?![\w:])")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_STATUS = re.compile(rb"^(?:\+OK|-ERR)[^\n]*", re.MULTILINE)
_ANY = re.compile(rb".+", re.DOTALL)
_LEAST = 3  # octets of a user's name that is looked for in what the server says


def mask_addresses(octets: bytes) -> bytes:
    """The octets with mail addresses and IP addresses masked."""
    octets = _MAIL.sub(lambda match: _letters(match[0], keep=b"@."), octets)
    octets = _IPV4.sub(lambda match: re.sub(rb"[0-9]", b"0", match[0]), octets)
    return _IPV6.sub(_zeros, octets)


def _zeros(match: re.Match[bytes]) -> bytes:
    try:
        IPv6Address(match[0].decode("ascii"))
    except ValueError:
        return match[0]  # 09:12:44
    return re.sub(rb"[0-9A-Fa-f]", b"0", match[0])


def _letters(secret: bytes, keep: bytes = b"") -> bytes:
    """Letters in place of a secret, each drawn from it as a whole."""
    stream = sha256(secret).digest() * (len(secret) // 32 + 1)
    return bytes(
        octet if octet in keep else _LETTERS[drawn % 26]
        for octet, drawn in zip(secret, stream, strict=False)
    )


class Masking:
    """Hands events on, masked. listeners: of a Record. messages: what is no status line as well."""

    lines = True

    def __init__(self, listeners: Sequence[Listener], messages: bool = False) -> None:
        self._listeners = listeners
        self._shown = _ANY if messages else _STATUS
        self._names: dict[int, bytes] = {}

    def note(self, seconds: float, event: Event) -> None:
        """Mask it, and hand it on."""
        masked = self._masked(event)
        for listener in self._listeners:
            listener.note(seconds, masked)

    def _masked(self, event: Event) -> Event:
        match event:
            case Received(session, line) if name := _user(line):
                self._names[session] = name
                return event._replace(line=line.replace(name, _letters(name)))
            case Did(session, Send(data, part)):
                name = self._names.get(session, b"")
                return Did(session, Send(self._shown.sub(_masker(name), data), part))
            case Ended(session):
                self._names.pop(session, None)
        return event


def _masker(name: bytes) -> Callable[[re.Match[bytes]], bytes]:
    def masked(match: re.Match[bytes]) -> bytes:
        line = match[0]
        if len(name) >= _LEAST:
            line = line.replace(name, _letters(name))
        return mask_addresses(line)

    return masked


def _user(line: bytes) -> bytes:
    words = line.removesuffix(b"\r").split(b" ")
    return words[1] if len(words) > 1 and words[0].upper() in (b"USER", b"APOP") else b""
