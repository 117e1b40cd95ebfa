"""A transcript made short for a report: long answers folded, of very many lines the last."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_SERVER = re.compile(r"\d+ +[\d.]+ S")
_LONG = 10  # lines of the server in a row, from which on they are folded
_KEPT = 6  # of these at the beginning, and one at the end
_MOST = 1000  # lines in all


def folded(text: str) -> str:
    """The text of a transcript, or the part of it that people read."""
    lines = [line for run in _runs(text) for line in run]
    if len(lines) > _MOST:
        lines = [f"({len(lines) - _MOST} lines before these)\n", *lines[-_MOST:]]
    return "".join(lines)


def _runs(text: str) -> Iterator[Sequence[str]]:
    for is_server, run in groupby(text.splitlines(keepends=True), _is_server):
        lines = list(run)
        if is_server and len(lines) > _LONG:
            yield [*lines[:_KEPT], f"({len(lines) - _KEPT - 1} lines more)\n", lines[-1]]
        else:
            yield lines


def _is_server(line: str) -> bool:
    return _SERVER.match(line) is not None
