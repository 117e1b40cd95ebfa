"""A maildrop whose messages are files: what folders and Maildirs have in common."""

import os
from collections.abc import Callable, Collection, Sequence
from typing import Literal

from pop3lab.core.errors import MaildropDamaged, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop
from pop3lab.stores import journal
from pop3lab.stores.changes import Changes
from pop3lab.stores.crlf import crlf_octets
from pop3lab.stores.file_maildrop import FileMaildrop, Remove
from pop3lab.stores.file_text import read_file
from pop3lab.stores.journal import JOURNAL, JournalDamaged
from pop3lab.stores.kept import Kept
from pop3lab.stores.listing import Listing, Message, distinct
from pop3lab.stores.location import Location
from pop3lab.stores.locks import open_locked
from pop3lab.stores.place import Place
from pop3lab.stores.regular import Regular

OnDelete = Literal["unlink", "hide", "trash"]

_FEW = 100  # messages: looking at no more than these costs less than to be told of changes
_MANY = 1000  # messages: looking at more of them than this keeps other sessions waiting
_NAMED = 20  # messages that are left out are named, and more are counted


class FileStore:
    """One maildrop, whoever logs in; looked at anew at each login.

    location: of the folder that is locked. opened: makes a descriptor of it, and who alone may have
    files with several names there, the place of the messages.
    folders: how many that place has at most. as_they_are: messages go out octet for octet,
    whatever their line ends. uid: makes the lasting part of a name a unique-id. on_delete: files
    are unlinked; or left alone and not shown again by this store, until the process ends; or moved
    into the place's trash.
    """

    def __init__(
        self,
        location: Location,
        opened: Callable[[int, int | None], Place],
        *,
        folders: int,
        as_they_are: bool,
        uid: Callable[[str], str],
        on_delete: OnDelete,
    ) -> None:
        self._location = location
        self._opened = opened
        self._as_they_are = as_they_are
        self._uid = uid
        self._on_delete = on_delete
        self._hidden: set[Regular] = set()  # by their keys as names
        self._last = Listing([], str)
        self._kept = Kept()
        self._changes = [Changes() for _ in range(folders)]

    @property
    def open_waits(self) -> bool:
        """Looking at very many messages does."""
        return len(self._last.messages) > _MANY

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed, MaildropDamaged."""
        place = self._place()
        try:
            gone = self._recovered(place)
            if gone or not self._quiet(place):
                self._last = self._listing(place, gone)
        except BaseException as error:
            place.close()  # whatever went wrong, the lock must not stay
            if isinstance(error, OSError):
                raise StoreFailed("the maildrop can't be read") from error
            raise
        remove, called = self._remover(place), str(self._location)
        return FileMaildrop(place, self._last, self._kept, remove, called)

    def look(self) -> Callable[[str], Sequence[Entry]]:
        """What is there now, as open would list it; no lock is asked for, and nothing recovered."""
        try:
            root = self._location.open()
        except OSError:
            return lambda user: ()
        try:
            place = self._opened(root, self._location.owner(root))
        except OSError:
            os.close(root)
            return lambda user: ()
        try:
            entries = self._listing(place, ()).snapshot.entries
        except OSError:
            entries = ()
        finally:
            place.close()
        return lambda user: entries

    def _place(self) -> Place:
        root = open_locked(self._location)
        try:
            return self._opened(root, self._location.owner(root))
        except OSError as error:
            os.close(root)
            path = f"{self._location}/{error.filename or ''}"
            reason = OSError(error.errno, error.strerror, path)
            raise StoreFailed("the maildrop can't be opened") from reason

    def _recovered(self, place: Place) -> frozenset[str]:
        try:
            return journal.recover(place)
        except JournalDamaged as damage:
            path = f"{self._location}/{JOURNAL}"
            told = f"{path} {damage}: nothing was done by it; remove it, and log in again"
            raise MaildropDamaged("the maildrop can't be opened") from ValueError(told)

    def _quiet(self, place: Place) -> bool:
        """Whether nothing can have changed since the last login, so that no file need be looked at.

        Not worth a watch for few messages.
        """
        if len(self._last.messages) <= _FEW:
            return False
        pairs = zip(self._changes, place.folders, strict=False)  # one may not be there yet
        quiet = [changes.none(directory) for changes, directory in pairs]  # each must be asked
        return all(quiet) and not self._last.snapshot.left_out

    def _listing(self, place: Place, gone: Collection[str]) -> Listing:
        names = place.names()
        if gone:
            gone_keys = {place.key(name) for name in gone}
            names = [name for name in names if place.key(name) not in gone_keys]
        files = [file for name in names if (file := place.look(name))]
        if self._hidden:
            keyed = [_by_key(place, file) for file in files]
            files = [
                file for file, key in zip(files, keyed, strict=True) if key not in self._hidden
            ]
            self._hidden.intersection_update(keyed)
        left_out: list[str] = []
        found = [self._message(place, file, left_out) for file in files]
        messages = distinct([message for message in found if message])
        told = left_out[:_NAMED]
        if more := len(left_out) - len(told):
            told.append(f"{self._location}: {more} more messages are left out")
        if self._last.says(messages, told):
            return self._last
        return Listing(messages, place.key, told)

    def _message(self, place: Place, file: Regular, left_out: list[str]) -> Message | None:
        """None if it can't be read: a size that was not counted is not said."""
        key = place.key(file.name)
        known = self._last.by_key.get(key)
        if known and known.file == file:
            return known
        if known and known.file.name != file.name and _is_renamed(known.file, file):
            return known._replace(file=file)
        try:
            octets = file.octets if self._as_they_are else crlf_octets(read_file(place, file))
        except StoreFailed as failure:
            if place.inodes(file):  # else it has just gone
                why = f"{failure.__cause__ or failure}"
                left_out.append(f"{self._location}: {file.name!r} is left out: {why}")
            return None
        return Message(file, Entry(self._uid(key), octets))

    def _remover(self, place: Place) -> Remove:
        if self._on_delete == "hide":
            return lambda files: self._hide(place, files)
        return lambda files: journal.remove(place, files, trash=self._on_delete == "trash")

    def _hide(self, place: Place, files: Collection[Regular]) -> None:
        now = [place.look(file.name) or file for file in files]
        self._hidden.update(_by_key(place, file) for file in now)
        gone = {(place.key(file.name), file.inode) for file in files}
        shown = [
            message
            for message in self._last.messages
            if (place.key(message.file.name), message.file.inode) not in gone
        ]
        self._last = Listing(shown, place.key, self._last.snapshot.left_out)


def _is_renamed(known: Regular, file: Regular) -> bool:
    return known.but_for_ctime()[1:] == file.but_for_ctime()[1:]


def _by_key(place: Place, file: Regular) -> Regular:
    """The ctime does not count where names may change."""
    key = place.key(file.name)
    return file if key == file.name else file.but_for_ctime()._replace(name=key)
