"""Stores whose messages are files: what folders and Maildirs have in common."""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

from pop3lab.core.errors import MaildropBusy, MaildropDamaged, NotWanted, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores import journal
from pop3lab.stores.file_identity import FileIdentity, close_all
from pop3lab.stores.file_maildrop import FileMaildrop
from pop3lab.stores.folder_changes import FolderChanges, KnownListing
from pop3lab.stores.journal import JOURNAL_NAME, JournalDamaged
from pop3lab.stores.lister import Lister, by_key
from pop3lab.stores.listing import Listing
from pop3lab.stores.location import Location
from pop3lab.stores.long_work import exempt_from_collections, without_full_collections
from pop3lab.stores.maildrop_folder import MaildropFolder
from pop3lab.stores.message_cache import MessageCache
from pop3lab.stores.posix import fcntl

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

_FEW = 100  # messages: looking at so few takes no time
_VERY_MANY = 10_000  # messages: a garbage collection of so many holds others up
_OWN = ".pop3lab-"  # begins the names of journals and marks
_TRIES = 5  # to list what changes meanwhile

# What is looked at while other sessions wait.
_SMALL = 1000  # messages of a maildrop
_FEW_NAMES = 16
_SHORT = READ_SIZE // 4  # octets of a message that is read


def _is_own(name: str) -> bool:
    """Tell whether a name, perhaps in a folder of a Maildir, says what is still to be deleted."""
    return name.rpartition("/")[2].startswith(_OWN)


class FileStore:
    """One maildrop for whoever logs in. What has changed is looked at, at each login.

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
        self._path = str(location)
        self._make_folder = open_folder
        self._on_delete = on_delete
        self._lister = Lister(verbatim=verbatim, uid=uid)
        self._is_listed = False  # it was, once
        self._known: KnownListing | None = None
        self._notice = ""  # for the operator, with the next login
        self._cache = MessageCache()

    open_waits = True  # where there is something to list, or to read

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed, MaildropDamaged, NotWanted."""
        opened = self._opened(lambda *seen: self._current(*seen) or self._listed(seen[0]))
        assert opened
        return opened

    def path_of(self, user: str) -> str:
        """Return the path of the maildrop."""
        return self._path

    def open_at_once(self, user: str) -> Maildrop | None:
        """Open at once if nothing, or very little, has changed since the last login.

        Raises as open does.
        """
        if self._known is None:
            return None
        return self._opened(partial(self._current, at_once=True))

    def _opened(
        self, find: Callable[[MaildropFolder, os.stat_result], Listing | None]
    ) -> Maildrop | None:
        """Lock the folder, and return the maildrop as it is found; None if it is not."""
        root = _open_locked_folder(self._location)
        folder = None
        try:
            status = os.fstat(root)
            folder = self._make_folder(root, self._location.owner(status))
            if listing := find(folder, status):
                return self._maildrop(folder, listing)
        except BaseException as error:
            if folder:
                folder.close()  # whatever went wrong, the lock must not stay
            else:
                close_all(root)
            if isinstance(error, OSError):
                raise StoreFailed("the maildrop can't be read") from error
            raise
        folder.close()
        return None

    def _maildrop(self, folder: MaildropFolder, listing: Listing) -> Maildrop:
        remove = partial(self._hide if self._on_delete == "hide" else self._unlink, folder)
        maildrop = FileMaildrop(
            folder, listing, self._cache, remove, self._path, on_mismatch=self._forget
        )
        if self._notice:
            told, self._notice = self._notice, ""
            there = maildrop.snapshot
            maildrop.snapshot = Snapshot(there.entries, [*there.left_out, told])
        return maildrop

    def _forget(self) -> None:
        """Forget the listing: there was a change that was not reported."""
        self._known = None

    # What is known from the last login

    def _current(
        self,
        folder: MaildropFolder,
        status: os.stat_result,
        *,
        at_once: bool = False,
        in_use: bool = False,
    ) -> Listing | None:
        """Return the last login's listing with what has changed; None if all is to be listed.

        at_once: or if that may take long. in_use: a session has it.
        """
        known = self._known
        if known is None or not known.since.is_of(status):
            return None
        if not known.since.watched:
            many = len(known.listing.messages) > _FEW_NAMES
            far = at_once and many and known.since.cannot_be_watched  # perhaps over a network
            return None if far else self._same_listing(folder, known)
        if not known.take_names():
            self._known = None
            return None
        if not (known.names or known.linked):
            return known.listing
        if at_once and self._takes_long(folder, known):
            return None
        return self._caught_up(folder, known, in_use=in_use)

    def _caught_up(
        self, folder: MaildropFolder, known: KnownListing, *, in_use: bool
    ) -> Listing | None:
        self._look_at_linked(folder, known)
        for _ in range(_TRIES):
            if not self._update(folder, known, in_use=in_use) or not known.take_names():
                self._known = None
                return None
            if not known.names:
                break  # else what goes on changing is looked at at the next login
        return known.listing

    def _update(self, folder: MaildropFolder, known: KnownListing, *, in_use: bool) -> bool:
        """Look at the names that have changed. Return False if all is to be listed again."""
        names = frozenset(known.names)
        if not names:
            return True
        if any(map(_is_own, names)) and self._recovered(folder):
            return False
        with without_full_collections():
            listing = self._lister.list_changed(folder, known.listing, names, in_use=in_use)
            if listing is None:
                return False
            _prepare(listing.snapshot)
        known.listing = listing
        known.linked = known.linked | folder.linked
        known.names -= names
        return True

    def _takes_long(self, folder: MaildropFolder, known: KnownListing) -> bool:
        if len(known.linked) > _FEW or len(known.names) > _FEW_NAMES:
            return True
        if known.names and len(known.listing.messages) > _SMALL:
            return True
        for name in known.names:
            file = folder.look(name) if folder.locate(name) else None
            if _is_own(name) or (file and file.octets > _SHORT):
                return True
        return False

    def _look_at_linked(self, folder: MaildropFolder, known: KnownListing) -> None:
        """Look at files that can be written under a name elsewhere, which is not reported."""
        by_key = known.listing.by_key
        for name in known.linked:
            message = by_key.get(folder.stable_name(name))
            if message and message.file.name == name and folder.look(name) != message.file:
                known.names.add(name)
        known.linked = folder.linked

    def _same_listing(self, folder: MaildropFolder, known: KnownListing) -> Listing | None:
        """Return the listing of few files, that are not watched yet, if none has changed."""
        self._known = None  # until they have been looked at, which is after they are watched
        self._watch(known.since, folder)
        if not known.since.same_times(folder.parts):
            return None
        files = [message.file for message in known.listing.messages]
        if not all(folder.identify(file.name) == file for file in files):
            return None
        known.linked = folder.linked
        self._known = known
        return known.listing

    # Listing all

    def _listed(self, folder: MaildropFolder) -> Listing:
        self._known = None
        try:
            since = FolderChanges(folder.parts)
        except OSError as error:
            reason = OSError(
                error.errno, error.strerror, f"{self._location}/{error.filename or ''}"
            )
            raise StoreFailed("the maildrop can't be opened") from reason
        gone = self._recovered(folder)
        before = self._lister.last
        with without_full_collections():
            names = self._names_since(since, folder, gone)
            listing = self._lister.list_all(folder, names)
            _prepare(listing.snapshot)
            if len(names) > _VERY_MANY and listing is not before:
                exempt_from_collections()
        self._is_listed = True
        since.keep_names(len(names) // 4)
        complete = not gone and not listing.snapshot.left_out
        few = len(names) == len(listing.messages) <= _FEW  # else one may become a message
        if complete and (since.watched or (few and since.same_times(folder.parts))):
            self._known = KnownListing(listing, since, folder.linked)
        return listing

    def _names_since(
        self, since: FolderChanges, folder: MaildropFolder, gone: Collection[str]
    ) -> list[str]:
        """Return the names. Watch the folders before listing them.

        The first time that is done only if there are many: it takes long to begin watching.
        """
        if self._is_listed:
            self._watch(since, folder)
        names = self._names(folder, gone)
        if self._is_listed or len(names) <= _FEW:
            return names
        self._watch(since, folder)
        return self._names(folder, gone)

    def _watch(self, since: FolderChanges, folder: MaildropFolder) -> None:
        if why_not := since.watch(folder.parts):
            self._notice = f"{self._location}: {why_not}"

    def _names(self, folder: MaildropFolder, gone: Collection[str]) -> list[str]:
        names = folder.names()
        if gone:
            gone_keys = {folder.stable_name(name) for name in gone}
            names = [name for name in names if folder.stable_name(name) not in gone_keys]
        return names

    def _recovered(self, folder: MaildropFolder) -> frozenset[str]:
        try:
            return journal.recover_deletion(folder)
        except JournalDamaged as damage:
            path = f"{self._location}/{JOURNAL_NAME}"
            told = f"{path} {damage}: nothing was done by it; remove it, and log in again"
            raise MaildropDamaged("the maildrop can't be opened") from ValueError(told)

    # Listing without a login

    def look_at_once(self) -> Callable[[str], Sequence[Entry]] | None:
        """List what the last login has found if nothing has changed since; else None."""
        known = self._known
        if known is None or known.names or known.linked or not known.since.nothing_changed():
            return None
        with suppress(OSError):
            status = self._location.stat()
            if status and known.since.is_of(status):
                entries = known.listing.snapshot.entries
                return lambda user: entries
        return None

    def look(self) -> Callable[[str], Sequence[Entry]] | None:
        """List what is there now as open would, without a lock and without removing anything.

        None if it can't be read: to call it empty would be untrue.
        """
        if listed := self.look_at_once():
            return listed
        try:
            root = self._location.open()
        except OSError:
            return None
        try:
            status = os.fstat(root)
            folder = self._make_folder(root, self._location.owner(status))
        except OSError:
            close_all(root)
            return None
        try:
            entries = self._looked(folder, status).snapshot.entries
        except (OSError, NotWanted, JournalDamaged):
            return None
        finally:
            folder.close()
        return lambda user: entries

    def _looked(self, folder: MaildropFolder, status: os.stat_result) -> Listing:
        known = self._known
        times_only = known and known.since.is_of(status) and not known.since.watched
        if known and times_only and (listing := self._same_listing(folder, known)):
            return listing
        with without_full_collections():
            names = self._names(folder, journal.pending_deletion(folder))
            return self._lister.list_all(folder, names)

    # Deletion

    def _unlink(self, folder: MaildropFolder, files: Collection[FileIdentity]) -> None:
        journal.remove_files(folder, files, trash=self._on_delete == "trash")
        self._note_removed(folder, ())

    def _hide(self, folder: MaildropFolder, files: Collection[FileIdentity]) -> None:
        now = [folder.identify(file.name) or file for file in files]
        self._lister.hidden.update(by_key(folder, file) for file in now)
        self._note_removed(folder, [file.name for file in now])

    def _note_removed(self, folder: MaildropFolder, names: Collection[str]) -> None:
        """Bring a short listing up to date while the lock is held: the next login need not wait."""
        known = self._known
        if known is None or not known.since.watched:
            self._known = None
            return
        known.names.update(names)
        known.take_names()
        if len(known.listing.messages) > _SMALL:
            return  # others wait for the lock
        with suppress(OSError, StoreFailed, MaildropDamaged, NotWanted):
            self._current(folder, os.fstat(folder.root), in_use=True)


def _prepare(snapshot: Snapshot) -> None:
    """Make what clients ask for first: for very many messages it takes long."""
    if len(snapshot.entries) > _FEW:
        _ = snapshot.octets, snapshot.sizes, snapshot.uids
