"""Finds out whether hooks change a reply, or the maildrop."""

from collections.abc import Callable, Collection

from pop3lab.core.actions import Action
from pop3lab.core.maildrop import Maildrop, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.reply import Body, End, Reply
from pop3lab.core.request import State
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.core.wire import encode, terminator
from pop3lab.rules.differences.actions import Changed, RememberedChunks, compare_bodies


def compare_reply(reply: Reply, ask: Callable[[Reply], Reply], changed: Changed) -> Reply:
    """Return the reply that hooks make of this one, comparing both."""
    given = remembered(reply)
    answer = ask(given)
    return reply if answer == given else compare_replies(given, answer, changed)


def remembered(reply: Reply) -> Reply:
    """Return the reply with a body that remembers the chunks pulled from it."""
    body = reply.body
    if body is None or isinstance(body.chunks, MessageText):
        return reply
    return reply._replace(body=body._replace(chunks=RememberedChunks(body.chunks)))


def compare_replies(book: Reply, answer: Reply, changed: Changed) -> Reply:
    """Return the changed reply, compared with the standard one.

    A body that comes in chunks is compared while it is sent.
    """
    mine, its = book.body, answer.body
    if _around(book) != _around(answer) or (mine is None) is not (its is None):
        changed()
    elif mine and its and mine != its:
        return _bodies_compared(mine, answer, its, changed)
    return answer


def _around(reply: Reply) -> list[Action]:
    """Return everything but the body."""
    return [*encode(reply._replace(body=None))]


def _bodies_compared(mine: Body, answer: Reply, its: Body, changed: Changed) -> Reply:
    if isinstance(mine.chunks, MessageText) and isinstance(its.chunks, MessageText):
        if _octets(mine, mine.chunks) != _octets(its, its.chunks):
            changed()
        return answer
    return answer._replace(body=its._replace(chunks=compare_bodies(mine, its, changed)))


def _octets(body: Body, text: MessageText) -> bytes:
    octets = text.stuffed if body.stuffed else text.octets
    return octets + terminator(body.end, octets[-2:])


# Finds out whether the client is shown a maildrop that differs from the store.

_AS_IT_IS = End(b"", b"", b"")


def compare_maildrop(
    session: SessionState,
    maildrop: Maildrop,
    ask: Callable[[Maildrop], Maildrop],
    changed: Changed,
) -> Maildrop:
    """Return the maildrop that hooks make of this one.

    A different list of messages is reported now, a different text when it is read.
    """
    true = _True(maildrop)
    there = maildrop.snapshot
    seen = ask(true)
    if seen is true and true.snapshot is there:
        return maildrop
    if seen.snapshot is not there and seen.snapshot.entries != there.entries:
        changed()
    return _Shown(session, true, seen, changed)


class _True(MaildropWrapper):
    """The maildrop of the store, which remembers what was asked of it."""

    def __init__(self, maildrop: Maildrop) -> None:
        super().__init__(maildrop)
        self.given: TextOrChunks | None = None
        self.failed: Exception | None = None
        self.gone: Collection[str] | None = None

    def read(self, uid: str) -> TextOrChunks:
        try:
            octets = self.inner.read(uid)
        except Exception as failure:
            self.failed = failure
            raise
        self.given = octets if isinstance(octets, MessageText) else RememberedChunks(octets)
        return self.given

    def delete(self, uids: Collection[str]) -> None:
        self.gone = uids
        self.inner.delete(uids)


class _Shown(MaildropWrapper):
    """The maildrop as shown to the client."""

    def __init__(
        self, session: SessionState, true: _True, seen: Maildrop, changed: Changed
    ) -> None:
        super().__init__(seen)
        self._session = session
        self._true = true
        self._changed = changed

    def read(self, uid: str) -> TextOrChunks:
        self._true.given = self._true.failed = None
        try:
            octets = self.inner.read(uid)
        except Exception as failure:
            if failure is not self._true.failed:
                self._changed()
            raise
        return self._compared(octets)

    def _compared(self, octets: TextOrChunks) -> TextOrChunks:
        given = self._true.given
        if given is octets:
            return octets
        if given is None:
            self._changed()
            return octets
        if isinstance(given, MessageText) and isinstance(octets, MessageText):
            if given.octets != octets.octets:
                self._changed()
            return octets
        mine, its = (Body(chunks, _AS_IT_IS, stuffed=False) for chunks in (given, octets))
        return compare_bodies(mine, its, self._changed)

    def delete(self, uids: Collection[str]) -> None:
        self._true.gone = None
        self.inner.delete(uids)
        wanted = set(uids) if self._session.state is State.UPDATE else set()
        there = {entry.uid for entry in self._true.snapshot.entries}
        if there.issuperset(wanted) and wanted != set(self._true.gone or ()):
            self._changed()
