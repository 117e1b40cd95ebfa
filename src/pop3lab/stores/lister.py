"""Lists the files of a maildrop's folder: all of them, or those that have changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Entry
from pop3lab.stores.file_identity import FileIdentity
from pop3lab.stores.file_maildrop import read_pieces
from pop3lab.stores.line_endings import crlf_octets
from pop3lab.stores.listing import Edit, ListedFile, Listing, deduplicate
from pop3lab.stores.long_work import checkpoint
from pop3lab.stores.maildrop_folder import MaildropFolder
from pop3lab.stores.message_cache import OCTET_COUNTS

_FOREIGN = "it has several names, and another owner than the folder"
_NAMED = 20  # messages left out are named; more are counted


class _Unclear(Exception):
    """Looking at what has changed is not enough."""


class Lister:
    """Makes the listings of one maildrop.

    verbatim: messages are sent octet for octet. uid: makes a unique-id
    of the stable part of a name. hidden: files that are not listed, by their keys as names.
    """

    def __init__(self, *, verbatim: bool, uid: Callable[[str], str]) -> None:
        self._verbatim = verbatim
        self._uid = uid
        self.hidden: set[FileIdentity] = set()
        self.last = Listing([], str)  # the latest of all that were made

    def list_all(self, folder: MaildropFolder, names: Sequence[str]) -> Listing:
        """Look at all these names. Raises OSError, NotWanted."""
        left_out: list[str] = []
        files = self._files(folder, names, left_out)
        if self.hidden:
            keyed = [by_key(folder, file) for file in files]
            files = [file for file, key in zip(files, keyed, strict=True) if key not in self.hidden]
            self.hidden.intersection_update(keyed)
        found = [self._message(folder, file, left_out, self._known(folder, file)) for file in files]
        messages = deduplicate([message for message in found if message])
        told = left_out[:_NAMED]
        if more := len(left_out) - len(told):
            told.append(f"{more} more messages are left out")
        if not self.last.matches(messages, told):
            self.last = Listing(messages, folder.stable_name, told)
        return self.last

    def list_changed(
        self, folder: MaildropFolder, listing: Listing, names: Iterable[str], *, in_use: bool
    ) -> Listing | None:
        """Return the listing as it is now, if nothing but these names has changed since.

        None if everything must be looked at. in_use: see Listing.edited. Raises OSError, NotWanted.
        """
        by_keys: dict[str, set[str]] = defaultdict(set)
        for name in names:
            if folder.locate(name):
                by_keys[folder.stable_name(name)].add(name)
            elif folder.is_part(name):
                return None
        try:
            edits = self._edits(folder, listing, by_keys)
        except _Unclear:
            return None
        if not edits:
            return listing
        changed = listing.edited(edits, folder.order, in_use=in_use)
        self.last = changed or self.last
        return changed

    def _edits(
        self, folder: MaildropFolder, listing: Listing, by_keys: Mapping[str, set[str]]
    ) -> dict[str, Edit]:
        """Return what is to change. Both are by keys. Raises OSError, _Unclear, NotWanted."""
        if not listing.keys_differ:
            raise _Unclear
        edits = {}
        for key, names in by_keys.items():
            goes = listing.by_key.get(key)
            comes = self._one(folder, names | {goes.file.name} if goes else names, goes)
            if comes != goes:
                edits[key] = listing.edit(key, comes, folder.order)
            checkpoint()
        if None in edits.values():
            raise _Unclear
        return {key: edit for key, edit in edits.items() if edit}

    def _one(
        self, folder: MaildropFolder, names: set[str], known: ListedFile | None
    ) -> ListedFile | None:
        """Return the message that has one of the names, its octets counted anew; None if none has.

        Raises _Unclear if there are several, or one may be left out, NotWanted, OSError.
        """
        files = [file for name in names if (file := folder.look(name))]
        if not files:
            if self.hidden or any(map(folder.is_foreign_hard_link, names)):
                raise _Unclear
            return None
        file = files[0]
        if by_key(folder, file) in self.hidden:
            return None
        renamed = known if known and _is_renamed(known.file, file) else None
        message = self._message(folder, file, [], renamed)
        if message is None or len(files) > 1:
            raise _Unclear
        return message

    def _known(self, folder: MaildropFolder, file: FileIdentity) -> ListedFile | None:
        known = self.last.by_key.get(folder.stable_name(file.name))
        same = known and (known.file == file or _is_renamed(known.file, file))
        return known if same else None

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
        return f"{name!r} is left out: {why}"

    def _message(
        self,
        folder: MaildropFolder,
        file: FileIdentity,
        left_out: list[str],
        known: ListedFile | None,
    ) -> ListedFile | None:
        """Return the message; None if it can't be read, as its size is not known then.

        known: the same message, perhaps under another name.
        """
        if known:
            return known if known.file == file else known._replace(file=file)
        try:
            octets = file.octets if self._verbatim else _octets_sent(folder, file)
        except StoreFailed as failure:
            if folder.inodes(file):  # else it has just gone
                left_out.append(self._left_out(file.name, f"{failure.__cause__ or failure}"))
            return None
        return ListedFile(file, Entry(self._uid(folder.stable_name(file.name)), octets))


def _octets_sent(folder: MaildropFolder, file: FileIdentity) -> int:
    """Count what RETR sends. Raises StoreFailed, NotWanted."""
    return OCTET_COUNTS.get(folder.root, file, lambda: crlf_octets(read_pieces(folder, file)))


def _is_renamed(known: FileIdentity, file: FileIdentity) -> bool:
    return known.name != file.name and known.without_ctime()[1:] == file.without_ctime()[1:]


def by_key(folder: MaildropFolder, file: FileIdentity) -> FileIdentity:
    """Key a file by its stable name; without ctime if that is not the whole name."""
    key = folder.stable_name(file.name)
    return file if key == file.name else file.without_ctime()._replace(name=key)
