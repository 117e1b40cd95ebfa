"""What a client saw for one line: octets as they were sent, read as a client reads them."""

import re
from typing import NamedTuple

from pop3lab.core.reading import CHALLENGE, ERR, OK, ReplyReader

__all__ = ["CHALLENGE", "ERR", "OK", "Answer", "Answering"]

_CRLF = b"\r\n"
_STATUS = re.compile(rb"(\+OK|-ERR|\+)(?: (.*))?", re.DOTALL)
_CODE = re.compile(r"\[([^\]]+)\]")
_MOST_LINE = 1024  # octets that are kept of an answer whose text nobody wants
_MOST_TEXT = 4_194_304  # and of one whose text is wanted: a longer one is as good as none


class Answer(NamedTuple):
    """status: empty if there was none. whole: all that belongs to it came, and nothing else.

    text: behind the status. lines: of a list, if it was kept. cut: it was positive, and what
    follows that has begun, or should have, and not ended by any reading.
    """

    status: str = ""
    whole: bool = False
    text: str = ""
    lines: tuple[str, ...] | None = None
    cut: bool = False

    @property
    def code(self) -> str:
        """The response code in upper case, or nothing (RFC 2449 section 8)."""
        found = _CODE.match(self.text)
        return found[1].upper() if found else ""


class Answering:
    """Gathers one answer. reader: of the reply that it is. kept: its lines are wanted."""

    __slots__ = ("_kept", "_most", "octets", "reader")

    def __init__(self, reader: ReplyReader, *, kept: bool = False) -> None:
        self.reader = reader
        self._most = _MOST_TEXT if kept else _MOST_LINE
        self._kept = bytearray()
        self.octets = 0

    def add(self, data: bytes) -> None:
        """Some of its octets."""
        self.octets += len(data)
        if len(self._kept) < self._most:
            self._kept += data[: self._most - len(self._kept)]
        self.reader.feed(data)

    def read(self) -> Answer:
        """It, as far as it has come."""
        line, _, rest = bytes(self._kept).partition(_CRLF)
        found = _STATUS.fullmatch(line)
        if not found:
            return Answer()
        reader = self.reader
        status, text = found[1].decode("ascii"), (found[2] or b"").decode("utf-8", "replace")
        whole = reader.complete and reader.strict and not reader.excess
        lines = self._lines(rest) if reader.listed else None
        return Answer(status, whole, text, lines, reader.cut)

    def _lines(self, rest: bytes) -> tuple[str, ...] | None:
        if self.octets > self._most:
            return None
        return tuple(rest.decode("utf-8", "replace").split("\r\n")[:-2])
