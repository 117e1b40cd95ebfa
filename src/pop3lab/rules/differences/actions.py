"""Finds out whether the actions of hooks differ from the standard ones."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from pop3lab.core.actions import Action, OffloadNext, Send
from pop3lab.core.errors import StoreFailed
from pop3lab.core.reply import Body
from pop3lab.core.text import MessageText, stuff
from pop3lab.core.wire import terminator

# Compares two streams of octets incrementally, and buffers as little as possible.

Changed = Callable[[], None]


class RememberedChunks:
    """An iterator of chunks that remembers them until they have been compared."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = chunks
        self.over = False
        self._source = iter(chunks)
        self._pulled: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._source)
        except StopIteration:
            self.over = True
            raise
        self._pulled.append(chunk)
        return chunk

    def taken(self) -> list[bytes]:
        """Return the chunks pulled since the last call."""
        pulled, self._pulled = self._pulled, []
        return pulled


class _Sent:
    """The octets that are sent for the chunks of a body."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._last = b""
        self._next: list[bytes] = []
        self._stuffed = stuff(iter(self._next.pop, None))

    def of(self, chunk: bytes) -> bytes:
        """Return the octets that are sent for a chunk."""
        if not chunk:
            return b""
        if isinstance(self._body.chunks, MessageText) and self._body.stuffed:
            octets = self._body.chunks.stuffed
        elif self._body.stuffed:
            self._next.append(chunk)
            octets = next(self._stuffed)
        else:
            octets = chunk
        self._last = (self._last + octets[-2:])[-2:]
        return octets

    def end(self) -> bytes:
        """Return the octets that are sent after the last chunk."""
        return terminator(self._body.end, self._last)


class _Compared:
    """Finds the first difference between two streams."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._book = b""
        self._said = b""
        self.found = False

    def add(self, book: bytes = b"", said: bytes = b"") -> None:
        """Add octets to either stream."""
        if self.found:
            return
        book, said = self._book + book, self._said + said
        length = min(len(book), len(said))
        if book[:length] != said[:length]:
            self.differ()
        self._book, self._said = book[length:], said[length:]

    @property
    def known(self) -> bool:
        """Whether no further standard octets can make the streams equal."""
        return self.found or bool(self._book)

    def end(self) -> None:
        """Note that both streams are complete."""
        if not self.found and (self._book or self._said):
            self.differ()

    def differ(self) -> None:
        """Report the difference."""
        self.found = True
        self._changed()


def compare_bodies(book: Body, said: Body, changed: Changed) -> Iterator[bytes]:
    """Yield the chunks of the changed body, comparing it with the standard one."""
    compare = _Compared(changed)
    mine, its = _Sent(book), _Sent(said)
    heard = (
        book.chunks if isinstance(book.chunks, RememberedChunks) else RememberedChunks(book.chunks)
    )
    in_memory = heard is not book.chunks
    for chunk in said.chunks:
        if in_memory and not heard.over:
            list(heard)
        compare.add(b"".join(map(mine.of, heard.taken())), its.of(chunk))
        yield chunk
    compare.add(b"".join(map(mine.of, heard.taken())), its.end())
    for one in _rest(heard, compare):
        compare.add(mine.of(one))
    compare.add(mine.end())
    compare.end()


def _rest(heard: RememberedChunks, compare: _Compared) -> Iterator[bytes]:
    """Yield more standard chunks, until the comparison is decided.

    A store error counts as a difference: the standard reply would not have been complete.
    """
    try:
        while not compare.known and (chunk := next(heard, None)) is not None:
            heard.taken()
            yield chunk
    except StoreFailed:
        compare.differ()


_Actions = Iterator[Action]


def compare_actions(
    actions: _Actions, ask: Callable[[_Actions], _Actions], changed: Changed
) -> _Actions:
    """Return the actions that hooks make of these, comparing both."""
    kept = _Kept(actions)
    answer = ask(kept)
    return actions if answer is kept else _compared(kept, answer, changed)


def _compared(kept: "_Kept", answer: _Actions, changed: Changed) -> _Actions:
    differs = False
    for action in answer:
        if not (differs or kept.matches(action)):
            differs = True
            changed()
        yield action
    if not (differs or kept.is_done):
        changed()


class _Kept:
    """The standard actions, remembered until they have been compared. Offloading does not count."""

    def __init__(self, actions: _Actions) -> None:
        self._actions = actions
        self._left: deque[Action] = deque()
        self._over = False

    def __iter__(self) -> _Actions:
        return self

    def __next__(self) -> Action:
        try:
            action = next(self._actions)
        except StopIteration:
            self._over = True
            raise
        if not isinstance(action, OffloadNext):
            self._left.append(action)
        return action

    def matches(self, action: Action) -> bool:
        """Whether this is the next action that was pulled; False if none was pulled."""
        if isinstance(action, OffloadNext):
            return True
        return bool(self._left) and _same(self._left.popleft(), action)

    @property
    def is_done(self) -> bool:
        """Whether all actions were pulled and compared."""
        return self._over and not self._left


def _same(one: Action, other: Action) -> bool:
    """Whether a client sees no difference; the parts of octets do not matter."""
    if isinstance(one, Send) and isinstance(other, Send):
        return one.data == other.data
    return one == other
