"""Maildrops in the place of others, and those that a session itself puts there."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterator
from itertools import chain

from pop3lab.core.errors import NeedsUTF8
from pop3lab.core.events import Event, MessageRead, MessagesDeleted
from pop3lab.core.maildrop import Maildrop, TextOrChunks
from pop3lab.core.text import LongText, MessageText, cut_top


class MaildropWrapper:
    """A maildrop that does what the inner one does; subclasses do some of it otherwise."""

    def __init__(self, inner: Maildrop) -> None:
        self.inner = inner
        self.snapshot = inner.snapshot

    @property
    def read_waits(self) -> bool:
        """As the inner one says."""
        return self.inner.read_waits

    def delete_waits(self, uids: Collection[str]) -> bool:
        """As the inner one says."""
        return self.inner.delete_waits(uids)

    def read(self, uid: str) -> TextOrChunks:
        """Return the octets, as the inner one does."""
        return self.inner.read(uid)

    def delete(self, uids: Collection[str]) -> None:
        """Remove the messages from the inner one."""
        self.inner.delete(uids)

    def close(self) -> None:
        """Release the lock of the inner one."""
        self.inner.close()


class EventingMaildrop(MaildropWrapper):
    """Emits events of what is read, once emits is true, and of what is deleted.

    deleted: how many messages are gone.
    """

    def __init__(self, maildrop: Maildrop, session: int, emit: Callable[[Event], None]) -> None:
        super().__init__(maildrop)
        self._session = session
        self._emit = emit
        self.emits = False
        self.deleted = 0

    def read(self, uid: str) -> TextOrChunks:
        """Return the octets, and emit the event that they are read."""
        text = self.inner.read(uid)
        if self.emits:
            self._emit(MessageRead(self._session, uid))
        return text

    def delete(self, uids: Collection[str]) -> None:
        """Remove the messages, and emit the event that says which."""
        self.inner.delete(uids)
        self.deleted += len(uids)
        if uids:
            self._emit(MessagesDeleted(self._session, tuple(uids)))


# Messages with UTF-8 in their headers, and clients without UTF8 (RFC 6856 section 2.1).

_MOST = 1_048_576  # octets of a header, about; a message may have no end of it


class Utf8HeaderFilter(MaildropWrapper):
    """A maildrop that refuses to read such messages. The bodies may have any octets.

    withheld: whether it does so now; asked for each such message.
    """

    def __init__(self, maildrop: Maildrop, withheld: Callable[[], bool]) -> None:
        super().__init__(maildrop)
        self._withheld = withheld

    def read(self, uid: str) -> TextOrChunks:
        """Return the octets. Raises NeedsUTF8."""
        chunks = self.inner.read(uid)
        known = self.snapshot.utf8_headers
        if uid not in known:
            known[uid], chunks = _judged(chunks)
        if known[uid] and self._withheld():
            raise NeedsUTF8("the message has a UTF-8 header: say UTF8 before you log in")
        return chunks


def _judged(chunks: TextOrChunks) -> tuple[bool, TextOrChunks]:
    """Return whether the header has UTF-8, and the same text."""
    if isinstance(chunks, MessageText):
        return _has_utf8(cut_top(chunks, 0)), chunks
    seen: list[bytes] = []
    utf8 = _has_utf8(cut_top(_noted(chunks, seen), 0))
    if isinstance(chunks, LongText):
        chunks.put_back(seen)
        return utf8, chunks
    return utf8, chain(seen, chunks)


def _noted(chunks: Iterator[bytes], seen: list[bytes]) -> Iterator[bytes]:
    """The first of them, which are kept."""
    left = _MOST
    while left > 0 and (chunk := next(chunks, None)) is not None:
        seen.append(chunk)
        left -= len(chunk)
        yield chunk


def _has_utf8(header: Iterator[bytes]) -> bool:
    """Other octets than UTF-8 are no case for RFC 6856: they go out as they are."""
    decode = getincrementaldecoder("utf-8")().decode
    ascii_only = True
    try:
        for chunk in header:
            ascii_only = decode(chunk).isascii() and ascii_only
        decode(b"", True)
    except UnicodeDecodeError:
        return False
    return not ascii_only
