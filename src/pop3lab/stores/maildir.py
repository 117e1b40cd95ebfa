"""A Maildir as a maildrop: the files in new/ and cur/, whose names other programs may change."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.file_store import FileStore, OnDelete
from pop3lab.stores.location import AtPath, Location, open_part
from pop3lab.stores.place import TRASH, Found
from pop3lab.stores.regular import Regular, close, look, open_same, unchanged
from pop3lab.stores.unique_ids import legal_uid

_FOLDERS = ("new", "cur")  # in this order, so that a message on its way is missed in none
_TRIES = 5  # to list folders, or to open a file, that others change meanwhile


class Maildir(FileStore):
    """One Maildir, whoever logs in; in order of delivery, looked at anew at each login.

    Nothing is moved or marked: what is new stays so. The session's lock is on the folder itself,
    where no other program looks for one. A message is its unique part, before the colon: it is
    found again when another program has moved it to cur/ or changed its flags.
    Of new/ and cur/ one may not be there yet.
    on_delete: see FileStore. The trash is a Maildir++ folder, for other programs to open.
    place: instead of the path.
    """

    def __init__(
        self, path: str, *, on_delete: OnDelete = "unlink", place: Location | None = None
    ) -> None:
        super().__init__(
            place or AtPath(path),
            _NewAndCur,
            folders=len(_FOLDERS),
            as_they_are=False,
            uid=legal_uid,
            on_delete=on_delete,
        )


def by_delivery(name: str) -> tuple[list[str | int], str]:
    """Sorts unique parts by time, then microsecond, process and count, as numbers.

    As `1700000000.M20046P2137Q9.host` has them. Names that begin with no time come last.
    """
    parts: list[str | int] = [*re.split(r"([0-9]+)", name)]
    parts[1::2] = map(int, parts[1::2])
    return parts, name


def _unique(name: str) -> str:
    """The part of `new/UNIQUE` or `cur/UNIQUE:2,FLAGS` that stays."""
    plain = name.partition("/")[2]
    return plain.partition(":")[0] or plain


class _NewAndCur:
    """The open folders of a Maildir; names are `new/...` and `cur/...`."""

    trash = (TRASH, "cur")

    def __init__(self, root: int, owner: int | None = None) -> None:
        """owner: see look of pop3lab.stores.regular. Raises OSError."""
        self.root = root
        self._owner = owner
        self._by_folder = _open_folders(root)
        self.folders = tuple(self._by_folder.values())
        self._names: dict[str, list[str]] = {}  # of each key, when they were last listed

    def names(self) -> list[str]:
        return sorted(self._listed(), key=lambda name: by_delivery(_unique(name)))

    def _listed(self) -> list[str]:
        """As it is at one moment: a file that is renamed meanwhile might be missed, or be twice."""
        names: list[str] = []
        for _ in range(_TRIES):
            before = self._stamps()
            names = [*self._list()]
            if self._stamps() == before:
                break
        return names

    def _stamps(self) -> list[int]:
        return [os.stat(directory).st_mtime_ns for directory in self.folders]

    def _list(self) -> Iterable[str]:
        for folder, directory in self._by_folder.items():
            for name in os.listdir(directory):
                if name[0] != ".":
                    yield f"{folder}/{name}"

    def key(self, name: str) -> str:
        return _unique(name)

    def look(self, name: str) -> Regular | None:
        return self._look(name) or self._moved(name)

    def _look(self, name: str) -> Regular | None:
        folder, _, plain = name.partition("/")
        file = look(self._by_folder[folder], plain, self._owner)
        if file:
            file = file._replace(ctime_ns=0)
        return file and file._replace(name=name)

    def _moved(self, name: str) -> Regular | None:
        """The file that had this name when it was listed just now."""
        self._list_again()
        found = [file for other in self._others(name) if (file := self._look(other))]
        return found[0] if found else None

    def find(self, file: Regular) -> Found | None:
        return self._find(file, [file.name]) or self._find_moved(file)

    def open(self, file: Regular) -> int:
        for _ in range(_TRIES):
            found = self._found(file)
            if found is None:
                break
            with suppress(StoreFailed):  # it may have been renamed just now
                return open_same(*found)
        raise StoreFailed("the message has changed since login")

    def _found(self, file: Regular) -> Found | None:
        try:
            return self.find(file)
        except OSError as error:
            raise StoreFailed("the message can't be looked at") from error

    def _find_moved(self, file: Regular) -> Found | None:
        """By what was listed before, as much may have been moved at once; else by a new list."""
        found = self._find(file, self._others(file.name))
        if found is None:
            self._list_again()
            found = self._find(file, self._others(file.name))
        return found

    def _find(self, file: Regular, names: Iterable[str]) -> Found | None:
        for name in names:
            folder, _, plain = name.partition("/")
            here = file._replace(name=plain)
            if self._legal(folder, plain) and unchanged(self._by_folder[folder], here):
                return Found(self._by_folder[folder], here)
        return None

    def _legal(self, folder: str, plain: str) -> bool:
        """Whether the name, which may be a journal's, leads nowhere else."""
        return folder in self._by_folder and "/" not in plain

    def _others(self, name: str) -> list[str]:
        return self._names.get(_unique(name), [])

    def _list_again(self) -> None:
        names = defaultdict(list)
        for name in self._listed():
            names[_unique(name)].append(name)
        self._names = names

    def close(self) -> None:
        close(*self.folders, self.root)


def _open_folders(root: int) -> dict[str, int]:
    """Those that are there. Raises OSError, FileNotFoundError if there is none."""
    opened: dict[str, int] = {}
    missing = None
    for folder in _FOLDERS:
        try:
            opened[folder] = open_part(root, folder)
        except FileNotFoundError as error:
            missing = error
        except OSError:
            close(*opened.values())
            raise
    if missing and not opened:
        raise missing
    return opened
