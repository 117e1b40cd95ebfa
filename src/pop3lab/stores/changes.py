"""Whether folders are as they were when they were listed, so that they need not be listed anew."""

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from pop3lab.stores.regular import YOUNG_NS
from pop3lab.stores.watching import WATCHING, Quiet


class _Stamp(NamedTuple):
    device: int
    inode: int
    mtime_ns: int
    ctime_ns: int


class Changes:
    """In some open folders, since this was made, which is to be just before they are listed.

    By their times it is known whether a name has come or gone, not whether a file has another text.
    """

    _quiet: Quiet | None = None
    _watches: Sequence[int] = ()

    def __init__(self, directories: Sequence[int]) -> None:
        """Raises OSError."""
        self._stamps = _stamps(directories)
        youngest = max(stamp.ctime_ns for stamp in self._stamps)
        self._reliable = youngest < time.time_ns() - YOUNG_NS  # else the next may have the same

    def watch(self, directories: Sequence[int]) -> None:
        """Be told from now on of any change in these same folders, in Linux; list them after this.

        What is written through a memory map, through a name that a file has elsewhere, or by
        another machine to a network file system, is not told: whoever relies on this must still
        look at a file before its content is taken for the same.
        """
        quiet = Quiet()
        try:
            self._watches = WATCHING.watch(directories, quiet)
        except OSError:  # too many are watched already, or there is no such thing
            return
        self._quiet = quiet

    @property
    def watched(self) -> bool:
        """Whether files with another text are told, too."""
        return self._quiet is not None

    def none(self, directories: Sequence[int]) -> bool:
        """Whether these are the same folders, with the same names in them; and, if they are
        watched, with the same files. Raises OSError.
        """  # noqa: D205 - one sentence
        if _stamps(directories) != self._stamps:
            return False
        if self._quiet is None:
            return self._reliable
        WATCHING.read()
        return self._quiet.so_far

    def __del__(self) -> None:
        self._quiet = None
        WATCHING.drop(self._watches)


def _stamps(directories: Sequence[int]) -> list[_Stamp]:
    return [_stamp(os.fstat(directory)) for directory in directories]


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
