"""Replies as values; what the wire can have is a field, with the RFC's value as default."""

from collections.abc import Iterable
from typing import NamedTuple

from pop3lab.core.actions import Action

DOT = b".\r\n"
CRLF_DOT = b"\r\n.\r\n"


class End(NamedTuple):
    """The octets that close a body, by how its text ended (RFC 1939 section 3)."""

    after_line: bytes = DOT  # the last octets were CRLF
    after_text: bytes = CRLF_DOT  # they were not
    after_nothing: bytes = DOT  # there were none


class Body(NamedTuple):
    """What follows the status line: octets in chunks cut anywhere, not yet stuffed."""

    chunks: Iterable[bytes]
    end: End = End()
    stuffed: bool = True


class Reply(NamedTuple):
    """An answer: +OK, -ERR or (ok is None) no status line at all; then perhaps an action."""

    ok: bool | None
    text: str = ""
    body: Body | None = None
    then: Action | None = None
    code: str = ""  # the response code in brackets, where RESP-CODES is announced (RFC 2449 s 8)


SILENCE = Reply(None)


def ok(text: str) -> Reply:
    """A positive answer of one line."""
    return Reply(True, text)


def err(text: str, code: str = "") -> Reply:
    """A negative answer, always of one line."""
    return Reply(False, text, code=code)


def challenge(octets: bytes) -> Reply:
    """A SASL challenge, as it is sent (RFC 5034 section 4)."""
    return Reply(None, "", Body((octets,), End(b"", b"", b""), stuffed=False))


def listing(text: str, lines: Iterable[bytes]) -> Reply:
    """A positive answer followed by lines, each already ended by CRLF."""
    return Reply(True, text, Body(lines))
