"""Any number of maildrops and messages as a function of a seed: nothing is stored."""

from collections.abc import Collection, Iterator
from hashlib import sha512
from threading import Lock
from typing import NamedTuple

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import Text
from pop3lab.stores.generated_spec import Generation, generation_of
from pop3lab.stores.generated_text import Writer
from pop3lab.stores.regular import PIECE

_MANY = 1000  # messages: choosing the sizes of more keeps other sessions waiting


class _Message(NamedTuple):
    number: int  # for good, whatever is deleted
    name: bytes  # what its text is made of
    octets: int
    nasty: bool


class Generated:
    """A maildrop for every name there may be. What is deleted is remembered by this process only.

    The same seed gives the same messages on any machine; each is a function of the seed, the user
    and its number, and so is its unique-id. Only processes that share nothing can serve one
    maildrop at once: the lock is this object's.
    """

    def __init__(self, generation: Generation | str) -> None:
        """Raises ConfigError, if it is a text that is wrong."""
        if isinstance(generation, str):
            generation = generation_of(generation)
        self._generation = generation
        self._writer = Writer(generation.seed)
        self._deleted: dict[str, set[int]] = {}
        self._locked: set[str] = set()
        self._lock = Lock()

    @property
    def open_waits(self) -> bool:
        """Choosing very many sizes does."""
        return self._generation.messages[1] > _MANY

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy."""
        with self._lock:
            if user in self._locked:
                raise MaildropBusy("maildrop is in use by another session")
            self._locked.add(user)
        return _GeneratedMaildrop(self, user)

    def messages(self, user: str) -> list[_Message]:
        """Those that are not deleted."""
        deleted = self._deleted.get(user, ())
        numbers = range(1, self._count(user) + 1)
        return [self._message(user, number) for number in numbers if number not in deleted]

    def _count(self, user: str) -> int:
        least, most = self._generation.messages
        return least + _chance(self._name(user, 0)) % (most - least + 1)

    def _message(self, user: str, number: int) -> _Message:
        name = self._name(user, number)
        chance = _chance(name)
        nasty = (chance >> 256) % 100 < self._generation.nasty
        octets = self._generation.size.choose(chance & (1 << 256) - 1)
        return _Message(number, name, octets, nasty)

    def _name(self, user: str, number: int) -> bytes:
        text = f"{self._generation.seed}\0{user}\0{number}"
        return text.encode("utf-8", "surrogatepass")

    def text(self, user: str, message: _Message) -> Iterator[bytes]:
        """Pieces of a message."""
        return self._writer.message(
            message.name, message.number, user, message.octets, nasty=message.nasty
        )

    def delete(self, user: str, numbers: Collection[int]) -> None:
        """Never show them again."""
        if numbers:
            self._deleted.setdefault(user, set()).update(numbers)

    def release(self, user: str) -> None:
        """The user's maildrop may be opened again."""
        with self._lock:
            self._locked.discard(user)


def _chance(name: bytes) -> int:
    return int.from_bytes(sha512(name).digest())


def _uid(message: _Message) -> str:
    return f"{sha512(b'uid ' + message.name).hexdigest()[:20]}.{message.number}"


class _GeneratedMaildrop:
    def __init__(self, store: Generated, user: str) -> None:
        self._store: Generated | None = store
        self._user = user
        self._messages = {_uid(message): message for message in store.messages(user)}
        self.snapshot = Snapshot([Entry(uid, m.octets) for uid, m in self._messages.items()])

    read_waits = False

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def read(self, uid: str) -> Text | Iterator[bytes]:
        message = self._messages[uid]
        pieces = self._open_store.text(self._user, message)
        return pieces if message.octets > PIECE else Text(b"".join(pieces))

    def delete(self, uids: Collection[str]) -> None:
        self._open_store.delete(self._user, [self._messages[uid].number for uid in uids])

    @property
    def _open_store(self) -> Generated:
        if self._store is None:
            raise StoreFailed("the maildrop is closed")
        return self._store

    def close(self) -> None:
        if self._store:
            self._store.release(self._user)
            self._store = None
