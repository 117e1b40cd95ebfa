"""Large messages, made fast, and what they are on the wire."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .footprint import MEBIBYTE

LINE = b"I must not send a gibibyte of mail to people I hardly know. - B\r\n"
DOTS = b".\r\n..\r\n.a line that begins with a dot, which is sent as two of them\r\n"


@dataclass(frozen=True)
class Text:
    """A block, so many times. on_wire: a block as it is sent, its dots doubled."""

    block: bytes
    on_wire: bytes
    times: int

    @property
    def octets(self) -> int:
        return len(self.block) * self.times

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            for _ in range(self.times):
                file.write(self.block)

    def sent(self) -> Iterator[bytes]:
        """What follows the status line. The server adds a CRLF in any case."""
        for _ in range(self.times):
            yield self.on_wire
        yield b"\r\n.\r\n"


class Sparse(Text):
    """Nothing but NUL, which takes no room on the disk: one line without an end."""

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            os.truncate(file.fileno(), self.octets)


def lines(octets: int) -> Text:
    """Lines of which many begin with dots; about so many octets. There is a header, too."""
    block = b"Subject: long\r\n\r\n" + (LINE * 10 + DOTS) * (MEBIBYTE // 700)
    return Text(block, block.replace(b"\n.", b"\n.."), octets // len(block) + 1)


def one_line(octets: int) -> Text:
    return Sparse(bytes(MEBIBYTE), bytes(MEBIBYTE), octets // MEBIBYTE)
