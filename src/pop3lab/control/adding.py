"""Adding a message to a folder, behind all that are there."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

_FIRST = "0001"
_DIGITS = re.compile(r"[0-9]+")
_PIECE = 1_048_576  # octets copied at a time


class Abandoned(Exception):
    """Nothing has been added, as nobody wants it any more."""


def add(folder: str, path: str, abandoned: Callable[[], bool] = lambda: False) -> str:
    """Copy a file into the folder as its last message; the message's name.

    No session sees a part of it. abandoned: asked again and again whether to leave it.
    Raises OSError, Abandoned; then nothing is left.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(2, "no such file", path)
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    name = name_after(max(names, key=os.fsencode)) if names else _FIRST
    hidden = os.path.join(folder, f".adding-{os.getpid()}")  # no message, as it begins with a dot
    try:
        _copy(path, hidden, abandoned)
        os.rename(hidden, os.path.join(folder, name))
    except BaseException:
        with suppress(OSError):
            os.unlink(hidden)
        raise
    return name


def _copy(path: str, target: str, abandoned: Callable[[], bool]) -> None:
    with open(path, "rb") as read, open(target, "wb") as written:
        while piece := read.read(_PIECE):
            written.write(piece)
            if abandoned():
                raise Abandoned


def name_after(last: str) -> str:
    """A name behind the last, byte by byte: its first number that can grow without another digit,
    one up, and its extension.
    """  # noqa: D205 - one sentence
    return next(_counted_up(last), f"{last}-{_FIRST}")


def _counted_up(last: str) -> Iterator[str]:
    stem, extension = os.path.splitext(last)
    for digits in _DIGITS.finditer(stem):
        number = str(int(digits[0]) + 1).zfill(len(digits[0]))
        if len(number) == len(digits[0]):
            yield f"{stem[: digits.start()]}{number}{extension}"
