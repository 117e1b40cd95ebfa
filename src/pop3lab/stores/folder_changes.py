"""Changes in folders since they were listed: by inotify where it reports all, else by times."""

import errno
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pop3lab.stores.file_identity import TIMESTAMP_RESOLUTION_NS
from pop3lab.stores.inotify import WATCHER, ChangeLog
from pop3lab.stores.listing import Listing

_LIMITS = {
    errno.ENOSPC: "fs.inotify.max_user_watches",
    errno.EMFILE: "fs.inotify.max_user_instances",
}


class _Stamp(NamedTuple):
    device: int
    inode: int
    mtime_ns: int
    ctime_ns: int


class FolderChanges:
    """Tells what has changed in some open folders since this was created, before listing them.

    folders: descriptors, by a prefix for the names in them; the first is the maildrop's.
    Without `watch` it compares the folders' times: they show names that have come or gone, not
    files whose content has changed.
    """

    _log: ChangeLog | None = None
    _tried = False  # to watch

    def __init__(self, folders: Mapping[str, int]) -> None:
        """Raises OSError."""
        self._stamps = _stamps(folders)
        youngest = max(stamp.ctime_ns for stamp in self._stamps)
        # Else the next change may leave the same times.
        self._reliable = youngest < time.time_ns() - TIMESTAMP_RESOLUTION_NS

    def watch(self, folders: Mapping[str, int]) -> str:
        """Watch these same folders by inotify, in Linux; list them after this.

        Writes through a file's name elsewhere are not reported, and those through a memory map only
        when it ends. Return why they can't be watched, if the operator can change that and has not
        been told.
        """
        if self._tried:
            return ""
        self._tried = True
        log = ChangeLog()
        try:
            WATCHER.watch(folders, log)
        except OSError as error:  # too many are watched already, or there is no such thing
            WATCHER.drop(log.prefixes)
            return _limit_reached(error.errno or 0)
        self._log = log
        return ""

    @property
    def watched(self) -> bool:
        """Whether changed contents are noticed, too."""
        return self._log is not None

    @property
    def cannot_be_watched(self) -> bool:
        """Whether that was tried in vain, as on file systems that others can change."""
        return self._tried and self._log is None

    def keep_names(self, most: int) -> None:
        """Keep at least so many names of changed files before giving up."""
        if self._log:
            self._log.most = max(self._log.most, most)

    def is_of(self, status: os.stat_result) -> bool:
        """Tell whether this is the status of the maildrop's folder."""
        first = self._stamps[0]
        return (status.st_ino, status.st_dev) == (first.inode, first.device)

    def nothing_changed(self) -> bool:
        """Tell, of watched folders, whether nothing has changed."""
        return self._log is not None and WATCHER.unchanged(self._log)

    def take_names(self) -> Iterable[str] | None:
        """Return what has changed in watched folders, and forget it.

        None if there may be more, or they are not watched.
        """
        return WATCHER.take(self._log) if self._log else None

    def same_times(self, folders: Mapping[str, int]) -> bool:
        """Tell whether these folders have the same names, as their times say. Raises OSError."""
        return self._reliable and _stamps(folders) == self._stamps

    def __del__(self) -> None:
        if self._log:
            watches = [*self._log.prefixes]
            self._log = None
            WATCHER.drop(watches)


_told: set[int] = set()


def _limit_reached(error: int) -> str:
    if error in _told or error not in _LIMITS:
        return ""
    _told.add(error)
    return f"{_LIMITS[error]} is reached: each login looks at all files here, and in some others"


def _stamps(folders: Mapping[str, int]) -> Sequence[_Stamp]:
    return [_stamp(os.fstat(directory)) for directory in folders.values()]


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


class KnownListing:
    """The listing of the last login, and what has changed since.

    names: of changed files that are still to be looked at. linked: files with hard links, which are
    looked at at each login.
    """

    def __init__(self, listing: Listing, since: FolderChanges, linked: set[str]) -> None:
        self.listing = listing
        self.since = since
        self.names: set[str] = set()
        self.linked = linked

    def take_names(self) -> bool:
        """Add what has changed to the names. Return False if there may be more."""
        names = self.since.take_names()
        if names is None:
            return False
        self.names.update(names)
        return True
