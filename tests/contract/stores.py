"""The stores that must pass the contract: a new store is a new line in ALL."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pop3lab.core.delivery import Envelope
from pop3lab.core.maildrop import Store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.mbox.store import MboxStore
from pop3lab.stores.memory import MemoryStore
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.messages import new_message
from tests.postgres import cluster, started


@dataclass
class Stocked:
    """A store, and how messages get into the maildrop of its user `ann`, in order.

    again: the same maildrop as another process would see it. stop: ends all that was begun.
    """

    store: Store
    add: Callable[[bytes], object]
    again: Callable[[], Store]
    stop: Callable[[], object] = lambda: None


def memory(path: Path) -> Stocked:
    store = MemoryStore()
    return Stocked(store, lambda message: store.add("ann", message), lambda: store)


def shelf(path: Path) -> Stocked:
    store = InMemoryStore({"ann": []})
    return Stocked(store, lambda message: store.add("ann", new_message(message)), lambda: store)


def folder(path: Path, on_delete: OnDelete = "unlink") -> Stocked:
    numbers = iter(range(1, 10_000))

    def add(message: bytes) -> None:
        (path / f"{next(numbers):04}").write_bytes(message)

    return _filed(lambda: FolderStore(str(path), on_delete=on_delete), add, on_delete)


def maildir(path: Path, on_delete: OnDelete = "unlink") -> Stocked:
    numbers = iter(range(1, 10_000))
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir()

    def add(message: bytes) -> None:
        name = f"1700000000.M1P2Q{next(numbers)}.host"
        (path / "tmp" / name).write_bytes(message)
        (path / "tmp" / name).rename(path / "new" / name)

    return _filed(lambda: MaildirStore(str(path), on_delete=on_delete), add, on_delete)


def _filed(make: Callable[[], Store], add: Callable[[bytes], None], on_delete: OnDelete) -> Stocked:
    store = make()
    return Stocked(store, add, (lambda: store) if on_delete == "hide" else make)


def mbox(path: Path) -> Stocked:
    """All are delivered in the same second."""
    file = path / "ann"
    file.touch()

    def add(message: bytes) -> None:
        text = message if not message or message.endswith(b"\n") else b"".join(to_crlf([message]))
        with file.open("ab") as end:
            end.write(b"From ben@host Thu Jan  1 00:00:00 1970\n" + text + b"\n")

    store = MboxStore(str(file))
    return Stocked(store, add, lambda: MboxStore(str(file)))


def postgres(path: Path) -> Stocked:
    target, running = cluster().new(), ExitStack()
    store = running.enter_context(started(target))
    store.add_maildrop("ann")
    return Stocked(
        store,
        lambda message: store.deliver("ann", [message], Envelope()),
        lambda: running.enter_context(started(target)),
        running.close,
    )


def folder_hide(path: Path) -> Stocked:
    return folder(path, "hide")


def folder_trash(path: Path) -> Stocked:
    return folder(path, "trash")


def maildir_hide(path: Path) -> Stocked:
    return maildir(path, "hide")


def maildir_trash(path: Path) -> Stocked:
    return maildir(path, "trash")


ALL = [
    memory,
    shelf,
    folder,
    folder_hide,
    folder_trash,
    maildir,
    maildir_hide,
    maildir_trash,
    mbox,
    postgres,
]
