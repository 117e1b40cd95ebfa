"""A folder as a maildrop: each regular file whose name begins with no dot is a message."""

import os
from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from io import FileIO
from typing import NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import Text
from pop3lab.stores import journal
from pop3lab.stores.changes import Changes
from pop3lab.stores.crlf import crlf_octets, to_crlf
from pop3lab.stores.kept import Kept
from pop3lab.stores.locks import open_locked
from pop3lab.stores.regular import PIECE, Regular, check_same, look, open_same, unchanged

_FEW = 100  # messages: looking at no more than these costs less than to be told of changes
_MANY = 1000  # messages: looking at more of them than this keeps other sessions waiting


def legal_uid(text: str) -> str:
    """The text itself where it is a legal unique-id (RFC 1939 section 7), else a digest of it."""
    if 0 < len(text) <= 70 and text.isascii() and text.isprintable() and " " not in text:
        return text
    return sha256(os.fsencode(text)).hexdigest()


class _Message(NamedTuple):
    file: Regular
    entry: Entry


class _Listing:
    """The messages at one login; kept for the next, which may find nothing changed."""

    def __init__(self, messages: list[_Message]) -> None:
        self.messages = messages
        self.by_name = {message.file.name: message for message in messages}
        self.by_uid = {message.entry.uid: message for message in messages}
        self.snapshot = Snapshot([message.entry for message in messages])


class Folder:
    """One maildrop, whoever logs in; in byte-wise order of names, looked at anew at each login.

    as_they_are: messages go out octet for octet, whatever their line ends.
    uid: makes a name a unique-id.
    """

    def __init__(
        self, path: str, *, as_they_are: bool = False, uid: Callable[[str], str] = legal_uid
    ) -> None:
        self._path = path
        self._as_they_are = as_they_are
        self._uid = uid
        self._last = _Listing([])
        self._kept = Kept()
        self._changes = Changes()

    @property
    def open_waits(self) -> bool:
        """Looking at very many messages does."""
        return len(self._last.messages) > _MANY

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed."""
        directory = open_locked(self._path)
        try:
            hidden = journal.recover(directory)
            if hidden or not self._quiet(directory):
                self._last = self._listing(directory, hidden)
        except OSError as error:
            os.close(directory)
            raise StoreFailed("the maildrop can't be read") from error
        except StoreFailed:
            os.close(directory)
            raise
        return _FolderMaildrop(directory, self._last, self._kept)

    def _quiet(self, directory: int) -> bool:
        """Whether nothing can have changed since the last login, so that no file need be looked at.

        Not worth a watch for few messages.
        """
        return len(self._last.messages) > _FEW and self._changes.none(directory)

    def _listing(self, directory: int, hidden: Collection[str]) -> _Listing:
        names = [name for name in os.listdir(directory) if name[0] != "." and name not in hidden]
        names.sort(key=None if "".join(names).isascii() else os.fsencode)
        found = [self._message(directory, name) for name in names]
        messages = [message for message in found if message]
        return self._last if messages == self._last.messages else _Listing(messages)

    def _message(self, directory: int, name: str) -> _Message | None:
        known = self._last.by_name.get(name)
        if known and unchanged(directory, known.file):
            return known
        file = look(directory, name)
        if file is None:
            return None
        octets = file.octets if self._as_they_are else _octets_sent(directory, file)
        return _Message(file, Entry(self._uid(name), octets))


def _octets_sent(directory: int, file: Regular) -> int:
    try:
        return crlf_octets(_read(directory, file))
    except StoreFailed:
        return file.octets  # nor will RETR be able to read it, and says so; the others are there


def _read(directory: int, file: Regular) -> Iterator[bytes]:
    """The file's octets as they are. Raises StoreFailed, now or later, if not those seen."""
    return _pieces(FileIO(open_same(directory, file)), file)


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
        check_same(raw.fileno(), file)


class _FolderMaildrop:
    """Holds the folder's lock by its descriptor."""

    def __init__(self, directory: int, listing: _Listing, kept: Kept) -> None:
        self._directory: int | None = directory
        self._messages = listing.by_uid
        self._kept = kept
        self.snapshot = listing.snapshot

    read_waits = False

    def delete_waits(self, uids: Collection[str]) -> bool:
        return bool(uids)  # for the disk, which is flushed

    def read(self, uid: str) -> Text | Iterator[bytes]:
        file, entry = self._messages[uid]
        if text := self._kept.get(file):
            if not unchanged(self._open_directory, file):
                raise StoreFailed("the message has changed since login")
            return text
        pieces = _read(self._open_directory, file)
        if entry.octets != file.octets:  # where conversion would add nothing, it need not be done
            pieces = to_crlf(pieces)
        return pieces if file.octets > PIECE else self._kept.keep(file, Text(b"".join(pieces)))

    def delete(self, uids: Collection[str]) -> None:
        files = {self._messages[uid].file for uid in uids}
        if files:
            journal.remove(self._open_directory, files)

    @property
    def _open_directory(self) -> int:
        assert self._directory is not None
        return self._directory

    def close(self) -> None:
        if self._directory is not None:
            os.close(self._directory)
            self._directory = None
