"""A maildrop that tells what is done with it, whatever the client is told."""

from collections.abc import Callable, Collection, Iterator

from pop3lab.core.events import Deleted, Event, Read
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.text import Text


class Told:
    """Passes on what is asked of a maildrop, and tells of it once telling is true."""

    def __init__(self, maildrop: Maildrop, session: int, tell: Callable[[Event], None]) -> None:
        self._maildrop = maildrop
        self._session = session
        self._tell = tell
        self.telling = False
        self.snapshot = maildrop.snapshot
        self.delete_waits = maildrop.delete_waits
        self.close = maildrop.close

    @property
    def read_waits(self) -> bool:
        """As the maildrop says."""
        return self._maildrop.read_waits

    def read(self, uid: str) -> Text | Iterator[bytes]:
        """Its octets."""
        text = self._maildrop.read(uid)
        if self.telling:
            self._tell(Read(self._session, uid))
        return text

    def delete(self, uids: Collection[str]) -> None:
        """Remove them, and tell which."""
        self._maildrop.delete(uids)
        if uids:
            self._tell(Deleted(self._session, tuple(uids)))
