"""How a session parts with its maildrop."""

from collections.abc import Callable, Collection, Iterator

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.reply import Body, End, Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState


class CloseHook(MaildropWrapper):
    """A maildrop that is asked what QUIT really deletes, and tells once that it is let go.

    reads: told what is read. deletes: the unique-ids that the client deleted to those that go.
    closes: called just before the lock is released, however the session ended.
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
        """Its octets."""
        text = self.inner.read(uid)
        self._reads(uid)
        return text

    def delete_waits(self, uids: Collection[str]) -> bool:
        """As if all went: what really does is not known before."""
        return self.inner.delete_waits([entry.uid for entry in self.snapshot.entries])

    def delete(self, uids: Collection[str]) -> None:
        """Remove what really goes."""
        self.inner.delete(self._deletes(uids))

    def close(self) -> None:
        """Tell of it, then release the lock."""
        closes, self._closes = self._closes, None
        if closes:
            closes()
        self.inner.close()


# How whole messages are sent, and what follows from it.


def message_body(reply: Reply) -> Body | None:
    """What is sent for a message. -ERR has none, though a rule may put lines behind it."""
    return reply.body if reply.ok else None


class MessageEnd(Hooks):
    """Closes a message in another way than the book says; listings are left alone."""

    replies = frozenset(TEXTS)
    sends = ()

    def __init__(self, end: End) -> None:
        self._end = end

    def reply(self, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        return reply if body is None else reply._replace(body=body._replace(end=self._end))


class Autodelete(Hooks):
    """A message that was sent whole is deleted at QUIT, as if DELE had been sent for it."""

    replies = ()
    sends = frozenset(TEXTS)

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._reading = ""

    def for_session(self, session: SessionState) -> Hooks:
        return Autodelete()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return CloseHook(maildrop, reads=self._reads, deletes=self._sent.union)

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        uid, self._reading = self._reading, ""
        whole = request.verb == "RETR" or len(request.arguments) == 1
        for action in actions:
            yield action
            if uid and whole and isinstance(action, Send) and action.part is Part.END:
                self._sent.add(uid)
