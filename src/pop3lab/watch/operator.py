"""Telling the operator, who may not be there."""

import select
from typing import TextIO

_MOST = 2000  # characters of a line: a pipe that can be written to takes so much without waiting


def tell_operator(file: TextIO, line: str) -> None:
    """Write a line, unless that would fail or wait: the sessions matter more."""
    try:
        if _takes_some(file):
            print(line[:_MOST], file=file, flush=True)
    except (OSError, ValueError):
        pass  # closed, or nobody reads it any more


def _takes_some(file: TextIO) -> bool:
    try:
        descriptor = file.fileno()
    except OSError:
        return True  # no file of the system
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(event & select.POLLOUT for _, event in poll.poll(0))
