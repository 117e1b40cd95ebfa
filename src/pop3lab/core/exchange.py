"""A command as it came."""

from typing import NamedTuple


class Exchange(NamedTuple):
    """A command as it came; the greeting is the exchange without a verb.

    verb: in upper case. rest: what stood behind the first space, or None without one.
    """

    verb: str
    rest: str | None = None

    @property
    def arguments(self) -> list[str]:
        """The words behind the verb; a word is empty where two spaces meet."""
        return [] if self.rest is None else self.rest.split(" ")


GREETING = Exchange("")


def read_line(line: bytes, limit: int) -> tuple[Exchange, str]:
    """The line as an exchange, and what is wrong with it, or nothing (RFC 1939 section 3).

    line: without its LF. limit: octets that a line may have with its CRLF.
    """
    line = line.removesuffix(b"\r")
    text = line.decode("ascii", "backslashreplace")
    verb, space, rest = text.partition(" ")
    flaw = ""
    if len(line) + len(b"\r\n") > limit:
        flaw = f"a line has at most {limit} octets"
    elif not (line.isascii() and text.isprintable()):
        flaw = "a line has printable ASCII only"
    return Exchange(verb.upper(), rest if space else None), flaw
