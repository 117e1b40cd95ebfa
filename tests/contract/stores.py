"""The stores that must pass the contract: a new store is a new line in ALL."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pop3lab.core.maildrop import Store
from pop3lab.stores.folder import Folder
from pop3lab.stores.memory import Memory


@dataclass
class Stocked:
    """A store, and how messages get into the maildrop of its user `ann`, in order."""

    store: Store
    add: Callable[[bytes], object]


def memory(path: Path) -> Stocked:
    store = Memory()
    return Stocked(store, lambda message: store.add("ann", message))


def folder(path: Path) -> Stocked:
    numbers = iter(range(1, 10_000))

    def add(message: bytes) -> None:
        (path / f"{next(numbers):04}").write_bytes(message)

    return Stocked(Folder(str(path)), add)


ALL = [memory, folder]
