"""Folders on a disk that may lose its power: what was not flushed is there in part, or not at all.

Calls really happen, and are noted; but what is unlinked is only put aside, as it may be back. At a
loss of power, of each file that was made any of the sectors that were not flushed are on the disk,
of each that got another mode one of its modes since, and of changes of names the first so many in
each folder: of several folders it is not known which is written first.
"""

import os
import stat
from collections import Counter
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
_CALLS = ["open", "write", "fsync", "rename", "unlink", "fchmod"]

_rename = os.rename  # as it is when nothing is noted

Name = tuple[int, str]  # the number of a folder, and a name in it
Names = dict[Name, int]  # numbers of files


@dataclass
class _File:
    modes: list[int]  # the first is on the disk
    octets: bytearray = field(default_factory=bytearray)  # of one that is made here
    flushed: int = 0  # so many of them are on the disk
    made: bool = False


class Disk:
    """A folder and those in it. aside: another, on the same file system."""

    def __init__(self, root: Path, aside: Path) -> None:
        self._folders = {path.stat().st_ino: path for path in (root, *_below(root))}
        self._aside = aside
        self.calls = 0
        self._at = 0
        self._files: dict[int, _File] = {}
        self._flushed: Names = {}
        for number, folder in self._folders.items():
            for path in folder.iterdir():
                if path.is_file():
                    status = path.stat()
                    self._files[status.st_ino] = _File([status.st_mode])
                    self._flushed[number, path.name] = status.st_ino
        self._names = dict(self._flushed)
        self._changes: list[tuple[set[int], Callable[[Names], None]]] = []

    @contextmanager
    def running(self, at: int) -> Iterator[None]:
        """Until the at-th change, which does not come; then the power is gone."""
        self._at, self.calls = at, 0
        with pytest.MonkeyPatch.context() as patch:
            for name in _CALLS:
                patch.setattr(os, name, partial(getattr(self, f"_on_{name}"), getattr(os, name)))
            yield

    def lose_power(self, random: Random) -> None:
        """Leave in the folders what is on the disk then."""
        self._lose_names(random)
        for folder in self._folders.values():
            for path in [*folder.iterdir()]:
                if path.is_file():
                    self._put_aside(path)
        for (folder_number, name), number in self._flushed.items():
            path = self._folders[folder_number] / name
            (self._aside / f"{number}").rename(path)
            file = self._files[number]
            if file.made:
                path.write_bytes(_torn(file, random))
            path.chmod(stat.S_IMODE(random.choice(file.modes)))

    def _lose_names(self, random: Random) -> None:
        counts = Counter(folder for folders, _ in self._changes for folder in folders)
        written = {folder: random.randint(0, count) for folder, count in counts.items()}
        for folders, change in self._changes:
            if all(written[folder] > 0 for folder in folders):
                change(self._flushed)
            for folder in folders:
                written[folder] -= 1

    def _put_aside(self, path: Path) -> None:
        _rename(path, self._aside / f"{path.stat().st_ino}")

    def _count(self) -> None:
        self.calls += 1
        if self.calls >= self._at:
            raise Killed

    def _change(self, folders: set[int], change: Callable[[Names], None]) -> None:
        change(self._names)
        self._changes.append((folders, change))

    def _on_open(self, really: Any, path: str, flags: int, *mode: int, **named: int) -> int:
        if flags & os.O_CREAT:
            self._count()
        descriptor: int = really(path, flags, *mode, **named)
        if flags & os.O_CREAT:
            status, folder = os.fstat(descriptor), _number(named["dir_fd"])
            self._files[status.st_ino] = _File([status.st_mode], made=True)

            def change(names: Names) -> None:
                if status.st_ino not in names.values():  # else it has been moved already
                    names[folder, path] = status.st_ino

            self._change({folder}, change)
        return descriptor

    def _on_write(self, really: Any, descriptor: int, text: bytes) -> int:
        """No more than a sector, so that the power may be gone behind it."""
        self._count()
        written: int = really(descriptor, text[:_SECTOR])
        self._files[_number(descriptor)].octets += text[:written]
        return written

    def _on_fchmod(self, really: Any, descriptor: int, mode: int) -> None:
        self._count()
        really(descriptor, mode)
        self._files[_number(descriptor)].modes.append(mode)

    def _on_fsync(self, really: Any, descriptor: int) -> None:
        self._count()
        number = _number(descriptor)
        if number in self._folders:
            self._flush_names(number)
            return
        file = self._files[number]
        file.modes = file.modes[-1:]
        file.flushed = len(file.octets)

    def _flush_names(self, folder: int) -> None:
        """All changes in this folder."""
        for folders, change in self._changes:
            if folder in folders:
                change(self._flushed)
        self._changes = [each for each in self._changes if folder not in each[0]]

    def _on_rename(self, really: Any, old: str, new: str, **named: int) -> None:
        self._count()
        really(old, new, **named)
        source, target = _number(named["src_dir_fd"]), _number(named["dst_dir_fd"])
        number = self._names[source, old]

        def change(names: Names) -> None:
            names.pop((source, old), None)  # it was made here, and that is not flushed
            names[target, new] = number

        self._change({source, target}, change)

    def _on_unlink(self, really: Any, path: str, **named: int) -> None:
        folder = _number(named["dir_fd"])
        if (folder, path) not in self._names:
            really(path, **named)  # there is no such file
        self._count()
        self._put_aside(self._folders[folder] / path)
        self._change({folder}, lambda names: names.__delitem__((folder, path)))


def _below(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_dir()]


def _number(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


def _torn(file: _File, random: Random) -> bytes:
    octets = file.octets[:]
    for at in range(file.flushed, len(octets), _SECTOR):
        if random.random() < 0.5:
            end = min(at + _SECTOR, len(octets))
            octets[at:end] = bytes(end - at)
    return bytes(octets[: random.randint(file.flushed, len(octets))])
