"""Disks without room: one that refuses by itself, and where it can be had, real ones."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import pytest

_MANY = 100_000
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class Disk:
    """A place for folders. full: within it, nothing can be written there."""

    def __init__(self, root: Path, fill: Callable[[Path], None]) -> None:
        self.root = root
        self._fill = fill
        self._made = 0

    def folder(self) -> Path:
        """The name of a new one; those before it are removed."""
        rmtree(self.root / f"{self._made}", ignore_errors=True)
        self._made += 1
        return self.root / f"{self._made}"

    @contextmanager
    def full(self) -> Iterator[None]:
        filler = self.root / "filler"
        filler.mkdir()
        self._fill(filler)
        try:
            yield
        finally:
            rmtree(filler)


def fill_blocks(filler: Path) -> None:
    with (filler / "octets").open("wb", buffering=0) as file:
        for octets in (65_536, 4096, 512, 1):
            with suppress(OSError):
                while file.write(bytes(octets)):
                    pass


def fill_inodes(filler: Path) -> None:
    with suppress(OSError):
        for number in range(_MANY):
            (filler / f"{number}").touch()


def fill_both(filler: Path) -> None:
    (filler / "octets").touch()
    fill_inodes(filler)
    fill_blocks(filler)


class Refusing(Disk):
    """Nothing is written to a file, and none is made: what the system calls would say."""

    def __init__(self, root: Path, error: int = errno.ENOSPC) -> None:
        super().__init__(root, lambda filler: None)
        self._error = error

    @contextmanager
    def full(self) -> Iterator[None]:
        really_open = os.open

        def refuse(*_: object, **__: object) -> int:
            raise OSError(self._error, "no room")

        def look(path: str, flags: int, *rest: int, **named: int) -> int:
            if flags & os.O_CREAT:
                refuse()
            return really_open(path, flags, *rest, **named)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "write", refuse)
            patch.setattr(os, "open", look)
            yield


_FILLS = {"blocks": fill_blocks, "inodes": fill_inodes, "both": fill_both}
_SYSTEMS = ("tmpfs", "ext4")


@cache
def mountable() -> list[str]:
    """The file systems that this user may mount here: root, where that is allowed."""
    with TemporaryDirectory() as place:
        return [system for system in _SYSTEMS if _can_be_mounted(system, Path(place))]


def _can_be_mounted(system: str, place: Path) -> bool:
    if os.geteuid() != 0:
        return False
    try:
        with _mounted(system, place):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def _mounted(system: str, place: Path) -> Iterator[Path]:
    root = place / system
    root.mkdir()
    with TemporaryDirectory(dir=_MEMORY) as images:  # where to flush it takes no time
        if system == "tmpfs":
            _run("mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=100", "none", str(root))
        else:
            image = Path(images) / "image"
            with image.open("wb") as file:
                file.truncate(4 << 20)
            _run("mkfs.ext4", "-q", "-m", "0", "-N", "128", str(image))
            _run("mount", "-o", "loop", str(image), str(root))
        try:
            yield root
        finally:
            _run("umount", "-l", str(root))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


KINDS = ["refusing", *(f"{system} {fill}" for system in mountable() for fill in _FILLS)]


@contextmanager
def disk(kind: str, place: Path) -> Iterator[Disk]:
    """kind: of KINDS."""
    if kind == "refusing":
        yield Refusing(place)
        return
    system, fill = kind.split(" ")
    with _mounted(system, place) as root:
        yield Disk(root, _FILLS[fill])
