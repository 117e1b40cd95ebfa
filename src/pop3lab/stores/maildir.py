"""A Maildir as a maildrop: the files in new/ and cur/, which other programs may rename."""

import os
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import StoreFailed
from pop3lab.stores.delivery import deliver_to_maildir, delivery_errors
from pop3lab.stores.file_identity import (
    TIMESTAMP_RESOLUTION_NS,
    FileIdentity,
    close_all,
    identify,
    is_foreign_hard_link,
    is_unchanged,
    open_unchanged,
)
from pop3lab.stores.file_store import FileStore, OnDelete
from pop3lab.stores.location import Location, PathLocation, open_subfolder
from pop3lab.stores.maildrop_folder import (
    TRASH_FOLDER,
    FoundFile,
    inode_of,
    is_message_name,
    list_names,
)
from pop3lab.stores.unique_ids import legal_uid

_FOLDERS = ("new", "cur")  # in this order, so that a message on its way is missed in none
# What stands for the colon where it is forbidden: `;` (isync, mu, mutt), `!` (OfflineIMAP, Python's
# mailbox, Evolution), `-`, U+F03A (Cygwin, WSL), U+F022 (SMB of Linux and macOS). NeoMutt takes any
# character: so does this, but for those that unique parts may have before `2,` at their end.
_INFO = re.compile(r"[^0-9A-Za-z.,= ][12],[A-Za-z,]*\Z")
_TRIES = 5  # to list folders, or to open a file, that others change meanwhile


class MaildirStore(FileStore):
    """One Maildir for whoever logs in, in order of delivery; read anew at each login.

    No message is moved or marked: what is new stays new. The session's lock is on the folder
    itself, where no other program looks for one. A message is known by the unique part of its
    name, before the colon or its substitute, and so found again after another program has moved it
    or changed its flags. One of new/ and cur/ may not exist yet.
    on_delete: see FileStore. The trash is a Maildir++ folder that other programs can open.
    location: instead of the path.
    """

    def __init__(
        self, path: str, *, on_delete: OnDelete = "unlink", location: Location | None = None
    ) -> None:
        super().__init__(
            location or PathLocation(path),
            _NewAndCur,
            verbatim=False,
            uid=legal_uid,
            on_delete=on_delete,
        )
        self._deliver_to = location or PathLocation(path)

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Add a file to new/; return its name. Raises as DeliveringStore says."""
        with delivery_errors():
            return deliver_to_maildir(self._deliver_to, message)


def by_delivery(name: str) -> tuple[list[str | int], str]:
    """Return a sort key of a unique part: time, then microsecond, process and count, as numbers.

    As in `1700000000.M20046P2137Q9.host`. Names that begin with no time come last.
    """
    parts: list[str | int] = [*re.split(r"([0-9]+)", name)]
    parts[1::2] = map(int, parts[1::2])
    return parts, name


def _unique(name: str) -> str:
    """Return the unique part of `new/UNIQUE` or `cur/UNIQUE:2,FLAGS`.

    If a program that did not know another's flags has added its own, both are cut off.
    """
    plain = name.partition("/")[2]
    unique = plain.partition(":")[0]
    while cut := _INFO.sub("", unique):
        if cut == unique:
            return unique
        unique = cut
    return unique or plain


class _NewAndCur:
    """The open folders of a Maildir; names are `new/...` and `cur/...`."""

    trash_path = (TRASH_FOLDER, "cur")

    def __init__(self, root: int, owner: int | None = None) -> None:
        """owner: see `identify`. Raises OSError."""
        self.root = root
        self.linked: set[str] = set()
        self._owner = owner
        self._since = time.time_ns()
        self._names: dict[str, list[str]] = {}  # of each key, when they were last listed
        self._listed_at: list[int] = []  # how the folders' times were just before
        self._login_at: list[int] = []  # or at the login, if it has looked at them

    @cached_property
    def _by_folder(self) -> dict[str, int]:
        """Open the folders, which takes longer than all else that an unchanged Maildir takes."""
        return _open_folders(self.root)

    @property
    def folders(self) -> Sequence[int]:
        return tuple(self._by_folder.values())

    @property
    def parts(self) -> Mapping[str, int]:
        inner = {f"{name}/": directory for name, directory in self._by_folder.items()}
        self._login_at = self._login_at or self._stamps()
        return {"": self.root, **inner}

    def order(self, name: str) -> tuple[list[str | int], str]:
        return by_delivery(_unique(name))

    def is_part(self, name: str) -> bool:
        return name in _FOLDERS

    def names(self) -> list[str]:
        return sorted(self._listed(), key=self.order)

    def _listed(self) -> list[str]:
        """List as of one moment: a file renamed meanwhile could be missed, or listed twice."""
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
            for name in list_names(directory):
                if name[0] != ".":
                    yield f"{folder}/{name}"

    @property
    def may_be_renamed(self) -> bool:
        try:
            stamps = self._stamps()
        except OSError:
            return True
        if before := self._listed_at or self._login_at:
            return stamps != before
        return max(stamps) >= self._since - TIMESTAMP_RESOLUTION_NS

    def stable_name(self, name: str) -> str:
        return _unique(name)

    def locate(self, name: str) -> tuple[int, str] | None:
        folder, _, plain = name.partition("/")
        legal = folder in self._by_folder and is_message_name(plain)
        return (self._by_folder[folder], plain) if legal else None

    def identify(self, name: str) -> FileIdentity | None:
        return self.look(name) or self._moved(name)

    def look(self, name: str) -> FileIdentity | None:
        folder, _, plain = name.partition("/")
        linked: set[str] = set()
        file = identify(self._by_folder[folder], plain, self._owner, linked)
        if linked:
            self.linked.add(name)
        return file and file._replace(name=name)

    def _moved(self, name: str) -> FileIdentity | None:
        """Return the file that had this name when it was listed just now."""
        self._list_again()
        found = [file for other in self._others(name) if (file := self.look(other))]
        return found[0] if found else None

    def is_foreign_hard_link(self, name: str) -> bool:
        folder, _, plain = name.partition("/")
        return is_foreign_hard_link(self._by_folder[folder], plain, self._owner)

    def find(self, file: FileIdentity) -> FoundFile | None:
        return self._find(file, [file.name]) or self._find_moved(file)

    def inodes(self, file: FileIdentity) -> list[int]:
        self._list_again()
        names = self._names.get(_unique(file.name), [])
        places = [location for name in names if (location := self.locate(name))]
        return [number for location in places for number in inode_of(*location)]

    def open(self, file: FileIdentity) -> int:
        for _ in range(_TRIES):
            found = self._found(file)
            if found is None:
                break
            with suppress(StoreFailed):  # it may have been renamed just now
                return open_unchanged(*found)
        raise StoreFailed("the message has changed since login")

    def _found(self, file: FileIdentity) -> FoundFile | None:
        try:
            return self.find(file)
        except OSError as error:
            raise StoreFailed("the message can't be looked at") from error

    def _find_moved(self, file: FileIdentity) -> FoundFile | None:
        """Find by the last list, as many may have been moved at once; else by a new one."""
        moved = file.without_ctime()
        found = self._find(moved, self._others(file.name))
        if found is None:
            self._list_again()
            found = self._find(moved, self._others(file.name))
        return found

    def _find(self, file: FileIdentity, names: Iterable[str]) -> FoundFile | None:
        for name in names:
            location = self.locate(name)
            if location and is_unchanged(location[0], here := file._replace(name=location[1])):
                return FoundFile(location[0], here)
        return None

    def _others(self, name: str) -> list[str]:
        """Return other names of the same message, as last listed."""
        return [other for other in self._names.get(_unique(name), []) if other != name]

    def _list_again(self) -> None:
        """List again, unless surely nothing has been renamed since the last time."""
        stamps = self._stamps()
        if stamps == self._listed_at and max(stamps) < time.time_ns() - TIMESTAMP_RESOLUTION_NS:
            return
        names = defaultdict(list)
        for name in self._listed():
            names[_unique(name)].append(name)
        self._names = names
        self._listed_at = stamps

    def close(self) -> None:
        close_all(*vars(self).get("_by_folder", {}).values(), self.root)


def _open_folders(root: int) -> dict[str, int]:
    """Open those that exist. Raises OSError; FileNotFoundError if none does."""
    opened: dict[str, int] = {}
    missing = None
    for folder in _FOLDERS:
        try:
            opened[folder] = open_subfolder(root, folder)
        except FileNotFoundError as error:
            missing = error
        except OSError:
            close_all(*opened.values())
            raise
    if missing and not opened:
        raise missing
    return opened
