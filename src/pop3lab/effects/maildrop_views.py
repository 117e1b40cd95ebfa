"""A maildrop seen through a view: the messages that a client sees, and the real ones behind.

A quirk that shows other messages than there are, or others in each session, has a view. It is
called at each login with the real messages, and returns those that the session sees.

    def oldest(context: LoginContext) -> Sequence[ListedMessage]:
        return context.messages[:250]

    ViewHook(oldest)  # the hooks of such a rule; state that lasts is kept in the view

Numbers, sizes and unique-ids are then those of the listed messages. What the client reads and
deletes is read and deleted under its real unique-id, so that the store and the events stay correct.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from pop3lab.core.maildrop import Entry, Maildrop, Snapshot, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.rules.session_hooks import PerSessionHooks

_Alter = Callable[[TextOrChunks], TextOrChunks]


class ListedMessage(NamedTuple):
    """A message as a client sees it.

    entry: as listed; the uid is unique in the maildrop. uid: the real one; empty for a message that
    is not in the store. alter: changes the text of the stored message.
    """

    entry: Entry
    uid: str = ""
    alter: _Alter | None = None

    def with_entry(self, *, uid: str | None = None, octets: int | None = None) -> "ListedMessage":
        """Return the message with another unique-id or size."""
        entry = Entry(
            self.entry.uid if uid is None else uid,
            self.entry.octets if octets is None else octets,
        )
        return self._replace(entry=entry)

    def with_filter(self, alter: _Alter, octets: int) -> "ListedMessage":
        """Return the message with its text changed by a filter, which makes it this many octets."""
        return self.with_entry(octets=octets)._replace(alter=alter)

    def with_text(self, text: bytes) -> "ListedMessage":
        """Return the message with another text."""
        made = MessageText(text)
        return self.with_filter(lambda _: made, len(text))


def synthetic(uid: str, text: bytes) -> ListedMessage:
    """Return a message that is not in the store."""
    return ListedMessage(Entry(uid, 0)).with_text(text)


def listed_messages(maildrop: Maildrop) -> list[ListedMessage]:
    """Return the messages of a maildrop as they are."""
    return [ListedMessage(entry, entry.uid) for entry in maildrop.snapshot.entries]


class ViewMaildrop(MaildropWrapper):
    """A maildrop that shows these messages to a client.

    forget: called at QUIT with the listed unique-ids of deleted messages that are not in the store.
    """

    def __init__(
        self,
        maildrop: Maildrop,
        messages: Sequence[ListedMessage],
        forget: Callable[[Collection[str]], None] = lambda uids: None,
    ) -> None:
        super().__init__(maildrop)
        self._messages = {message.entry.uid: message for message in messages}
        self._forget = forget
        self.snapshot = Snapshot([message.entry for message in messages])

    def read(self, uid: str) -> TextOrChunks:
        """Return the octets to show; a message of the store counts as read."""
        _, true, alter = self._messages[uid]
        octets = self.inner.read(true) if true else MessageText(b"")
        return alter(octets) if alter else octets

    def delete_waits(self, uids: Collection[str]) -> bool:
        """Ask the maildrop."""
        return self.inner.delete_waits(self._true(uids))

    def delete(self, uids: Collection[str]) -> None:
        """Remove the stored messages, then forget the synthetic ones."""
        self.inner.delete(self._true(uids))
        self._forget([uid for uid in uids if not self._messages[uid].uid])

    def _true(self, uids: Collection[str]) -> list[str]:
        return [true for uid in uids if (true := self._messages[uid].uid)]


class LoginContext(NamedTuple):
    """A login for which a view is called. nth: 1 for the user's first with this rule."""

    user: str
    nth: int
    messages: Sequence[ListedMessage]


MaildropView = Callable[[LoginContext], Sequence[ListedMessage]]


class LoginCounter(PerSessionHooks):
    """Hooks that count the logins of each user, 1 for the first with this rule."""

    nth = 0

    def __init__(self) -> None:
        self._logins: Counter[str] = Counter()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._logins[self.user] += 1
        self.nth = self._logins[self.user]
        return maildrop


class ViewHook(LoginCounter):
    """Hooks that show a user at each login what a view makes of the maildrop.

    Synthetic messages that the client deletes are left out from then on.
    """

    def __init__(self, view: MaildropView) -> None:
        super().__init__()
        self._view = view
        self._forgotten: dict[str, set[str]] = {}

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        maildrop = super().maildrop(maildrop)
        gone = self._forgotten.setdefault(self.user, set())
        shown = self._view(LoginContext(self.user, self.nth, listed_messages(maildrop)))
        left = [one for one in shown if one.uid or one.entry.uid not in gone]
        return ViewMaildrop(maildrop, left, gone.update)


class MessageSelector:
    """Messages selected by number, and found again by unique-id when numbers change."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers
        self._uids: dict[str, dict[int, str]] = {}
        self._last: dict[str, tuple[Snapshot, dict[int, int]]] = {}

    def uids(self, user: str, uids: Sequence[str]) -> dict[str, int]:
        """Return the selected messages, and the index of each in numbers.

        uids: of all messages of the user's maildrop, in the order of this session.
        """
        if not self._numbers:
            return {uid: place for place, uid in enumerate(uids)}
        known = self._uids.setdefault(user, {})
        for place, number in enumerate(self._numbers):
            if place not in known and 1 <= number <= len(uids):
                known[place] = uids[number - 1]
        return {uid: place for place, uid in known.items()}

    def numbers(self, session: SessionState) -> dict[int, int]:
        """Return the numbers of the selected messages in this session, and their indexes."""
        user, snapshot = session.user or "", session.maildrop.snapshot
        last = self._last.get(user)
        if last is None or last[0] is not snapshot:
            uids = [entry.uid for entry in snapshot.entries]
            places = self.uids(user, uids)
            here = {n: places[uid] for n, uid in enumerate(uids, 1) if uid in places}
            last = self._last[user] = snapshot, here
        return last[1]
