"""Changes of what a session deletes at QUIT, and of when it releases its maildrop."""

from collections.abc import Callable, Collection

from pop3lab.core.maildrop import Maildrop, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper


class CloseHook(MaildropWrapper):
    """A maildrop that calls functions when messages are read or deleted, and before its close.

    reads: gets the unique-id read. deletes: gets the unique-ids that the client deleted; returns
    those to remove. closes: called just before the lock is released, however the session ended.
    """

    def __init__(
        self,
        maildrop: Maildrop,
        *,
        reads: Callable[[str], None] = lambda uid: None,
        deletes: Callable[[Collection[str]], Collection[str]] = lambda uids: uids,
        closes: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(maildrop)
        self._reads = reads
        self._deletes = deletes
        self._closes: Callable[[], None] | None = closes

    def read(self, uid: str) -> TextOrChunks:
        """Return the octets, and call reads."""
        text = self.inner.read(uid)
        self._reads(uid)
        return text

    def delete_waits(self, uids: Collection[str]) -> bool:
        """Ask as if for all messages: which ones will be removed is not known yet."""
        return self.inner.delete_waits([entry.uid for entry in self.snapshot.entries])

    def delete(self, uids: Collection[str]) -> None:
        """Remove what deletes returns."""
        self.inner.delete(self._deletes(uids))

    def close(self) -> None:
        """Call closes, then release the lock."""
        closes, self._closes = self._closes, None
        if closes:
            closes()
        self.inner.close()
