"""What a client saw for one line: octets as they were sent, read as a client reads them."""

import re
from typing import NamedTuple

OK, ERR, CHALLENGE = "+OK", "-ERR", "+"

_CRLF = b"\r\n"
_END = b"\r\n.\r\n"
_STATUS = re.compile(rb"(\+OK|-ERR|\+)(?: (.*))?", re.DOTALL)
_CODE = re.compile(r"\[([^\]]+)\]")
_MOST_LINE = 1024  # octets that are kept of an answer whose text nobody wants
_MOST_TEXT = 4_194_304  # and of one whose text is wanted: a longer one is as good as none


class Answer(NamedTuple):
    """status: empty if there was none. whole: all that belongs to it came, and nothing else.

    text: behind the status. lines: of a list, if it was kept.
    """

    status: str = ""
    whole: bool = False
    text: str = ""
    lines: tuple[str, ...] | None = None

    @property
    def code(self) -> str:
        """The response code in upper case, or nothing (RFC 2449 section 8)."""
        found = _CODE.match(self.text)
        return found[1].upper() if found else ""


class Answering:
    """Gathers one answer.

    multi: a positive one has more lines; None if that can't be known. kept: those are wanted.
    """

    __slots__ = ("_ended", "_kept", "_most", "_multi", "_tail", "_too_much", "octets")

    def __init__(self, multi: bool | None = False, *, kept: bool = False) -> None:
        self._multi = multi
        self._most = _MOST_TEXT if kept else _MOST_LINE
        self._kept = bytearray()
        self._tail = b""
        self._ended = False
        self.octets = 0
        self._too_much = False  # something came behind the end

    @property
    def cut(self) -> bool:
        """Whether it has begun to list something, and not ended."""
        return self._multi is True and not self._ended and self.read().status == OK

    def add(self, data: bytes) -> None:
        """Some of its octets."""
        self.octets += len(data)
        if len(self._kept) < self._most:
            self._kept += data[: self._most - len(self._kept)]
        near = self._tail + data
        if self._ended:
            self._too_much = self._too_much or bool(data)
        elif (at := near.find(_END)) >= 0:
            self._ended = True
            self._too_much = at + len(_END) < len(near)
        self._tail = near[-len(_END) + 1 :]

    def read(self) -> Answer:
        """It, as far as it has come."""
        line, _, rest = bytes(self._kept).partition(_CRLF)
        found = _STATUS.fullmatch(line)
        if not found:
            return Answer()
        status, text = found[1].decode("ascii"), (found[2] or b"").decode("utf-8", "replace")
        alone = self.octets == len(line) + len(_CRLF) and self._tail.endswith(_CRLF)
        listed = self._ended and not self._too_much
        if status != OK or self._multi is False:
            return Answer(status, alone, text)
        whole = listed if self._multi else alone or listed
        return Answer(status, whole, text, self._lines(rest))

    def _lines(self, rest: bytes) -> tuple[str, ...] | None:
        if self.octets > self._most:
            return None
        return tuple(rest.decode("utf-8", "replace").split("\r\n")[:-2])
