"""Replies as values; what the wire can have is a field, with the RFC's value as default."""

from collections.abc import Iterable
from enum import Enum
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


NO_REPLY = Reply(None)


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


# What a granted command is answered with: how many lines, and what they are about.


class Multiline(Enum):
    """Whether a positive reply has lines behind its first (RFC 1939 section 3).

    bare: whether it has them where the command has no argument, None if only the reply tells;
    other: where it has one.
    """

    NEVER = (False, False)
    ALWAYS = (True, True)
    WITHOUT_ARGUMENT = (True, False)
    UNKNOWN_WITHOUT_ARGUMENT = (None, False)  # servers differ

    def __init__(self, bare: bool | None, other: bool) -> None:
        self.bare = bare
        self.other = other


class About(Enum):
    """What a program learns from a positive reply."""

    NOTHING = "nothing"  # that it is one; the text is for people
    MESSAGES = "messages"  # their numbers, sizes or unique-ids, in the first line or in all
    TEXT = "text"  # the text of a message
    SERVER = "server"  # what the server can do


class Shape(NamedTuple):
    """The shape of the positive reply to a command; a negative one is always one line."""

    multiline: Multiline = Multiline.NEVER
    about: About = About.NOTHING


ONE_LINE = Shape()
FIGURES = Shape(about=About.MESSAGES)
LISTING = Shape(Multiline.WITHOUT_ARGUMENT, About.MESSAGES)
MESSAGE = Shape(Multiline.ALWAYS, About.TEXT)
ABILITIES = Shape(Multiline.ALWAYS, About.SERVER)
LANGUAGES = Shape(Multiline.WITHOUT_ARGUMENT, About.SERVER)
MECHANISMS = Shape(Multiline.UNKNOWN_WITHOUT_ARGUMENT, About.SERVER)
