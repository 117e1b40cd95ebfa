"""A command as it came."""

from enum import Enum
from typing import NamedTuple


class State(Enum):
    """The states of a session (RFC 1939 section 3)."""

    AUTHORIZATION = "AUTHORIZATION"
    TRANSACTION = "TRANSACTION"
    UPDATE = "UPDATE"


class Login(NamedTuple):
    """A handler's word that the credentials are right: whose maildrop is to be opened."""

    user: str


class Exchange(NamedTuple):
    """A command as it came. No client can send the verbs of GREETING and CONNECT.

    verb: in upper case. rest: what stood behind the first space, or None without one.
    """

    verb: str
    rest: str | None = None

    @property
    def sent(self) -> bool:
        """Whether it has come."""
        return True

    @property
    def arguments(self) -> list[str]:
        """The words behind the verb; a word is empty where two spaces meet."""
        return [] if self.rest is None else self.rest.split(" ")


class Supposed(Exchange):
    """A command that nobody has sent: what would be said to it here and now.

    It costs nothing and changes nothing: it is not counted, and nobody is told.
    """

    __slots__ = ()

    @property
    def sent(self) -> bool:
        """It has not."""
        return False


CONNECT = Exchange("(connect)")
GREETING = Exchange("(greeting)")
NO_COMMAND = Exchange("")


class Line(NamedTuple):
    """A line read: the exchange that it is, and whether it has printable ASCII or UTF-8 only."""

    exchange: Exchange
    octets: int  # with its CRLF
    ascii: bool
    utf8: bool


def read_line(line: bytes) -> Line:
    """The line, without its LF, as a command (RFC 1939 section 3; RFC 6856 section 2.2)."""
    line = line.removesuffix(b"\r")
    try:
        text = line.decode("utf-8")
        sound = text.isprintable()
    except UnicodeDecodeError:
        text = line.decode("ascii", "backslashreplace")
        sound = False
    verb, space, rest = text.partition(" ")
    # Of ASCII only: Unicode has letters besides whose upper case is one of a verb's.
    verb = verb.upper() if verb.isascii() else verb
    exchange = Exchange(verb, rest if space else None)
    return Line(exchange, len(line) + len(b"\r\n"), sound and text.isascii(), sound)
