"""The messages that a login finds, and how they change until the next."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.stores.file_identity import FileIdentity
from pop3lab.stores.unique_ids import digest_uid

_T = TypeVar("_T")


class ListedFile(NamedTuple):
    """A message: its file, and its entry in the snapshot."""

    file: FileIdentity
    entry: Entry


class Edit(NamedTuple):
    """A change at one place of a listing: the message there goes, one comes, or takes its place."""

    place: int
    goes: ListedFile | None
    comes: ListedFile | None

    @property
    def name(self) -> str:
        """The name of its file."""
        message = self.comes or self.goes
        assert message
        return message.file.name


class Listing:
    """The messages at one login, kept for the next, which may find nothing changed.

    key: the stable part of a file's name. left_out: see Snapshot.
    """

    def __init__(
        self,
        messages: Sequence[ListedFile],
        key: Callable[[str], str],
        left_out: Sequence[str] = (),
    ) -> None:
        self.messages = messages
        self.by_key = {key(message.file.name): message for message in messages}
        self.by_uid = {message.entry.uid: message for message in messages}
        self.snapshot = Snapshot([message.entry for message in messages], left_out)

    def matches(self, messages: Sequence[ListedFile], left_out: Sequence[str]) -> bool:
        """Tell whether it lists these messages and leaves out the same."""
        return messages == self.messages and left_out == self.snapshot.left_out

    @property
    def keys_differ(self) -> bool:
        """Whether no two files have the same key, so that it tells one from all others."""
        return len(self.by_key) == len(self.messages)

    def edit(self, key: str, comes: ListedFile | None, order: Callable[[str], Any]) -> Edit | None:
        """Return the edit after which a message of this key is this one; None if that can't be.

        order: the sort key of a file's name.
        """
        goes = self.by_key.get(key)
        named = comes or goes
        if named is None:
            return None
        place = bisect_left(self.messages, order(named.file.name), key=lambda m: order(m.file.name))
        if goes and self.messages[place : place + 1] != [goes]:
            return None
        if comes and not goes and comes.entry.uid in self.by_uid:
            return None
        return Edit(place, goes, comes)

    def edited(
        self, edits: Mapping[str, Edit], order: Callable[[str], Any], *, in_use: bool
    ) -> "Listing | None":
        """Return the listing after edits by key; None if two messages would have one unique-id.

        It takes far less time than to make it anew. in_use: a session has this one. Else it is not
        to be used any more, but for its snapshot.
        """
        listing = object.__new__(Listing)
        listing.by_key = dict(self.by_key) if in_use else self.by_key
        listing.by_uid = dict(self.by_uid) if in_use else self.by_uid
        for key, (_, goes, comes) in edits.items():
            if goes:
                del listing.by_key[key], listing.by_uid[goes.entry.uid]
            if comes:
                listing.by_key[key] = listing.by_uid[comes.entry.uid] = comes
        in_order = sorted(edits.values(), key=lambda edit: order(edit.name))
        listing.messages = _edited(self.messages, in_order, lambda message: message)
        entries = _edited(self.snapshot.entries, in_order, lambda message: message.entry)
        listing.snapshot = self.snapshot.edited(entries)
        return listing if len(listing.by_uid) == len(entries) else None


def _edited(
    before: Sequence[_T], edits: Iterable[Edit], part: Callable[[ListedFile], _T]
) -> list[_T]:
    after: list[_T] = []
    at = 0
    for place, goes, comes in edits:
        after += before[at:place]
        if comes:
            after.append(part(comes))
        at = place + 1 if goes else place
    after += before[at:]
    return after


def deduplicate(messages: list[ListedFile]) -> list[ListedFile]:
    """Drop the second of a file that was seen twice, while renamed; make all unique-ids differ."""
    if len({message.entry.uid for message in messages}) == len(messages):
        return messages
    found: dict[str, ListedFile] = {}
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
