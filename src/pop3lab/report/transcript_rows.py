"""A transcript as rows of a page: long replies are folded, but never the lines that decide."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from pop3lab.observe.transcript import RULE_NOTE, VIOLATION_NOTE

_LINE = re.compile(r"(\d+) +([\d.]+) (.*)", re.DOTALL)
_FEWEST = 4  # lines of the server that are worth a fold
_SHOWN = 100  # lines of a fold that a page has; all are in the file
_LONGEST = 400  # characters of a line


class TranscriptRow(NamedTuple):
    """A line. kind: client, server, rule, violation or note. decides: a finding names it."""

    number: int
    seconds: str
    kind: str
    text: str
    decides: bool


class TranscriptBlock(NamedTuple):
    """Rows that belong together, perhaps folded. left_out: how many more only the file has."""

    rows: Sequence[TranscriptRow]
    folded: bool = False
    left_out: int = 0

    @property
    def lines(self) -> int:
        """How many lines it stands for."""
        return len(self.rows) + self.left_out


def transcript_blocks(transcript: str, deciding: Collection[int]) -> Iterator[TranscriptBlock]:
    """The transcript, block by block. deciding: numbers of lines."""
    rows = [_row(number, line, deciding) for number, line in enumerate(transcript.splitlines(), 1)]
    inner = [_is_inner(rows, place) for place in range(len(rows))]
    for foldable, members in groupby(zip(inner, rows, strict=True), lambda pair: pair[0]):
        block = [row for _, row in members]
        if foldable and len(block) >= _FEWEST:
            left_out = max(0, len(block) - _SHOWN)
            yield TranscriptBlock(block[:_SHOWN], folded=True, left_out=left_out)
        else:
            yield TranscriptBlock(block)


def _row(number: int, line: str, deciding: Collection[int]) -> TranscriptRow:
    match = _LINE.match(line)
    seconds, text = (match[2], match[3]) if match else ("", line)
    kind = _kind(text)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]} ... ({len(text) - _LONGEST} characters more)"
    return TranscriptRow(number, seconds, kind, text, number in deciding)


def _kind(text: str) -> str:
    if text[:2] in ("C:", "C|"):
        return "client"
    if text[:2] in ("S:", "S|"):
        return "server"
    for kind, prefix in (("rule", RULE_NOTE), ("violation", VIOLATION_NOTE)):
        if text.startswith(f"({prefix}"):
            return kind
    return "note"


def _is_inner(rows: Sequence[TranscriptRow], place: int) -> bool:
    """Whether it is within a long reply: lines of the server stand before and behind it."""
    around = rows[max(0, place - 2) : place + 2]
    within = len(around) == 4 and all(row.kind == "server" for row in around)
    return within and not rows[place].decides
