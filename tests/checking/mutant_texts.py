"""How a mutant reads messages, and what it makes of them."""

import re
import time
from collections.abc import Callable, Collection

from tests.checking.mutant_connection import Broken, Connection

MOST = 8 << 20  # octets of a message, unless LIST says more
_LIST = 4 << 20  # octets of a list
_LINES = 200_000  # of a list
_HOARDED = 16 << 10  # octets
_ALONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_SANE = 4 << 30  # octets; a size above is a lie


class Texts:
    """sizes: what LIST says of each message. problem: notes what went wrong."""

    def __init__(
        self,
        connection: Connection,
        defects: Collection[str],
        timeout: float,
        problem: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._defects = defects
        self._timeout = timeout
        self._problem = problem
        self.sizes: dict[int, int] = {}
        self._hoard: list[bytes] = []

    def _has(self, defect: str) -> bool:
        return defect in self._defects

    def of(self, number: int, status: bytes) -> bytes:
        """The text of a message."""
        if self._has("size-frames") and (digits := re.search(rb"\d+", status)):
            return self._counted(int(digits[0]))
        told = self.sizes.get(number, 0)
        text = self._read(max(MOST, 2 * told if told < _SANE else 0))
        if self._has("estimate-fails") and len(text) != told:
            raise Broken("a message has not the size of LIST")
        if self._has("trusts-list-size"):
            text = text[:told]
        self._check(text)
        return self._changed(text)

    def _check(self, text: bytes) -> None:
        head, _, body = text.partition(b"\r\n\r\n")
        wrong = {
            "strict-ends": bool(_ALONE.search(text)),
            "needs-body": not body,
            "looks-into-mime": text.count(b"\n--b") > 50,
            "size-limit": len(text) > 1 << 20,
            "header-limit": len(head) > 4096,
            "field-first": b":" not in text.partition(b"\n")[0],
            "err-in-text": b"\n-ERR" in text,
        }
        for defect, is_wrong in wrong.items():
            if is_wrong and self._has(defect):
                raise Broken(defect)

    def _changed(self, text: bytes) -> bytes:
        if self._has("strips-blanks"):
            text = re.sub(rb"[ \t]+\r\n", b"\r\n", text)
        if self._has("strips-8bit"):
            text = text.decode("ascii", "replace").encode("ascii", "replace")
        if self._has("from-cuts"):
            text = text.partition(b"\r\n\r\nFrom ")[0]
        if self._has("cr-ends"):
            text = text.partition(b"\r.\r")[0]
        if self._has("trims"):
            text = text.rstrip(b"\r\n") + b"\r\n"
        if self._has("wraps-lines"):
            text = re.sub(rb"([^\r\n]{900})(?=[^\r\n])", rb"\1\r\n", text)
        if self._has("strips-controls"):
            text = re.sub(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]", b"", text)
        return text

    def _counted(self, octets: int) -> bytes:
        text = self._connection.rest()
        while len(text) < octets:
            if not (more := self._connection.receive()):
                raise Broken("the connection was closed")
            text += more
        self._connection.put_back(text[octets:])
        self.lines()
        return text[:octets]

    def _read(self, most: int) -> bytes:
        if self._has("dot-in-one-packet"):
            self._connection.wait_for(b"\r\n.\r\n")
        began = time.monotonic()
        lines: list[bytes] = []
        octets = 0
        while (line := self._line(lines, most)) != b".":
            octets += len(line)
            if octets > most:
                raise Broken("a message is too long")
            lines.append(line)
            if self._has("total-limit") and time.monotonic() - began > self._timeout:
                break
        return b"".join(lines)

    def _line(self, before: list[bytes], most: int) -> bytes:
        """The next line with its end, or a dot for the end of the text."""
        try:
            line = self._connection.line(most)
        except Broken:
            if self._has("eof-is-end"):
                return b"."
            if self._has("keeps-parts"):
                self._problem("cut")
                return b"."
            raise
        if self._has("line-limit") and len(line) > 2048:
            raise Broken("a line is too long")
        if self._has("nul-truncates") and b"\0" in line:
            line = line.partition(b"\0")[0] + b"\r\n"
        if self._is_end(line, before):
            return b"."
        if self._has("unstuffs-some") and line.startswith(b".."):
            return line if len(before) % 2 else line[1:]
        return line if self._has("no-unstuff") or not line.startswith(b".") else line[1:]

    def _is_end(self, line: bytes, before: list[bytes]) -> bool:
        """Whether it is the final dot: behind CRLF, or LF where all lines end so."""
        if line == b".\r\n":
            behind = not before or before[-1].endswith(b"\r\n")
            return behind or self._has("lf-dot-ends")
        return line == b".\n" and not any(each.endswith(b"\r\n") for each in before)

    def lines(self) -> list[bytes]:
        """A list, up to its final dot."""
        if self._has("list-in-one-packet"):
            self._connection.wait_for(b"\r\n.\r\n", b".\r\n")
        lines: list[bytes] = []
        octets = 0
        while True:
            try:
                line = self._connection.line()
            except Broken:
                if self._has("eof-is-end"):
                    return lines
                raise
            octets += len(line)
            if self._has("hoards"):
                self._hoard.append(line.ljust(_HOARDED, b"\1"))
            if octets > _LIST or len(lines) > _LINES:
                raise Broken("a list is too long")
            ends = line.startswith(b".") and self._has("list-dot-ends")
            if line.rstrip(b"\r\n") == b"." or ends:
                return lines
            lines.append(line.rstrip(b"\r\n").removeprefix(b"."))
