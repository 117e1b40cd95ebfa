"""A maildrop whose messages are files: what folders and Maildirs have in common."""

import fcntl
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

from pop3lab.core.errors import MaildropBusy, MaildropDamaged, NotWanted, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.stores import journal
from pop3lab.stores.file_maildrop import FileMaildrop, Listing, Message, Remove, distinct, read_file
from pop3lab.stores.inotify import FolderChanges
from pop3lab.stores.journal import JOURNAL, JournalDamaged
from pop3lab.stores.line_endings import crlf_octets
from pop3lab.stores.location import Location
from pop3lab.stores.long_work import breathe, without_full_collections
from pop3lab.stores.maildrop_folder import MaildropFolder, Regular, close
from pop3lab.stores.message_cache import COUNTS, MessageCache

# One session on a maildrop at a time (RFC 1939 section 4).


def open_locked(folder: Location) -> int:
    """A descriptor of the folder that holds its lock until it is closed, or its process is gone.

    The lock is on the folder itself, so that nothing is left behind in it. It keeps out other
    sessions of this process and of others. Raises MaildropBusy, StoreFailed.
    """
    try:
        descriptor = folder.open()
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        close(descriptor)
        if isinstance(error, BlockingIOError):
            raise MaildropBusy("maildrop is in use by another session") from error
        raise StoreFailed("the maildrop can't be locked") from error
    return descriptor


OnDelete = Literal["unlink", "hide", "trash"]

_FEW = 100  # messages: looking at no more than these costs less than to be told of changes
_ANOTHERS = "it has several names, and another owner than the folder"
_NAMED = 20  # messages that are left out are named, and more are counted


class _Known(NamedTuple):
    listing: Listing
    since: FolderChanges  # it was made


class FileStore:
    """One maildrop, whoever logs in; looked at anew at each login.

    location: of the folder that is locked. opened: makes a descriptor of it, and who alone may have
    files with several names there, the place of the messages.
    as_they_are: messages go out octet for octet, whatever their line ends. uid: makes the lasting
    part of a name a unique-id. on_delete: files are unlinked; or left alone and not shown again by
    this store, until the process ends; or moved into the place's trash.
    """

    def __init__(
        self,
        location: Location,
        opened: Callable[[int, int | None], MaildropFolder],
        *,
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
        self._known: _Known | None = None
        self._kept = MessageCache()

    open_waits = True  # where there is something to list, or to read

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed, MaildropDamaged, NotWanted."""
        with self._opened_place() as place:
            listing = self._unchanged(place) or self._listed(place)
            return self._maildrop(place, listing)

    def open_at_once(self, user: str) -> Maildrop | None:
        """As open does, if nothing has changed since the last login. Raises as open does."""
        if self._known is None:
            return None
        with self._opened_place() as place:
            if listing := self._unchanged(place):
                return self._maildrop(place, listing)
            place.close()
            return None

    @contextmanager
    def _opened_place(self) -> Iterator[MaildropFolder]:
        place = self._place()
        try:
            yield place
        except BaseException as error:
            place.close()  # whatever went wrong, the lock must not stay
            if isinstance(error, OSError):
                raise StoreFailed("the maildrop can't be read") from error
            raise

    def _maildrop(self, place: MaildropFolder, listing: Listing) -> Maildrop:
        remove, called = self._remover(place), str(self._location)
        return FileMaildrop(place, listing, self._kept, remove, called, refused=self._forget)

    def _forget(self) -> None:
        """There was a change that was not told."""
        self._known = None

    def _unchanged(self, place: MaildropFolder) -> Listing | None:
        """What was listed at the last login, if that is what is there now.

        Few files are looked at, many are watched: it takes about as long for a thousand as for ten.
        """
        known = self._known
        if known is None or not known.since.none(_folders(place)):
            return None
        files = () if known.since.watched else [message.file for message in known.listing.messages]
        return known.listing if all(place.look(file.name) == file for file in files) else None

    def _listed(self, place: MaildropFolder) -> Listing:
        self._known = None
        gone = self._recovered(place)
        since = FolderChanges(_folders(place))
        with without_full_collections():
            names = self._names_since(since, place, gone)
            listing = self._last = self._listing(place, names)
            _prepare(listing.snapshot)
        complete = not gone and not listing.snapshot.left_out
        few = len(names) == len(listing.messages) <= _FEW  # else one may become a message
        if complete and (few or since.watched) and since.none(_folders(place)):
            self._known = _Known(listing, since)
        return listing

    def look(self) -> Callable[[str], Sequence[Entry]]:
        """What is there now, as open would list it; no lock is asked for, and nothing removed."""
        try:
            root = self._location.open()
        except OSError:
            return lambda user: ()
        try:
            place = self._opened(root, self._location.owner(root))
        except OSError:
            close(root)
            return lambda user: ()
        try:
            entries = self._looked(place).snapshot.entries
        except (OSError, NotWanted, JournalDamaged):
            entries = ()
        finally:
            place.close()
        return lambda user: entries

    def _looked(self, place: MaildropFolder) -> Listing:
        if listing := self._unchanged(place):
            return listing
        with without_full_collections():
            return self._listing(place, self._names(place, journal.doomed(place)))

    def _place(self) -> MaildropFolder:
        root = open_locked(self._location)
        try:
            return self._opened(root, self._location.owner(root))
        except OSError as error:
            close(root)
            path = f"{self._location}/{error.filename or ''}"
            reason = OSError(error.errno, error.strerror, path)
            raise StoreFailed("the maildrop can't be opened") from reason

    def _recovered(self, place: MaildropFolder) -> frozenset[str]:
        try:
            return journal.recover(place)
        except JournalDamaged as damage:
            path = f"{self._location}/{JOURNAL}"
            told = f"{path} {damage}: nothing was done by it; remove it, and log in again"
            raise MaildropDamaged("the maildrop can't be opened") from ValueError(told)

    def _names_since(
        self, since: FolderChanges, place: MaildropFolder, gone: Collection[str]
    ) -> list[str]:
        """The names; if they are many, watched since before they were listed."""
        many = len(self._last.messages) > _FEW
        if many:
            since.watch(_folders(place))
        names = self._names(place, gone)
        if many or len(names) <= _FEW:
            return names
        since.watch(_folders(place))
        return self._names(place, gone)

    def _names(self, place: MaildropFolder, gone: Collection[str]) -> list[str]:
        names = place.names()
        if gone:
            gone_keys = {place.key(name) for name in gone}
            names = [name for name in names if place.key(name) not in gone_keys]
        return names

    def _listing(self, place: MaildropFolder, names: Sequence[str]) -> Listing:
        left_out: list[str] = []
        files = self._files(place, names, left_out)
        if self._hidden:
            keyed = [_by_key(place, file) for file in files]
            files = [
                file for file, key in zip(files, keyed, strict=True) if key not in self._hidden
            ]
            self._hidden.intersection_update(keyed)
        found = [self._message(place, file, left_out) for file in files]
        messages = distinct([message for message in found if message])
        told = left_out[:_NAMED]
        if more := len(left_out) - len(told):
            told.append(f"{self._location}: {more} more messages are left out")
        if self._last.says(messages, told):
            return self._last
        return Listing(messages, place.key, told)

    def _files(
        self, place: MaildropFolder, names: Iterable[str], left_out: list[str]
    ) -> list[Regular]:
        """Those that are regular files. Raises NotWanted."""
        files = []
        for name in names:
            try:
                if file := place.look(name):
                    files.append(file)
                elif place.is_anothers(name):
                    left_out.append(self._left_out(name, _ANOTHERS))
            except OSError as error:
                left_out.append(self._left_out(name, f"{error}"))
            breathe()
        return files

    def _left_out(self, name: str, why: str) -> str:
        return f"{self._location}: {name!r} is left out: {why}"

    def _message(self, place: MaildropFolder, file: Regular, left_out: list[str]) -> Message | None:
        """None if it can't be read: a size that was not counted is not said."""
        key = place.key(file.name)
        known = self._last.by_key.get(key)
        if known and known.file == file:
            return known
        if known and known.file.name != file.name and _is_renamed(known.file, file):
            return known._replace(file=file)
        try:
            octets = file.octets if self._as_they_are else _octets_sent(place, file)
        except StoreFailed as failure:
            if place.inodes(file):  # else it has just gone
                left_out.append(self._left_out(file.name, f"{failure.__cause__ or failure}"))
            return None
        return Message(file, Entry(self._uid(key), octets))

    def _remover(self, place: MaildropFolder) -> Remove:
        if self._on_delete == "hide":
            return lambda files: self._hide(place, files)
        return lambda files: journal.remove(place, files, trash=self._on_delete == "trash")

    def _hide(self, place: MaildropFolder, files: Collection[Regular]) -> None:
        now = [place.look(file.name) or file for file in files]
        self._hidden.update(_by_key(place, file) for file in now)
        gone = {(place.key(file.name), file.inode) for file in files}
        shown = [
            message
            for message in self._last.messages
            if (place.key(message.file.name), message.file.inode) not in gone
        ]
        self._last = Listing(shown, place.key, self._last.snapshot.left_out)
        self._known = None


def _folders(place: MaildropFolder) -> list[int]:
    """All in which something may change that matters."""
    return [*{place.root: None, **dict.fromkeys(place.folders)}]


def _prepare(snapshot: Snapshot) -> None:
    """What clients ask for first takes long to make for very many messages."""
    if len(snapshot.entries) > _FEW:
        _ = snapshot.octets, snapshot.sizes, snapshot.uids


def _octets_sent(place: MaildropFolder, file: Regular) -> int:
    """Raises StoreFailed, NotWanted."""
    return COUNTS.of(place.root, file, lambda: crlf_octets(read_file(place, file)))


def _is_renamed(known: Regular, file: Regular) -> bool:
    return known.but_for_ctime()[1:] == file.but_for_ctime()[1:]


def _by_key(place: MaildropFolder, file: Regular) -> Regular:
    """The ctime does not count where names may change."""
    key = place.key(file.name)
    return file if key == file.name else file.but_for_ctime()._replace(name=key)
