"""Unique-ids of messages in an mbox file, where nothing but their octets tells them apart."""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pop3lab.files.durable import sync
from pop3lab.stores.mbox.index import read_span
from pop3lab.stores.mbox.sidecar import (
    SidecarUnwritable,
    open_sidecar,
    unique_ids_name,
    write_sidecar,
)

_MOST = 20_000
_VERSION = b"pop3lab unique-ids 1\n"
_LINE = re.compile(rb"([0-9a-f]{40}) ([0-9]{1,9}) ((?:[0-9]{1,9}(?:,[0-9]{1,9})*)?)\n")


class KeyNumbers(NamedTuple):
    """The numbers of messages that have the same key."""

    used: int = 0  # the last that was given
    alive: tuple[int, ...] = ()  # those of the messages that are there, in their order


# By key; a key that was used once, and whose message is there, may be missing.
_NumbersByKey = Mapping[str, KeyNumbers]


_NONE = KeyNumbers()


def assign_uids(
    keys: Iterable[str], known: _NumbersByKey
) -> tuple[list[str], dict[str, KeyNumbers]]:
    """Return a unique-id for each message of the file, in order; and the numbers to be stored."""
    given: defaultdict[str, list[int]] = defaultdict(list)
    uids = []
    for key in keys:
        used, alive = known.get(key, _NONE)
        nth = len(given[key])
        number = alive[nth] if nth < len(alive) else used + nth - len(alive) + 1
        given[key].append(number)
        uids.append(f"{key}.{number}" if number > 1 else key)
    return uids, _now(given, known)


def _now(given: Mapping[str, Sequence[int]], known: _NumbersByKey) -> dict[str, KeyNumbers]:
    now = {key: KeyNumbers(old.used, tuple(given.get(key, ()))) for key, old in known.items()}
    for key, numbers in given.items():
        used = max(now.get(key, _NONE).used, *numbers)
        if used > 1 or key in now:
            now[key] = KeyNumbers(used, tuple(numbers))
    return now


def format_removal(gone: Collection[str], known: _NumbersByKey) -> bytes:
    """Format the removal of unique-ids, as it is kept in a journal."""
    removed: defaultdict[str, list[int]] = defaultdict(list)
    for uid in gone:
        key, _, number = uid.partition(".")
        removed[key].append(int(number or 1))
    used = {key: max(known.get(key, _NONE).used, *numbers) for key, numbers in removed.items()}
    return _written(
        {key: KeyNumbers(used[key], tuple(numbers)) for key, numbers in removed.items()}
    )


def apply_removal(known: _NumbersByKey, change: bytes) -> dict[str, KeyNumbers]:
    """Return the numbers after a removal. Applying it again has no effect."""
    now = dict(known)
    for key, (used, gone) in _read(change).items():
        before = now.pop(key, _NONE)
        there = (*before.alive, *range(before.used + 1, used + 1))
        alive = tuple(number for number in there if number not in gone)
        now[key] = KeyNumbers(max(used, before.used), alive)
    return now


def store_removal(directory: int, mbox: str, change: bytes) -> bool:
    """Apply a removal to the numbers stored beside the mbox file; False if there is no space.

    Raises OSError. The mbox file must be locked.
    """
    return not change or store_numbers(
        directory, mbox, apply_removal(load_numbers(directory, mbox), change)
    )


def store_numbers(directory: int, mbox: str, known: _NumbersByKey) -> bool:
    """Store numbers beside the mbox file; False if that can't be written. Raises OSError."""
    gone = [key for key, numbers in known.items() if not numbers.alive]
    forgotten = set(gone[: max(0, len(gone) - _MOST)])
    left = {key: numbers for key, numbers in known.items() if key not in forgotten}
    try:
        write_sidecar(directory, mbox, unique_ids_name(mbox), (_VERSION, _written(left)))
    except (SidecarUnwritable, IsADirectoryError):
        return False
    sync(directory)
    return True


def load_numbers(directory: int, mbox: str) -> dict[str, KeyNumbers]:
    """Load the numbers stored beside the mbox file; none if the file is damaged or not ours.

    Raises OSError, StoreFailed.
    """
    try:
        descriptor = open_sidecar(directory, unique_ids_name(mbox))
    except PermissionError:
        return {}
    if descriptor is None:
        return {}
    try:
        text = b"".join(read_span(descriptor, 0, os.fstat(descriptor).st_size))
    finally:
        os.close(descriptor)
    return _read(text.removeprefix(_VERSION)) if text.startswith(_VERSION) else {}


def _written(known: _NumbersByKey) -> bytes:
    lines = [f"{key} {used} {','.join(map(str, alive))}\n" for key, (used, alive) in known.items()]
    return "".join(lines).encode("ascii")


def _read(text: bytes) -> dict[str, KeyNumbers]:
    known, at = {}, 0
    for match in _LINE.finditer(text):
        key, used, alive = match.groups()
        numbers = KeyNumbers(int(used), tuple(map(int, alive.split(b","))) if alive else ())
        if match.start() != at or not _makes_sense(numbers):
            return {}
        known[key.decode()] = numbers
        at = match.end()
    return known if at == len(text) else {}


def _makes_sense(numbers: KeyNumbers) -> bool:
    used, alive = numbers
    return len(set(alive)) == len(alive) and all(1 <= number <= used for number in alive)
