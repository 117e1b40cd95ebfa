"""An mbox file as a maildrop, in harmony with the mail programs of a Debian system."""

import os
import time
from collections.abc import Collection, Iterator
from hashlib import blake2b
from typing import Literal

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import Text
from pop3lab.stores.crlf import to_crlf
from pop3lab.stores.location import AtPath, Location
from pop3lab.stores.mbox_file import MboxFile, open_for_session
from pop3lab.stores.mbox_ids import Occurrences
from pop3lab.stores.mbox_index import Region, index_of
from pop3lab.stores.mbox_locks import locked, locked_by_fcntl
from pop3lab.stores.mbox_rewrite import copy, discard_draft, rewrite
from pop3lab.stores.regular import PIECE, close

_PATIENCE = 5.0  # seconds that other programs get to finish what they do with the file
_LATE = 0.01  # seconds, for a program that waited for the old file's lock to get it

_Identity = tuple[int, int, int, int]


class Mbox:
    """One mbox file, whoever logs in; looked at anew at each login.

    While it is scanned and rewritten, it is locked for other programs by fcntl and by a dotlock;
    during the rest of a session they may append to it. Sessions exclude each other by a flock of
    the file, which other programs of Debian do not use (Policy 11.6).
    Messages are as they are in the file: `>From ` is not unquoted. on_delete: the file is
    rewritten; or left alone, and the messages not shown again by this store.
    place: instead of the path. patience: seconds to wait for other programs. A unique-id is a
    digest, see Occurrences.
    """

    open_waits = True  # for other programs, and while it is scanned

    def __init__(
        self,
        path: str,
        *,
        on_delete: Literal["unlink", "hide"] = "unlink",
        place: Location | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._place = place or AtPath(path)
        self._hide = on_delete == "hide"
        self._patience = patience
        self._occurrences = Occurrences()
        self._hidden: set[str] = set()
        self._identity: _Identity | None = None
        self._regions: list[Region] = []

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed."""
        file = open_for_session(self._place)
        try:
            with locked(file.directory, file.name, file.descriptor, self._patience):
                discard_draft(file)
                regions = self._scanned(file)
        except BaseException as error:
            file.close()
            if isinstance(error, OSError):
                raise StoreFailed("the maildrop can't be read") from error
            raise
        uids = self._occurrences.uids(region.key for region in regions)
        self._hidden.intersection_update(uids)
        return _MboxMaildrop(self, file, dict(zip(uids, regions, strict=True)), self._hidden)

    def _scanned(self, file: MboxFile) -> list[Region]:
        status = os.fstat(file.descriptor)
        identity = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        if identity != self._identity:
            self._regions = index_of(file.descriptor, status.st_size)
            self._identity = identity
        return self._regions

    def remove(
        self, file: MboxFile, messages: dict[str, Region], uids: Collection[str]
    ) -> MboxFile:
        """The file without these messages. Raises StoreFailed."""
        if self._hide:
            self._hidden.update(uids)
            return file
        try:
            return self._rewritten(file, messages, uids)
        except (OSError, MaildropBusy) as error:
            raise StoreFailed("some deleted messages not removed") from error

    def _rewritten(
        self, file: MboxFile, messages: dict[str, Region], uids: Collection[str]
    ) -> MboxFile:
        doomed = {messages[uid] for uid in uids}
        with locked(file.directory, file.name, file.descriptor, self._patience):
            size = os.fstat(file.descriptor).st_size
            regions = list(messages.values())
            new = rewrite(file, size, regions, doomed, lambda: self._occurrences.gone(uids))
        try:
            self._rescue(file, new, size)
        except (OSError, MaildropBusy, StoreFailed):
            close(new.descriptor)
            raise
        close(file.descriptor)
        return new

    def _rescue(self, old: MboxFile, new: MboxFile, size: int) -> None:
        """Bring over what a program appended to the old file, whose lock it was waiting for."""
        time.sleep(_LATE)
        with locked_by_fcntl(old.descriptor, self._patience):
            late = os.fstat(old.descriptor).st_size
            if late <= size:
                return
            with locked(new.directory, new.name, new.descriptor, self._patience):
                os.lseek(new.descriptor, 0, os.SEEK_END)
                copy(old.descriptor, new.descriptor, size, late)
                os.fsync(new.descriptor)


class _MboxMaildrop:
    """Holds the session's lock by the file's descriptor."""

    read_waits = False

    def __init__(
        self, store: Mbox, file: MboxFile, messages: dict[str, Region], hidden: Collection[str]
    ) -> None:
        self._store = store
        self._file: MboxFile | None = file
        self._messages = messages
        shown = [(uid, region) for uid, region in messages.items() if uid not in hidden]
        self.snapshot = Snapshot([Entry(uid, region.octets) for uid, region in shown])

    def delete_waits(self, uids: Collection[str]) -> bool:
        return bool(uids)

    def read(self, uid: str) -> Text | Iterator[bytes]:
        region = self._messages[uid]
        chunks = to_crlf(self._checked(region))
        return chunks if region.end - region.start > PIECE else Text(b"".join(chunks))

    def _checked(self, region: Region) -> Iterator[bytes]:
        """The message as it is in the file; raises StoreFailed at the end if it was another."""
        digest = blake2b(digest_size=16)
        at = region.start
        try:
            while at < region.end:
                piece = os.pread(self._descriptor, min(PIECE, region.end - at), at)
                if not piece:
                    break
                digest.update(piece)
                yield piece[max(0, region.text - at) : max(0, region.stop - at)]
                at += len(piece)
        except OSError as error:
            raise StoreFailed("the message can't be read") from error
        if digest.digest() != region.digest:
            raise StoreFailed("the message has changed since login")

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            raise StoreFailed("the maildrop is closed")
        return self._file.descriptor

    def delete(self, uids: Collection[str]) -> None:
        assert self._file is not None
        if uids:
            self._file = self._store.remove(self._file, self._messages, uids)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
