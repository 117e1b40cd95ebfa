"""The mbox store: an mbox file as a maildrop, and a session on it."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import IO, Literal

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import MaildropBusy, MessageGone, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import MessageText
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.delivery import delivery_errors
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.location import Location, PathLocation
from pop3lab.stores.mbox.append import append_message, from_line, quoted
from pop3lab.stores.mbox.file import (
    MboxFile,
    appended_after,
    contains_only,
    open_for_delivery,
    open_for_session,
)
from pop3lab.stores.mbox.index import Region, index_mbox
from pop3lab.stores.mbox.locking import lock_mbox
from pop3lab.stores.mbox.rewrite import recover_mbox, remove_spans
from pop3lab.stores.mbox.truncation import OctetSpan
from pop3lab.stores.mbox.unique_ids import (
    KeyNumbers,
    apply_removal,
    assign_uids,
    format_removal,
    load_numbers,
    store_numbers,
)

_PATIENCE = 5.0  # seconds that other programs get to finish with the file
_GLANCE = 4_194_304  # octets that are searched while others wait
_TRIES = 5  # to open a file that is being replaced

_Identity = tuple[int, int, int, int, int]


class MboxStore:
    """One mbox file for whoever logs in, read anew at each login.

    While it is scanned and rewritten, it is locked for other programs by fcntl and by a dotlock;
    during the rest of a session they may append to it. Sessions exclude each other by flock, which
    other programs of Debian do not use (Policy 11.6).
    Messages are sent as they are in the file: `>From ` is not unquoted. on_delete: the file is
    rewritten in place; or left alone, and the messages not shown again by this store.
    location: instead of the path. patience: seconds to wait for other programs. A unique-id is a
    digest, see mbox.unique_ids.
    """

    open_waits = True  # other programs are waited for, and the file is scanned

    def __init__(
        self,
        path: str,
        *,
        on_delete: Literal["unlink", "hide"] = "unlink",
        location: Location | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._location = location or PathLocation(path)
        self._hide = on_delete == "hide"
        self._patience = patience
        self._hidden: set[str] = set()
        self._unwritten: dict[str, KeyNumbers] = {}  # that could not be stored beside the file
        self._identity: _Identity | None = None
        self._regions: list[Region] = []

    def path_of(self, user: str) -> str:
        """Return the path of the maildrop."""
        return str(self._location)

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed."""
        for _ in range(_TRIES):
            file = open_for_session(self._location)
            try:
                if maildrop := self._opened(file):
                    return maildrop
            except BaseException as error:
                file.close()
                if isinstance(error, OSError):
                    raise StoreFailed("the maildrop can't be read") from error
                raise
            file.close()
        raise MaildropBusy("maildrop is in use by another program")

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Append a message, with `>` before its lines that begin with `From `; return no name.

        Raises as DeliveringStore says.
        """
        from tempfile import SpooledTemporaryFile  # only where mail comes in

        # The locks must not wait for whoever sends the message.
        with delivery_errors(), SpooledTemporaryFile(READ_SIZE) as text:
            text.writelines(quoted(message))
            for _ in range(_TRIES):
                file = open_for_delivery(self._location)
                try:
                    if self._appended(file, from_line(envelope.sender), text):
                        return ""
                finally:
                    file.close()
        raise MaildropBusy("maildrop is in use by another program")

    def _appended(self, file: MboxFile, first_line: bytes, text: IO[bytes]) -> bool:
        """Append; False if the file was replaced while waiting for its locks."""
        with lock_mbox(file.directory, file.name, file.descriptor, self._patience):
            if not file.is_there():
                return False
            recover_mbox(file)
            append_message(file, first_line, text)
        return True

    def _opened(self, file: MboxFile) -> Maildrop | None:
        """Open the file; None if it was replaced while waiting for its locks."""
        with lock_mbox(file.directory, file.name, file.descriptor, self._patience):
            if not file.is_there():
                return None
            recover_mbox(file)
            regions = self._scanned(file)
            messages = [region for region in regions if not region.internal]
            known = self._known(file)
            uids, now = assign_uids((region.key for region in messages), known)
            if now != known or self._unwritten:
                self._keep(file, now)
        self._hidden.intersection_update(uids)
        by_uid = dict(zip(uids, messages, strict=True))
        return _MboxMaildrop(self, file, regions, by_uid, self._hidden)

    def _scanned(self, file: MboxFile) -> list[Region]:
        status = os.fstat(file.descriptor)
        times = status.st_mtime_ns, status.st_ctime_ns
        identity = status.st_dev, status.st_ino, status.st_size, *times
        if identity != self._identity:
            self._regions = index_mbox(file.descriptor, status.st_size)
            self._identity = identity
        return self._regions

    def _known(self, file: MboxFile) -> dict[str, KeyNumbers]:
        return load_numbers(file.directory, file.name) | self._unwritten

    def _keep(self, file: MboxFile, known: dict[str, KeyNumbers]) -> None:
        """Store numbers beside the file; if that can't be, for as long as the process lives."""
        try:
            written = store_numbers(file.directory, file.name, known)
        except OSError:
            written = False
        self._unwritten = {} if written else known

    def remove(
        self,
        file: MboxFile,
        regions: Sequence[Region],
        messages: Mapping[str, Region],
        uids: Collection[str],
    ) -> None:
        """Remove these messages from the file. Raises StoreFailed.

        regions: all that was in the file at login; messages: those that are messages.
        """
        if self._hide:
            self._hidden.update(uids)
            return
        try:
            with lock_mbox(file.directory, file.name, file.descriptor, self._patience):
                self._remove(file, regions, messages, uids)
        except (OSError, MaildropBusy, StoreFailed) as error:
            raise StoreFailed("some deleted messages not removed") from error

    def _remove(
        self,
        file: MboxFile,
        regions: Sequence[Region],
        messages: Mapping[str, Region],
        uids: Collection[str],
    ) -> None:
        there = file.is_there()
        if there:
            recover_mbox(file)
        since = appended_after(file.descriptor, regions) if there else None
        if since is None:
            left = {region.key for region in regions} - {messages[uid].key for uid in uids}
            if contains_only(file.directory, file.name, left):
                return
            raise StoreFailed("the maildrop has been changed by another program")
        known = self._known(file)
        change = format_removal(uids, known)
        size = os.fstat(file.descriptor).st_size
        if not remove_spans(
            file, _spans(regions, [messages[uid] for uid in uids], since), size, change
        ):
            self._keep(file, apply_removal(known, change))


def _spans(regions: Sequence[Region], removed: Collection[Region], since: int) -> list[OctetSpan]:
    """Return the spans to remove, in order; the last message takes what precedes new mail along."""
    spans = [(region.start, region.end) for region in sorted(removed)]
    if spans[-1][1] == regions[-1].end:
        spans[-1] = spans[-1][0], since
    return spans


class _MboxMaildrop:
    """One session's maildrop. It holds the lock by the file's descriptor."""

    read_waits = False

    def __init__(
        self,
        store: MboxStore,
        file: MboxFile,
        regions: Sequence[Region],
        messages: Mapping[str, Region],
        hidden: Collection[str],
    ) -> None:
        self._store = store
        self._file: MboxFile | None = file
        self._regions = regions
        self._messages = messages
        shown = [(uid, region) for uid, region in messages.items() if uid not in hidden]
        self.snapshot = Snapshot([Entry(uid, region.octets) for uid, region in shown])

    def delete_waits(self, uids: Collection[str]) -> bool:
        return bool(uids)

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        region = self._messages[uid]
        chunks = to_crlf(self._checked(region))
        return chunks if region.end - region.start > READ_SIZE else MessageText(b"".join(chunks))

    def _checked(self, region: Region) -> Iterator[bytes]:
        """Yield a message as in the file. Raises StoreFailed at the end if it has changed."""
        digest = blake2b(digest_size=16)
        at = region.start
        try:
            while at < region.end:
                piece = os.pread(self._descriptor, min(READ_SIZE, region.end - at), at)
                if not piece:
                    break
                digest.update(piece)
                yield piece[max(0, region.text - at) : max(0, region.stop - at)]
                at += len(piece)
        except OSError as error:
            raise StoreFailed("the message can't be read") from error
        if digest.digest() != region.digest:
            raise self._changed(region)

    def _changed(self, region: Region) -> StoreFailed:
        """Return what to raise: MessageGone only if nothing is left that might be the message."""
        left = {other.key for other in self._regions} - {region.key}
        try:
            gone = self._file is not None and contains_only(
                self._file.directory, self._file.name, left, at_most=_GLANCE
            )
        except (OSError, StoreFailed):
            gone = False
        if gone:
            return MessageGone("the message is gone")
        return StoreFailed("the message has changed since login")

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            raise StoreFailed("the maildrop is closed")
        return self._file.descriptor

    def delete(self, uids: Collection[str]) -> None:
        assert self._file is not None
        if uids:
            self._store.remove(self._file, self._regions, self._messages, uids)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
