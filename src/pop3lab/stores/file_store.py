"""Stores whose messages are files: what folders and Maildirs have in common."""

import fcntl
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

from pop3lab.core.errors import MaildropBusy, MaildropDamaged, NotWanted, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.stores import journal
from pop3lab.stores.file_identity import FileIdentity, close_all
from pop3lab.stores.file_maildrop import (
    FileMaildrop,
    ListedFile,
    Listing,
    RemoveFiles,
    deduplicate,
    read_pieces,
)
from pop3lab.stores.inotify import FolderChanges
from pop3lab.stores.journal import JOURNAL_NAME, JournalDamaged
from pop3lab.stores.line_endings import crlf_octets
from pop3lab.stores.location import Location
from pop3lab.stores.long_work import checkpoint, without_full_collections
from pop3lab.stores.maildrop_folder import MaildropFolder
from pop3lab.stores.message_cache import OCTET_COUNTS, MessageCache

# The lock: one session on a maildrop at a time (RFC 1939 section 4).


def _open_locked_folder(folder: Location) -> int:
    """Open and lock a folder. The lock lasts until the descriptor is closed or its process ends.

    It is on the folder itself, so that nothing is left behind in it, and excludes other sessions
    of this and other processes. Raises MaildropBusy, StoreFailed.
    """
    try:
        descriptor = folder.open()
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        close_all(descriptor)
        if isinstance(error, BlockingIOError):
            raise MaildropBusy("maildrop is in use by another session") from error
        raise StoreFailed("the maildrop can't be locked") from error
    return descriptor


OnDelete = Literal["unlink", "hide", "trash"]

_FEW = 100  # messages: looking at so few costs less than watching them
_FOREIGN = "it has several names, and another owner than the folder"
_NAMED = 20  # messages left out are named; more are counted


class _CachedListing(NamedTuple):
    listing: Listing
    since: FolderChanges


class FileStore:
    """One maildrop for whoever logs in, read anew at each login.

    location: of the folder that is locked. open_folder: makes a MaildropFolder of a descriptor and
    of the only user who may have files with several names there.
    verbatim: messages are sent octet for octet, whatever their line ends. uid: makes a unique-id
    of the stable part of a name. on_delete: files are unlinked; or left alone and not shown again
    by this store, until the process ends; or moved into the folder's trash.
    """

    def __init__(
        self,
        location: Location,
        open_folder: Callable[[int, int | None], MaildropFolder],
        *,
        verbatim: bool,
        uid: Callable[[str], str],
        on_delete: OnDelete,
    ) -> None:
        self._location = location
        self._make_folder = open_folder
        self._verbatim = verbatim
        self._uid = uid
        self._on_delete = on_delete
        self._hidden: set[FileIdentity] = set()  # by their keys as names
        self._last = Listing([], str)
        self._known: _CachedListing | None = None
        self._cache = MessageCache()

    open_waits = True  # where there is something to list, or to read

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed, MaildropDamaged, NotWanted."""
        with self._opened_folder() as folder:
            listing = self._unchanged(folder) or self._listed(folder)
            return self._maildrop(folder, listing)

    def open_at_once(self, user: str) -> Maildrop | None:
        """Open at once if nothing has changed since the last login. Raises as open does."""
        if self._known is None:
            return None
        with self._opened_folder() as folder:
            if listing := self._unchanged(folder):
                return self._maildrop(folder, listing)
            folder.close()
            return None

    @contextmanager
    def _opened_folder(self) -> Iterator[MaildropFolder]:
        folder = self._open_folder()
        try:
            yield folder
        except BaseException as error:
            folder.close()  # whatever went wrong, the lock must not stay
            if isinstance(error, OSError):
                raise StoreFailed("the maildrop can't be read") from error
            raise

    def _maildrop(self, folder: MaildropFolder, listing: Listing) -> Maildrop:
        remove, called = self._remover(folder), str(self._location)
        return FileMaildrop(folder, listing, self._cache, remove, called, on_mismatch=self._forget)

    def _forget(self) -> None:
        """Forget the listing: there was a change that was not reported."""
        self._known = None

    def _unchanged(self, folder: MaildropFolder) -> Listing | None:
        """Return the last login's listing if nothing has changed.

        Few files are looked at, many are watched: it takes about as long for a thousand as for ten.
        """
        known = self._known
        if known is None or not known.since.nothing_changed(_folders(folder)):
            return None
        files = () if known.since.watched else [message.file for message in known.listing.messages]
        return known.listing if all(folder.identify(file.name) == file for file in files) else None

    def _listed(self, folder: MaildropFolder) -> Listing:
        self._known = None
        gone = self._recovered(folder)
        since = FolderChanges(_folders(folder))
        with without_full_collections():
            names = self._names_since(since, folder, gone)
            listing = self._last = self._listing(folder, names)
            _prepare(listing.snapshot)
        complete = not gone and not listing.snapshot.left_out
        few = len(names) == len(listing.messages) <= _FEW  # else one may become a message
        if complete and (few or since.watched) and since.nothing_changed(_folders(folder)):
            self._known = _CachedListing(listing, since)
        return listing

    def look(self) -> Callable[[str], Sequence[Entry]] | None:
        """List what is there now as open would, without a lock and without removing anything.

        None if it can't be read: to call it empty would be untrue.
        """
        try:
            root = self._location.open()
        except OSError:
            return None
        try:
            folder = self._make_folder(root, self._location.owner(root))
        except OSError:
            close_all(root)
            return None
        try:
            entries = self._looked(folder).snapshot.entries
        except (OSError, NotWanted, JournalDamaged):
            return None
        finally:
            folder.close()
        return lambda user: entries

    def _looked(self, folder: MaildropFolder) -> Listing:
        if listing := self._unchanged(folder):
            return listing
        with without_full_collections():
            return self._listing(folder, self._names(folder, journal.pending_deletion(folder)))

    def _open_folder(self) -> MaildropFolder:
        root = _open_locked_folder(self._location)
        try:
            return self._make_folder(root, self._location.owner(root))
        except OSError as error:
            close_all(root)
            path = f"{self._location}/{error.filename or ''}"
            reason = OSError(error.errno, error.strerror, path)
            raise StoreFailed("the maildrop can't be opened") from reason

    def _recovered(self, folder: MaildropFolder) -> frozenset[str]:
        try:
            return journal.recover_deletion(folder)
        except JournalDamaged as damage:
            path = f"{self._location}/{JOURNAL_NAME}"
            told = f"{path} {damage}: nothing was done by it; remove it, and log in again"
            raise MaildropDamaged("the maildrop can't be opened") from ValueError(told)

    def _names_since(
        self, since: FolderChanges, folder: MaildropFolder, gone: Collection[str]
    ) -> list[str]:
        """Return the names; if they are many, watch the folders before listing them."""
        many = len(self._last.messages) > _FEW
        if many:
            since.watch(_folders(folder))
        names = self._names(folder, gone)
        if many or len(names) <= _FEW:
            return names
        since.watch(_folders(folder))
        return self._names(folder, gone)

    def _names(self, folder: MaildropFolder, gone: Collection[str]) -> list[str]:
        names = folder.names()
        if gone:
            gone_keys = {folder.stable_name(name) for name in gone}
            names = [name for name in names if folder.stable_name(name) not in gone_keys]
        return names

    def _listing(self, folder: MaildropFolder, names: Sequence[str]) -> Listing:
        left_out: list[str] = []
        files = self._files(folder, names, left_out)
        if self._hidden:
            keyed = [_by_key(folder, file) for file in files]
            files = [
                file for file, key in zip(files, keyed, strict=True) if key not in self._hidden
            ]
            self._hidden.intersection_update(keyed)
        found = [self._message(folder, file, left_out) for file in files]
        messages = deduplicate([message for message in found if message])
        told = left_out[:_NAMED]
        if more := len(left_out) - len(told):
            told.append(f"{self._location}: {more} more messages are left out")
        if self._last.matches(messages, told):
            return self._last
        return Listing(messages, folder.stable_name, told)

    def _files(
        self, folder: MaildropFolder, names: Iterable[str], left_out: list[str]
    ) -> list[FileIdentity]:
        """Return the regular files. Raises NotWanted."""
        files = []
        for name in names:
            try:
                if file := folder.identify(name):
                    files.append(file)
                elif folder.is_foreign_hard_link(name):
                    left_out.append(self._left_out(name, _FOREIGN))
            except OSError as error:
                left_out.append(self._left_out(name, f"{error}"))
            checkpoint()
        return files

    def _left_out(self, name: str, why: str) -> str:
        return f"{self._location}: {name!r} is left out: {why}"

    def _message(
        self, folder: MaildropFolder, file: FileIdentity, left_out: list[str]
    ) -> ListedFile | None:
        """Return the message; None if it can't be read, as its size is not known then."""
        key = folder.stable_name(file.name)
        known = self._last.by_key.get(key)
        if known and known.file == file:
            return known
        if known and known.file.name != file.name and _is_renamed(known.file, file):
            return known._replace(file=file)
        try:
            octets = file.octets if self._verbatim else _octets_sent(folder, file)
        except StoreFailed as failure:
            if folder.inodes(file):  # else it has just gone
                left_out.append(self._left_out(file.name, f"{failure.__cause__ or failure}"))
            return None
        return ListedFile(file, Entry(self._uid(key), octets))

    def _remover(self, folder: MaildropFolder) -> RemoveFiles:
        if self._on_delete == "hide":
            return lambda files: self._hide(folder, files)
        return lambda files: journal.remove_files(folder, files, trash=self._on_delete == "trash")

    def _hide(self, folder: MaildropFolder, files: Collection[FileIdentity]) -> None:
        now = [folder.identify(file.name) or file for file in files]
        self._hidden.update(_by_key(folder, file) for file in now)
        gone = {(folder.stable_name(file.name), file.inode) for file in files}
        shown = [
            message
            for message in self._last.messages
            if (folder.stable_name(message.file.name), message.file.inode) not in gone
        ]
        self._last = Listing(shown, folder.stable_name, self._last.snapshot.left_out)
        self._known = None


def _folders(folder: MaildropFolder) -> list[int]:
    """Return all folders in which a change matters."""
    return [*{folder.root: None, **dict.fromkeys(folder.folders)}]


def _prepare(snapshot: Snapshot) -> None:
    """Make what clients ask for first: for very many messages it takes long."""
    if len(snapshot.entries) > _FEW:
        _ = snapshot.octets, snapshot.sizes, snapshot.uids


def _octets_sent(folder: MaildropFolder, file: FileIdentity) -> int:
    """Count what RETR sends. Raises StoreFailed, NotWanted."""
    return OCTET_COUNTS.get(folder.root, file, lambda: crlf_octets(read_pieces(folder, file)))


def _is_renamed(known: FileIdentity, file: FileIdentity) -> bool:
    return known.without_ctime()[1:] == file.without_ctime()[1:]


def _by_key(folder: MaildropFolder, file: FileIdentity) -> FileIdentity:
    """Key a file by its stable name; without ctime if that is not the whole name."""
    key = folder.stable_name(file.name)
    return file if key == file.name else file.without_ctime()._replace(name=key)
