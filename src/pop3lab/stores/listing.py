"""What a login finds in a maildrop whose messages are files."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.stores.regular import Regular
from pop3lab.stores.unique_ids import digest_uid


class Message(NamedTuple):
    """A file, and how it is listed."""

    file: Regular
    entry: Entry


class Listing:
    """The messages at one login; kept for the next, which may find nothing changed.

    key: of a file's name, see Place. left_out: see Snapshot.
    """

    def __init__(
        self,
        messages: list[Message],
        key: Callable[[str], str],
        left_out: Sequence[str] = (),
    ) -> None:
        self.messages = messages
        self.by_key = {key(message.file.name): message for message in messages}
        self.by_uid = {message.entry.uid: message for message in messages}
        self.snapshot = Snapshot([message.entry for message in messages], left_out)

    def says(self, messages: list[Message], left_out: Sequence[str]) -> bool:
        """Whether it is of these messages, and leaves out the same."""
        return messages == self.messages and left_out == self.snapshot.left_out


def distinct(messages: list[Message]) -> list[Message]:
    """A file seen twice, for it was being renamed, once; with unique-ids that all differ."""
    if len({message.entry.uid for message in messages}) == len(messages):
        return messages
    found: dict[str, Message] = {}
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
