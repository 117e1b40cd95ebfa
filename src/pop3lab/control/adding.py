"""Adding a message to a folder, behind all that are there."""

import os
import re
from collections.abc import Callable, Iterator

from pop3lab.files.reading import GIB, RegularFile
from pop3lab.files.writing import PRIVATE, PUBLIC, Draft

_MOST = 8 * GIB  # octets of a message
_FIRST = "0001"
_DIGITS = re.compile(r"[0-9]+")


class Abandoned(Exception):
    """Nothing has been added, as nobody wants it any more."""


def add(folder: str, path: str, abandoned: Callable[[], bool] = lambda: False) -> str:
    """Copy a file into the folder as its last message; the message's name.

    It must be a regular one of at most 8 GiB. No session sees a part of it. abandoned: asked again
    and again whether to leave it. Raises OSError, Abandoned; then nothing is left.
    """
    with (
        RegularFile(path, _MOST) as source,
        Draft(folder, source.mode & PUBLIC | PRIVATE) as draft,  # no message: it begins with a dot
    ):
        for piece in source.pieces():
            if abandoned():
                raise Abandoned
            draft.write(piece)
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
        name = name_after(max(names, key=os.fsencode)) if names else _FIRST
        draft.publish(name)
    return name


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
