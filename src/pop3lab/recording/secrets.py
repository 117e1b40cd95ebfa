"""Finds secrets of a client wherever the server repeats them."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_USER = re.compile(rb"(\W*(?:USER|RPOP)\s+)(\S(?:[^\r]*[^\r\s])?)", re.IGNORECASE)
_APOP = re.compile(rb"(\W*APOP\s+)(\S+)", re.IGNORECASE)
_OAUTH_NAME = re.compile(rb"(?:user=|n,a=)([^,]+)")
_SCRAM = re.compile(rb"[^,]*,[^,]*,n=([^,]*),")  # RFC 5802 section 7
_CRAM = re.compile(rb"(.*) ([^ ]*)", re.DOTALL)
_LEAST = 3  # octets of a secret that is searched for
_LEAST_BASE64 = 6  # characters; shorter ones occur in other base64 by chance
_MOST = 64  # secrets of a session; the oldest are forgotten


class Secret(NamedTuple):
    """A secret. name: it is only the name of the user."""

    octets: bytes
    name: bool = False


class Secrets:
    """The secrets of one session."""

    def __init__(self) -> None:
        self._known: dict[Secret, tuple[set[bytes], set[bytes]]] = {}
        self.longest = 0  # octets of the longest form

    def add(self, secrets: Iterable[Secret]) -> None:
        """Search for these, too."""
        for secret in secrets:
            if len(secret.octets) >= _LEAST and secret not in self._known:
                forms = _folded(secret.octets), set(_base64(secret.octets))
                self._known[secret] = forms
                self.longest = max(self.longest, *map(len, (*forms[0], *forms[1])))
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def starred(self, said: bytes, *, names: bool) -> bytes:
        """Replace each secret by stars, in any case and in base64.

        names: also replace names.
        """
        shown = bytearray(said)
        lower = said.lower()
        for secret, (folded, base64) in self._known.items():
            if names or not secret.name:
                _star(shown, lower, folded)
                _star(shown, said, base64)
        return bytes(shown)


def _star(shown: bytearray, said: bytes, forms: Iterable[bytes]) -> None:
    for form in forms:
        place = said.find(form)
        while place >= 0:
            end = place + len(form)
            shown[place:end] = b"*" * len(form)
            place = said.find(form, end)


def _folded(secret: bytes) -> set[bytes]:
    """Return its forms in lower-case text."""
    text = secret.decode("utf-8", "surrogateescape")
    forms = (text.encode("utf-8", "surrogateescape") for text in (text.lower(), text.upper()))
    return {secret.lower(), *(form.lower() for form in forms)}


def _base64(secret: bytes) -> Iterator[bytes]:
    """Return its base64 forms, at any offset within other data."""
    yield b64encode(secret)
    for before in range(3):
        text = b64encode(bytes(before) + secret)
        begin = (0, 2, 3)[before]
        end = (before + len(secret)) * 8 // 6
        if end - begin >= _LEAST_BASE64:
            yield text[begin:end]


def nameless(line: bytes, mask: bytes) -> bytes:
    """Return a line of the client with a mask for the user name."""
    match = _USER.match(line) or _APOP.match(line)
    return line[: match.start(2)] + mask + line[match.end(2) :] if match else line


def names_of(line: bytes) -> Iterator[Secret]:
    """Return the user names in a command."""
    if match := _USER.match(line) or _APOP.match(line):
        yield from _names(match[2])


def secrets_of(hidden: bytes, *, name: bool = False, password: bool = False) -> Iterator[Secret]:
    """Return a hidden part of a line, and its components.

    name: it is the first response of LOGIN. password: it is a password, including all spaces.
    """
    words = hidden.split()
    if password or len(words) > 1:
        yield Secret(hidden)
        yield Secret(hidden.strip())
    if not password:
        for word in {*words[:1], *words[-1:]}:
            yield from _of_response(word, name)


def _of_response(response: bytes, name: bool) -> Iterator[Secret]:
    """Return a SASL response, and its components in common mechanisms."""
    yield Secret(response, name)
    try:
        octets = b64decode(response, validate=True)
    except ValueError:
        return
    if name:
        yield from _names(octets)
    elif b"\1" in octets:
        yield from _of_oauth(octets)
    else:
        yield from _of_words(octets)


def _of_oauth(octets: bytes) -> Iterator[Secret]:
    """Parse XOAUTH2 and OAUTHBEARER (RFC 7628 section 3.1)."""
    for pair in octets.split(b"\1"):
        if match := _OAUTH_NAME.match(pair):
            yield from _names(match[1])
        elif pair.startswith(b"auth="):
            yield Secret(pair)
            yield from map(Secret, pair.removeprefix(b"auth=").split())


def _of_words(octets: bytes) -> Iterator[Secret]:
    *names, secret = octets.split(b"\0")
    for name in names:  # PLAIN
        yield from _names(name)
    yield Secret(secret)  # its password; LOGIN's
    if match := _SCRAM.match(secret) or _CRAM.fullmatch(secret):
        yield from _names(match[1])
    if match := _CRAM.fullmatch(secret):
        yield Secret(match[2])


def _names(name: bytes) -> Iterator[Secret]:
    """Return a name, and its part before the @."""
    yield Secret(name, name=True)
    yield Secret(name.partition(b"@")[0], name=True)
