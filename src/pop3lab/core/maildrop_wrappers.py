"""A maildrop that tells what is done with it, whatever the client is told."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterator
from itertools import chain

from pop3lab.core.errors import NeedsUTF8
from pop3lab.core.events import Event, MessageRead, MessagesDeleted
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.text import MessageText, top


class EventingMaildrop:
    """Passes on what is asked of a maildrop, and tells of it once telling is true."""

    def __init__(self, maildrop: Maildrop, session: int, emit: Callable[[Event], None]) -> None:
        self._maildrop = maildrop
        self._session = session
        self._emit = emit
        self.telling = False
        self.snapshot = maildrop.snapshot
        self.delete_waits = maildrop.delete_waits
        self.close = maildrop.close

    @property
    def read_waits(self) -> bool:
        """As the maildrop says."""
        return self._maildrop.read_waits

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        """Its octets."""
        text = self._maildrop.read(uid)
        if self.telling:
            self._emit(MessageRead(self._session, uid))
        return text

    def delete(self, uids: Collection[str]) -> None:
        """Remove them, and tell which."""
        self._maildrop.delete(uids)
        if uids:
            self._emit(MessagesDeleted(self._session, tuple(uids)))


# Messages with UTF-8 in their headers, and clients without UTF8 (RFC 6856 section 2.1).

_MOST = 1_048_576  # octets of a header, about; a message may have no end of it


class Utf8HeaderFilter:
    """A maildrop that refuses to read such messages. The bodies may have any octets.

    withheld: whether it does so now; asked for each such message.
    """

    def __init__(self, maildrop: Maildrop, withheld: Callable[[], bool]) -> None:
        self._maildrop = maildrop
        self._withheld = withheld
        self.snapshot = maildrop.snapshot
        self.delete = maildrop.delete
        self.close = maildrop.close

    @property
    def read_waits(self) -> bool:
        """As the maildrop says."""
        return self._maildrop.read_waits

    def delete_waits(self, uids: Collection[str]) -> bool:
        """As the maildrop says."""
        return self._maildrop.delete_waits(uids)

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        """As the maildrop does. Raises NeedsUTF8."""
        chunks = self._maildrop.read(uid)
        if isinstance(chunks, MessageText):
            self._check(top(chunks, 0))
            return chunks
        seen: list[bytes] = []
        self._check(top(_noted(chunks, seen), 0))
        return chain(seen, chunks)

    def _check(self, header: Iterator[bytes]) -> None:
        if _has_utf8(header) and self._withheld():
            raise NeedsUTF8("the message has a UTF-8 header: say UTF8 before you log in")


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
