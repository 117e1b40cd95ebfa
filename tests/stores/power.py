"""A folder on a disk that may lose its power: what was not flushed is there in part, or not at all.

Calls really happen, and are noted. At a loss of power, of each file any of the sectors that were
written since it was last flushed are on the disk, in whatever order, and of changes of names and
of attributes the first so many.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.stores.failing import Killed

_SECTOR = 64  # octets: small, so that short files have many

_CALLS = ["open", "close", "write", "pwrite", "ftruncate", "fsync", "rename", "unlink", "link"]
_CALLS += ["setxattr", "removexattr"]

Names = dict[str, "_File"]


@dataclass
class _File:
    flushed: bytes
    attribute: bytes | None
    mode: int = 0o600
    written: list[Callable[[bytearray], None]] = field(default_factory=list)
    attributes: list[bytes | None] = field(default_factory=list)

    def flush(self) -> None:
        self.flushed = self.after(self.written)
        self.attribute = [self.attribute, *self.attributes][-1]
        self.written, self.attributes = [], []

    def after(self, some: list[Callable[[bytearray], None]]) -> bytes:
        octets = bytearray(self.flushed)
        for change in some:
            change(octets)
        return bytes(octets)


def _write(at: int, text: bytes, octets: bytearray) -> None:
    octets.extend(bytes(max(0, at + len(text) - len(octets))))
    octets[at : at + len(text)] = text


def _truncate(size: int, octets: bytearray) -> None:
    del octets[size:]


class Disk:
    """The folder of one file, whose inode stays: it is the file that is never replaced."""

    def __init__(self, path: Path, attribute: str) -> None:
        self._path = path
        self._attribute = attribute
        self.calls = 0
        self._at = 0
        folder = path.parent
        self._flushed: Names = {name: self._file(folder / name) for name in os.listdir(folder)}
        self._names = dict(self._flushed)
        self._renamed: list[Callable[[Names], None]] = []
        self._open: dict[int, _File] = {}
        self._offsets: dict[int, int] = {}

    def _file(self, path: Path) -> _File:
        has = self._attribute in os.listxattr(path)
        attribute = os.getxattr(path, self._attribute) if has else None
        return _File(path.read_bytes(), attribute, path.stat().st_mode)

    @contextmanager
    def running(self, at: int) -> Iterator[None]:
        """Until the at-th change, which does not come; then the power is gone."""
        self._at = at
        with pytest.MonkeyPatch.context() as patch:
            for name in _CALLS:
                patch.setattr(os, name, partial(getattr(self, f"_on_{name}"), getattr(os, name)))
            yield

    def lose_power(self, random: Random) -> None:
        """Leave in the folder what is on the disk then."""
        for change in self._renamed[: random.randint(0, len(self._renamed))]:
            change(self._flushed)
        folder = self._path.parent
        for name in os.listdir(folder):
            if name != self._path.name:
                (folder / name).unlink()
        for name, file in self._flushed.items():
            some = [change for change in file.written if random.random() < 0.5]
            (folder / name).write_bytes(file.after(some))
            (folder / name).chmod(stat.S_IMODE(file.mode))
        mbox = self._flushed[self._path.name]
        attributes = [mbox.attribute, *mbox.attributes]
        self._set(attributes[random.randrange(len(attributes))])

    def _set(self, attribute: bytes | None) -> None:
        if self._attribute in os.listxattr(self._path):
            os.removexattr(self._path, self._attribute)
        if attribute is not None:
            os.setxattr(self._path, self._attribute, attribute)

    def _count(self) -> None:
        self.calls += 1
        if self.calls >= self._at:
            raise Killed

    def _name(self, change: Callable[[Names], None]) -> None:
        change(self._names)
        self._renamed.append(change)

    def _on_open(self, really: Any, path: str, flags: int, *mode: int, **named: int) -> int:
        if flags & os.O_CREAT:
            self._count()
        descriptor: int = really(path, flags, *mode, **named)
        if flags & os.O_CREAT:
            file = _File(b"", None, os.fstat(descriptor).st_mode)
            self._name(lambda names: names.__setitem__(path, file))
        if path in self._names:
            self._open[descriptor] = self._names[path]
            self._offsets[descriptor] = 0
        return descriptor

    def _on_close(self, really: Any, descriptor: int) -> None:
        self._open.pop(descriptor, None)
        really(descriptor)

    def _on_write(self, really: Any, descriptor: int, text: bytes) -> int:
        at = self._offsets[descriptor]
        self._offsets[descriptor] += len(text)
        self._note(descriptor, text, at)
        return int(really(descriptor, text))

    def _on_pwrite(self, really: Any, descriptor: int, text: bytes, at: int) -> int:
        self._note(descriptor, text, at)
        return int(really(descriptor, text, at))

    def _note(self, descriptor: int, text: bytes, at: int) -> None:
        file = self._open[descriptor]
        for first in range(0, len(text), _SECTOR):
            part = text[first : first + _SECTOR]
            self._count()
            file.written.append(partial(_write, at + first, part))

    def _on_ftruncate(self, really: Any, descriptor: int, size: int) -> None:
        self._count()
        really(descriptor, size)
        self._open[descriptor].written.append(partial(_truncate, size))

    def _on_fsync(self, really: Any, descriptor: int) -> None:
        self._count()
        if descriptor in self._open:
            self._open[descriptor].flush()
        else:
            self._flushed, self._renamed = dict(self._names), []

    def _on_rename(self, really: Any, old: str, new: str, **named: int) -> None:
        self._count()
        really(old, new, **named)
        self._name(lambda names: names.__setitem__(new, names.pop(old)))

    def _on_link(self, really: Any, old: str, new: str, **named: int) -> None:
        self._count()
        really(old, new, **named)
        self._name(lambda names: names.__setitem__(new, names[old]))

    def _on_unlink(self, really: Any, path: str, **named: int) -> None:
        self._count()
        really(path, **named)
        self._name(lambda names: names.__delitem__(path))

    def _on_setxattr(self, really: Any, descriptor: int, name: str, text: bytes) -> None:
        self._count()
        really(descriptor, name, text)
        self._open[descriptor].attributes.append(text)

    def _on_removexattr(self, really: Any, descriptor: int, name: str) -> None:
        self._count()
        really(descriptor, name)
        self._open[descriptor].attributes.append(None)
