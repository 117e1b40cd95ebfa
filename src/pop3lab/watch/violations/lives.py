"""What has become of messages in sessions before, and never more of it than so much.

Clients are told apart by user and host: two of one user on one host are taken for one.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

_MOST_MESSAGES = 100_000
_MOST_CLIENTS = 10_000
_MOST_OF_CLIENT = 16  # messages; one of them is enough to tell


class Client(NamedTuple):
    """Who fetches mail, as far as a server can tell."""

    user: str
    host: str


class Stop(NamedTuple):
    """The message at which the last sessions of a client have ended, and how many these were."""

    uid: str
    sessions: int


class _Some:
    """Values, by their hashes; of too many, the oldest are forgotten. forgets: some have been."""

    def __init__(self) -> None:
        self._hashes: dict[int, None] = {}
        self.forgets = False

    def add(self, *value: str) -> None:
        self._hashes[hash(value)] = None
        if len(self._hashes) > _MOST_MESSAGES:
            del self._hashes[next(iter(self._hashes))]
            self.forgets = True

    def has(self, *value: str) -> bool:
        return hash(value) in self._hashes


class Lives:
    """Of the messages of all users. Unique-ids are the store's, unless they are called shown.

    remembers: clients claim that they do: they are held to what came before a session broke, too.
    """

    def __init__(self, *, remembers: bool = False) -> None:
        self.remembers = remembers
        self._had = _Some()
        self._sent = _Some()
        self._got = _Some()
        self._stops: dict[Client, Stop] = {}
        self._unmarked: dict[Client, tuple[str, ...]] = {}

    def note_sent(self, user: str, uid: str) -> None:
        """The message was sent to its end, to whatever client of this user."""
        self._sent.add(user, uid)

    def was_sent(self, user: str, uid: str) -> bool:
        """Whether it ever was, or may have been."""
        return self._sent.forgets or self._sent.has(user, uid)

    def note_got(self, user: str, uid: str) -> None:
        """The message was not only sent, but as far as can be told read, too."""
        self._got.add(user, uid)

    def has_got(self, user: str, uid: str) -> bool:
        """Whether it ever was, or may have been."""
        return self._got.forgets or self._got.has(user, uid)

    def note_had(self, client: Client, shown: str, uid: str) -> None:
        """The client has the whole message, and knows by which unique-id it was shown."""
        self._had.add(*client, shown, uid)

    def had(self, client: Client, shown: str, uid: str) -> bool:
        """Whether it had, in a session before, the same message by the same unique-id."""
        return self._had.has(*client, shown, uid)

    def note_stop(self, client: Client, uid: str) -> int:
        """A session of the client has ended at this message: how many have, one behind another."""
        before = self._stops.pop(client, Stop("", 0))
        sessions = before.sessions + 1 if before.uid == uid else 1
        self._stops[client] = Stop(uid, sessions)
        _forget_oldest(self._stops)
        return sessions

    def note_unmarked(self, client: Client, uids: Iterable[str]) -> None:
        """The client had marked these, and has left so that they are not deleted."""
        self._unmarked.pop(client, None)
        self._unmarked[client] = tuple(uids)[:_MOST_OF_CLIENT]
        _forget_oldest(self._unmarked)

    def take_unmarked(self, client: Client) -> Collection[str]:
        """Those, once."""
        return self._unmarked.pop(client, ())


def _forget_oldest(known: dict[Client, Stop] | dict[Client, tuple[str, ...]]) -> None:
    if len(known) > _MOST_CLIENTS:
        del known[next(iter(known))]
