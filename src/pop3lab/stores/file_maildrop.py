"""A session's maildrop of messages that are files, which other programs may change meanwhile.

A message is known by its file's inode, size and times. ctime, which no program can set, changes
with the content, but also with name, mode or owner: if only it differs, the content decides, by the
digest of what was retrieved in this session.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from hashlib import sha256
from io import FileIO

from pop3lab.core.errors import MessageGone, StoreFailed
from pop3lab.core.maildrop import Snapshot, TextOrChunks
from pop3lab.core.text import DottedLines, LongText, MessageText
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.file_identity import (
    TIMESTAMP_RESOLUTION_NS,
    FileIdentity,
    check_unchanged,
)
from pop3lab.stores.journal import NOT_REMOVED
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.listing import Listing
from pop3lab.stores.maildrop_folder import FoundFile, MaildropFolder
from pop3lab.stores.message_cache import CachedMessage, LongMessage, MessageCache
from pop3lab.stores.stuffed_file import MemoryFile, copying, is_worth_a_file

_SENT = 65_536  # octets that are read to be sent: memory for more would be given back each time


def read_pieces(
    folder: MaildropFolder, file: FileIdentity, octets: int = READ_SIZE
) -> Iterator[bytes]:
    """Yield the file's octets, so many at a time.

    Raises StoreFailed, now or later, if it is not the file seen.
    """
    return _pieces(FileIO(folder.open(file)), file, octets)


def _pieces(raw: FileIO, file: FileIdentity, octets: int) -> Iterator[bytes]:
    left = file.octets
    with raw:
        try:
            while (piece := raw.read(min(octets, left + 1))) and len(piece) <= left:
                left -= len(piece)
                yield piece
        except OSError as error:
            raise StoreFailed("the message can't be read") from error
        if piece or left:
            raise StoreFailed("the message has changed since login")
        check_unchanged(raw.fileno(), file.without_ctime())  # it may have been removed meanwhile


def _digesting(pieces: Iterable[bytes], on_digest: Callable[[bytes], None]) -> Iterator[bytes]:
    """Pass pieces on; after the last, call `on_digest` with their SHA-256."""
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    on_digest(digest.digest())


def _then(pieces: Iterator[bytes], done: Callable[[], None]) -> Iterator[bytes]:
    """Pass pieces on, then call `done`."""
    yield from pieces
    done()


_LONG = 1000  # names, which are listed within a millisecond or two

RemoveFiles = Callable[[Collection[FileIdentity]], None]


class FileMaildrop:
    """One session's maildrop. It holds the lock by the folder's descriptors.

    remove: removes all or none of the files, which may have got another ctime since. path: of the
    maildrop, for the operator. on_mismatch: called when a file is not as it was seen.
    """

    def __init__(
        self,
        folder: MaildropFolder,
        listing: Listing,
        cache: MessageCache,
        remove: RemoveFiles,
        path: str,
        *,
        on_mismatch: Callable[[], None],
    ) -> None:
        self._open_folder: MaildropFolder | None = folder
        self._messages = listing.by_uid
        self._cache = cache
        self._remove = remove
        self._path = path
        self._on_mismatch = on_mismatch
        self._opened_ns = time.time_ns()
        self._digests: dict[str, bytes] = {}  # of what was retrieved, as it is sent
        self._confirmed: dict[str, FileIdentity] = {}  # by their texts
        self.snapshot: Snapshot = listing.snapshot

    @property
    def read_waits(self) -> bool:
        """True for a long list of names, if files may have been renamed."""
        folder = self._open_folder
        return folder is not None and len(self._messages) > _LONG and folder.may_be_renamed

    def delete_waits(self, uids: Collection[str]) -> bool:
        """True if there is anything to delete: the disk is flushed."""
        return bool(uids)

    # Reading

    def read(self, uid: str) -> TextOrChunks:
        """Raises StoreFailed, MessageGone."""
        try:
            return self._read(uid)
        except StoreFailed as failure:
            self._on_mismatch()
            try:
                return self._read_anew(uid, failure)
            except OSError as error:
                raise StoreFailed("the message can't be looked at") from error

    def _read_anew(self, uid: str, failure: StoreFailed) -> TextOrChunks:
        if self._is_gone(uid):
            raise MessageGone("the message is gone") from failure
        if uid in self._confirmed or not self._known_digest(uid):
            raise failure
        if self._messages[uid].file.octets > READ_SIZE:
            return self._read_and_compared(uid)  # others wait: it is not read twice
        if not self._is_as_at_login(uid):
            raise failure
        self._confirmed[uid] = self._messages[uid].file.without_ctime()
        return self._read(uid)

    def _read_and_compared(self, uid: str) -> Iterator[bytes]:
        """Read it, and raise StoreFailed at the end if its content has changed."""
        pieces = self._converted(uid, self._messages[uid].file.without_ctime())
        return _digesting(pieces, partial(self._compare, uid))

    def _compare(self, uid: str, digest: bytes) -> None:
        if digest != self._known_digest(uid):
            raise StoreFailed("the message has changed since login")

    def _read(self, uid: str) -> TextOrChunks:
        file = self._file(uid)
        if whole := self._cache.get(file):
            self._check(file)
            return self._noted(uid, whole)
        if file.octets > READ_SIZE:
            return self._long(uid, file)
        text = b"".join(self._converted(uid, file, READ_SIZE))
        return self._noted(uid, self._cache.put(file, MessageText(text)))

    def _long(self, uid: str, file: FileIdentity) -> LongText:
        """Return the text, of which all is found out at the first time it is sent in full.

        At the second time it is put in a file from which the kernel sends it.
        """
        known = self._cache.get_long(file)
        if known is None:
            return self._first_time(uid, file)
        if stuffed := known.stuffed_file:
            self._check(file)
            self._note(uid, known.digest)
            return LongText(self._reread(uid, file), known.dotted, stuffed_file=stuffed)
        pieces = _then(self._converted(uid, file), lambda: self._note(uid, known.digest))
        dotted = known.dotted if known.dotted.complete else DottedLines()
        if not is_worth_a_file(file.octets):
            return LongText(pieces, dotted)

        def on_copied(stuffed: MemoryFile) -> None:
            self._cache.put_long(file, LongMessage(known.digest, dotted, stuffed))

        octets = self._messages[uid].entry.octets
        return LongText(pieces, dotted, on_stuffed=partial(copying, octets=octets, done=on_copied))

    def _first_time(self, uid: str, file: FileIdentity) -> LongText:
        dotted = DottedLines()

        def note(digest: bytes) -> None:
            self._note(uid, digest)
            if not self._is_young(file):
                self._cache.put_long(file, LongMessage(digest, dotted))

        return LongText(_digesting(self._converted(uid, file), note), dotted)

    def _reread(self, uid: str, file: FileIdentity) -> Iterator[bytes]:
        """Open it when the first octets are wanted, as few want any."""
        yield from self._converted(uid, file)

    def _converted(self, uid: str, file: FileIdentity, octets: int = _SENT) -> Iterator[bytes]:
        pieces = read_pieces(self._folder, file, octets)
        if self._messages[uid].entry.octets == file.octets:
            return pieces  # where conversion would add nothing, it need not be done
        return to_crlf(pieces)

    def _noted(self, uid: str, whole: CachedMessage) -> MessageText:
        self._note(uid, whole.digest)
        return whole.text

    def _note(self, uid: str, digest: bytes) -> None:
        self._digests.setdefault(uid, digest)

    def _check(self, file: FileIdentity) -> None:
        try:
            there = self._folder.find(file)
        except OSError as error:
            raise StoreFailed("the message can't be looked at") from error
        if not there:
            raise StoreFailed("the message has changed since login")

    # Comparing with what was there at login

    def _known_digest(self, uid: str) -> bytes | None:
        """Return the digest of what RETR sent, in this session or from memory in another."""
        cached = self._cache.get(self._messages[uid].file)
        return self._digests.get(uid) or (cached.digest if cached else None)

    def _file(self, uid: str) -> FileIdentity:
        return self._confirmed.get(uid) or self._messages[uid].file

    def _is_as_at_login(self, uid: str) -> bool:
        """Raises OSError."""
        file = self._messages[uid].file
        known = self._known_digest(uid)
        if found := self._folder.find(file):
            if not known or (found.file.ctime_ns and not self._is_young(file)):
                return True
        else:
            found = self._folder.find(file.without_ctime()) if known else None
        return found is not None and self._digest(uid, found) == known

    def _is_young(self, file: FileIdentity) -> bool:
        """Tell whether it may have been changed after the listing and still have the same times."""
        return file.ctime_ns > self._opened_ns - TIMESTAMP_RESOLUTION_NS

    def _digest(self, uid: str, found: FoundFile) -> bytes:
        """Return the digest of the message as it would be sent now; empty if it can't be read."""
        digest = sha256()
        try:
            for piece in self._converted(uid, self._messages[uid].file.without_ctime()):
                digest.update(piece)
        except StoreFailed:
            return b""
        return digest.digest()

    def _is_gone(self, uid: str) -> bool:
        """Tell whether nothing is left under its name. Raises OSError."""
        file = self._messages[uid].file
        left = self._folder.inodes(file)
        if not left:
            return True
        key = self._folder.stable_name(file.name)
        others = {
            other.file.inode
            for name, other in self._messages.items()
            if name != uid and self._folder.stable_name(other.file.name) == key
        }
        return set(left) <= others - {file.inode}

    # Deletion and end

    def delete(self, uids: Collection[str]) -> None:
        """Raises StoreFailed."""
        try:
            files = [self._messages[uid].file for uid in uids if self._is_to_go(uid)]
        except OSError as error:
            raise StoreFailed(NOT_REMOVED) from error
        if files:
            self._remove(files)

    def _is_to_go(self, uid: str) -> bool:
        if self._is_as_at_login(uid):
            return True
        if self._is_gone(uid):
            return False
        self._on_mismatch()
        name = self._messages[uid].file.name
        reason = f"{self._path}: {name!r} has changed since login, so nothing was deleted"
        raise StoreFailed(NOT_REMOVED) from ValueError(reason)

    @property
    def _folder(self) -> MaildropFolder:
        assert self._open_folder is not None
        return self._open_folder

    def close(self) -> None:
        """Release the lock."""
        if self._open_folder is not None:
            self._open_folder.close()
            self._open_folder = None
