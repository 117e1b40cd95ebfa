"""Generated maildrops: any number of messages as a function of a seed, without storage."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from hashlib import sha512
from threading import Lock
from typing import NamedTuple, Protocol

from pop3lab.core.errors import ConfigError, MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot, TextOrChunks
from pop3lab.core.suggest import nearest
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.generated_text import MessageWriter
from pop3lab.stores.message_cache import GeneratedCache

# Sizes of generated messages: parsed from text, chosen by a number, without floats.

SMALLEST, _LARGEST = 512, 1 << 40  # octets; a header needs the first
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20}
_UNITS["GiB"] = 1 << 30
_SIZE = re.compile(r"(?P<number>[0-9]{1,15}) ?(?P<unit>[A-Za-z]*)")
_LOGNORMAL = "lognormal"


class Sizes(Protocol):
    """Chooses sizes."""

    def choose(self, chance: int) -> int:
        """Return a size in octets. chance: 256 random bits."""


class UniformSizes(NamedTuple):
    """All sizes from one to another, with equal chances."""

    smallest: int
    largest: int

    def choose(self, chance: int) -> int:
        """Return a size in octets."""
        return self.smallest + chance % (self.largest - self.smallest + 1)


class LognormalSizes:
    """As in real maildrops: half are smaller than 8 KiB, one in a hundred is larger than 400 KiB.

    Integers give the same sizes on each machine: twelve 16-bit numbers add up to about a normal
    distribution, and powers of two are looked up.
    """

    _MEDIAN = 8192
    _STEPS = 614  # of which 256 double the size, in one standard deviation
    _POWERS = tuple(round(2 ** (step / 256 + 16)) for step in range(256))

    def choose(self, chance: int) -> int:
        """Return a size in octets, at least SMALLEST."""
        total = sum(chance >> 16 * number & 0xFFFF for number in range(12))
        deviation = total - 6 * 0xFFFF  # a standard deviation is 65535
        doublings, step = divmod(deviation * self._STEPS // 0xFFFF, 256)
        size = self._MEDIAN * self._POWERS[step] << 16 >> 32 - doublings
        return max(SMALLEST, size)


def _parse_sizes(text: str) -> Sizes:
    """Parse `2KiB..64KiB`, `10MiB` or `lognormal`. Raises ConfigError."""
    if text == _LOGNORMAL:
        return LognormalSizes()
    first, dots, last = text.partition("..")
    smallest = _octets(first)
    largest = _octets(last) if dots else smallest
    if largest < smallest:
        raise ConfigError(f"size={text}: the first size must be the smaller one")
    return UniformSizes(smallest, largest)


def _octets(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        near = nearest(text, [_LOGNORMAL])
        raise ConfigError(f"{text!r} is not a size; write 2KiB, 2KiB..64KiB or lognormal{near}")
    unit = match["unit"] or "B"
    if unit not in _UNITS:
        raise ConfigError(f"{unit!r} in {text!r} is not a unit of size{nearest(unit, _UNITS)}")
    octets = int(match["number"]) * _UNITS[unit]
    if not SMALLEST <= octets <= _LARGEST:
        raise ConfigError(f"size {text!r} is not between {SMALLEST} octets and 1024 GiB")
    return octets


# Targets: `gen:SEED?messages=10000&size=2KiB..64KiB&nasty=10%`.

GENERATED_SCHEME = "gen:"
_USUAL = UniformSizes(2048, 65_536)
_MOST = 10_000_000  # messages in a maildrop
_WHOLE = re.compile(r"[0-9]{1,9}")
_PERCENT = re.compile(r"([0-9]{1,3})%")


@dataclass(frozen=True)
class Generation:
    """What is generated for each user."""

    seed: str
    messages: tuple[int, int] = (100, 100)  # at least and at most
    size: Sizes = _USUAL
    nasty: int = 0  # percent of the messages contain what servers and clients stumble over


def parse_generation(text: str) -> Generation:
    """Parse a target. Raises ConfigError, which names the wrong part and the nearest right word."""
    seed, question, parts = text.removeprefix(GENERATED_SCHEME).partition("?")
    if not seed:
        raise ConfigError(
            f"{text!r} has no seed: write any word, as in gen:1 or gen:today?size=4KiB"
        )
    generation = Generation(seed)
    for part in parts.split("&") if question else []:
        generation = _with(generation, part)
    return generation


def _with(generation: Generation, part: str) -> Generation:
    name, _, value = part.partition("=")
    if name not in _PARTS:
        known = ", ".join(_PARTS)
        raise ConfigError(f"gen: has no {name!r}, only {known}{nearest(name, _PARTS)}")
    return _PARTS[name](generation, value)


def _with_messages(generation: Generation, value: str) -> Generation:
    first, dots, last = value.partition("..")
    least, most = _count(first), _count(last if dots else first)
    if most < least:
        raise ConfigError(f"messages={value}: the first number must be the smaller one")
    return replace(generation, messages=(least, most))


def _count(text: str) -> int:
    if not _WHOLE.fullmatch(text) or int(text) > _MOST:
        raise ConfigError(f"messages={text}: must be a whole number up to {_MOST}, or 0..50")
    return int(text)


def _with_size(generation: Generation, value: str) -> Generation:
    return replace(generation, size=_parse_sizes(value))


def _with_nasty(generation: Generation, value: str) -> Generation:
    match = _PERCENT.fullmatch(value)
    if match is None or int(match[1]) > 100:
        raise ConfigError(f"nasty={value}: must be 0% to 100%, as in nasty=10%")
    return replace(generation, nasty=int(match[1]))


_PARTS = {"messages": _with_messages, "size": _with_size, "nasty": _with_nasty}


_MANY = 1000  # messages: choosing the sizes of more would keep other sessions waiting


class _Message(NamedTuple):
    number: int  # which does not change by deletion
    name: bytes  # what its text is made of
    octets: int
    nasty: bool


class GeneratedStore:
    """A maildrop for every possible name. Only this process remembers what was deleted.

    A message and its unique-id are a function of the seed, the user and the message's number, the
    same on any machine. The lock is this object's: other processes can open the same maildrop.
    """

    def __init__(self, generation: Generation | str) -> None:
        """generation: or a target. Raises ConfigError for one that is wrong."""
        if isinstance(generation, str):
            generation = parse_generation(generation)
        self._generation = generation
        self._writer = MessageWriter(generation.seed)
        self._cache = GeneratedCache()
        self._deleted: dict[str, set[int]] = {}
        self._locked: set[str] = set()
        self._lock = Lock()

    @property
    def open_waits(self) -> bool:
        """True if there may be very many sizes to choose."""
        return self._generation.messages[1] > _MANY

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy."""
        with self._lock:
            if user in self._locked:
                raise MaildropBusy("maildrop is in use by another session")
            self._locked.add(user)
        return _GeneratedMaildrop(self, user)

    def messages(self, user: str) -> list[_Message]:
        """Return the messages that are not deleted."""
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

    def text(self, user: str, message: _Message) -> TextOrChunks:
        """Return the text of a message, or its pieces if it is long."""
        pieces = self._pieces(user, message)
        if message.octets > READ_SIZE:
            return pieces
        return self._cache.get(message.name, lambda: b"".join(pieces))

    def _pieces(self, user: str, message: _Message) -> Iterator[bytes]:
        return self._writer.message(
            message.name, message.number, user, message.octets, nasty=message.nasty
        )

    def delete(self, user: str, numbers: Collection[int]) -> None:
        """Forget these messages for good."""
        if numbers:
            self._deleted.setdefault(user, set()).update(numbers)

    def release(self, user: str) -> None:
        """Unlock the user's maildrop."""
        with self._lock:
            self._locked.discard(user)


def _chance(name: bytes) -> int:
    return int.from_bytes(sha512(name).digest())


def _uid(message: _Message) -> str:
    return f"{sha512(b'uid ' + message.name).hexdigest()[:20]}.{message.number}"


class _GeneratedMaildrop:
    def __init__(self, store: GeneratedStore, user: str) -> None:
        self._store: GeneratedStore | None = store
        self._user = user
        self._messages = {_uid(message): message for message in store.messages(user)}
        self.snapshot = Snapshot([Entry(uid, m.octets) for uid, m in self._messages.items()])

    read_waits = False

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def read(self, uid: str) -> TextOrChunks:
        return self._open_store.text(self._user, self._messages[uid])

    def delete(self, uids: Collection[str]) -> None:
        self._open_store.delete(self._user, [self._messages[uid].number for uid in uids])

    @property
    def _open_store(self) -> GeneratedStore:
        if self._store is None:
            raise StoreFailed("the maildrop is closed")
        return self._store

    def close(self) -> None:
        if self._store:
            self._store.release(self._user)
            self._store = None
