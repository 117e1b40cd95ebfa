"""A maildrop whose messages are files: what folders and Maildirs have in common."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from io import FileIO
from typing import Literal, NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import Text
from pop3lab.stores import journal
from pop3lab.stores.changes import Changes
from pop3lab.stores.crlf import crlf_octets, to_crlf
from pop3lab.stores.kept import Kept
from pop3lab.stores.location import Location
from pop3lab.stores.locks import open_locked
from pop3lab.stores.place import Place
from pop3lab.stores.regular import PIECE, Regular, check_same
from pop3lab.stores.unique_ids import digest_uid

OnDelete = Literal["unlink", "hide", "trash"]

_FEW = 100  # messages: looking at no more than these costs less than to be told of changes
_MANY = 1000  # messages: looking at more of them than this keeps other sessions waiting


class _Message(NamedTuple):
    file: Regular
    entry: Entry


class _Listing:
    """The messages at one login; kept for the next, which may find nothing changed."""

    def __init__(self, messages: list[_Message], key: Callable[[str], str]) -> None:
        self.messages = messages
        self.by_key = {key(message.file.name): message for message in messages}
        self.by_uid = {message.entry.uid: message for message in messages}
        self.snapshot = Snapshot([message.entry for message in messages])


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
        self._last = _Listing([], str)
        self._kept = Kept()
        self._changes = [Changes() for _ in range(folders)]

    @property
    def open_waits(self) -> bool:
        """Looking at very many messages does."""
        return len(self._last.messages) > _MANY

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed."""
        place = self._place()
        try:
            gone = journal.recover(place)
            if gone or not self._quiet(place):
                self._last = self._listing(place, gone)
        except BaseException as error:
            place.close()  # whatever went wrong, the lock must not stay
            if isinstance(error, OSError):
                raise StoreFailed("the maildrop can't be read") from error
            raise
        return _FileMaildrop(place, self._last, self._kept, self._remover(place))

    def look(self) -> Callable[[str], Sequence[Entry]]:
        """What is there now, as open would list it; no lock is asked for, and nothing removed."""
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
            entries = self._listing(place, journal.doomed(place)).snapshot.entries
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

    def _quiet(self, place: Place) -> bool:
        """Whether nothing can have changed since the last login, so that no file need be looked at.

        Not worth a watch for few messages.
        """
        if len(self._last.messages) <= _FEW:
            return False
        pairs = zip(self._changes, place.folders, strict=False)  # one may not be there yet
        quiet = [changes.none(directory) for changes, directory in pairs]  # each must be asked
        return all(quiet)

    def _listing(self, place: Place, gone: Collection[str]) -> _Listing:
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
        messages = _distinct([self._message(place, file) for file in files])
        return self._last if messages == self._last.messages else _Listing(messages, place.key)

    def _message(self, place: Place, file: Regular) -> _Message:
        key = place.key(file.name)
        known = self._last.by_key.get(key)
        if known and known.file == file:
            return known
        if known and known.file[1:] == file[1:]:
            return known._replace(file=file)
        octets = file.octets if self._as_they_are else _octets_sent(place, file)
        return _Message(file, Entry(self._uid(key), octets))

    def _remover(self, place: Place) -> Callable[[Collection[Regular]], None]:
        if self._on_delete == "hide":
            return lambda files: self._hide(place, files)
        return lambda files: journal.remove(place, files, trash=self._on_delete == "trash")

    def _hide(self, place: Place, files: Collection[Regular]) -> None:
        self._hidden.update(_by_key(place, file) for file in files)
        shown = [
            message
            for message in self._last.messages
            if _by_key(place, message.file) not in self._hidden
        ]
        self._last = _Listing(shown, place.key)


def _by_key(place: Place, file: Regular) -> Regular:
    return file._replace(name=place.key(file.name), ctime_ns=0)


def _distinct(messages: list[_Message]) -> list[_Message]:
    """A file seen twice, for it was being renamed, once; with unique-ids that all differ."""
    if len({message.entry.uid for message in messages}) == len(messages):
        return messages
    found: dict[str, _Message] = {}
    inodes = set()
    for message in messages:
        uid, inode = message.entry.uid, message.file.inode
        if uid in found:
            if inode in inodes:
                continue
            uid = digest_uid(f"{uid}/{inode}")
        inodes.add(inode)
        found[uid] = message._replace(entry=message.entry._replace(uid=uid))
    return list(found.values())


def _octets_sent(place: Place, file: Regular) -> int:
    try:
        return crlf_octets(_read(place, file))
    except StoreFailed:
        return file.octets  # nor will RETR be able to read it, and says so; the others are there


def _read(place: Place, file: Regular) -> Iterator[bytes]:
    """The file's octets as they are. Raises StoreFailed, now or later, if not those seen."""
    return _pieces(FileIO(place.open(file)), file)


def _pieces(raw: FileIO, file: Regular) -> Iterator[bytes]:
    left = file.octets
    with raw:
        try:
            while (piece := raw.read(PIECE)) and len(piece) <= left:
                left -= len(piece)
                yield piece
        except OSError as error:
            raise StoreFailed("the message can't be read") from error
        if piece or left:
            raise StoreFailed("the message has changed since login")
        check_same(raw.fileno(), file._replace(ctime_ns=0))  # it may have been removed meanwhile


class _FileMaildrop:
    """Holds the lock by the place's descriptors."""

    def __init__(
        self,
        place: Place,
        listing: _Listing,
        kept: Kept,
        remove: Callable[[Collection[Regular]], None],
    ) -> None:
        self._open_place: Place | None = place
        self._messages = listing.by_uid
        self._kept = kept
        self._remove = remove
        self.snapshot = listing.snapshot

    read_waits = False

    def delete_waits(self, uids: Collection[str]) -> bool:
        return bool(uids)  # for the disk, which is flushed

    def read(self, uid: str) -> Text | Iterator[bytes]:
        file, entry = self._messages[uid]
        if text := self._kept.get(file):
            self._check(file)
            return text
        pieces = _read(self._place, file)
        if entry.octets != file.octets:  # where conversion would add nothing, it need not be done
            pieces = to_crlf(pieces)
        return pieces if file.octets > PIECE else self._kept.keep(file, Text(b"".join(pieces)))

    def delete(self, uids: Collection[str]) -> None:
        # To remove a link changes the ctime of the others: what is deleted is known without it.
        files = {self._messages[uid].file._replace(ctime_ns=0) for uid in uids}
        if files:
            self._remove(files)

    def _check(self, file: Regular) -> None:
        try:
            there = self._place.find(file)
        except OSError as error:
            raise StoreFailed("the message can't be looked at") from error
        if not there:
            raise StoreFailed("the message has changed since login")

    @property
    def _place(self) -> Place:
        assert self._open_place is not None
        return self._open_place

    def close(self) -> None:
        if self._open_place is not None:
            self._open_place.close()
            self._open_place = None
