"""Ways in which other programs change a file while a session has it in its list."""

import mmap
import os
from collections.abc import Callable
from pathlib import Path

NEW = b"new\r\n"  # as long as OLD
OLD = b"old\r\n"

Change = Callable[[Path], None]


def _same_time(path: Path, change: Change) -> None:
    status = path.stat()
    change(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def in_place(path: Path) -> None:
    path.write_bytes(NEW)


def in_place_same_time(path: Path) -> None:
    _same_time(path, in_place)


def mapped_same_time(path: Path) -> None:
    def through_memory(path: Path) -> None:
        with path.open("r+b") as file, mmap.mmap(file.fileno(), len(NEW)) as octets:
            octets[:] = NEW
            octets.flush()

    _same_time(path, through_memory)


def renamed_over(path: Path) -> None:
    other = path.with_name(".other")
    other.write_bytes(NEW)
    other.rename(path)


def renamed_over_same_time(path: Path) -> None:
    _same_time(path, renamed_over)


def unlinked_and_created(path: Path) -> None:
    path.unlink()
    path.write_bytes(NEW)


def unlinked_and_created_same_time(path: Path) -> None:
    """As often as not the new file gets the old one's number."""
    _same_time(path, unlinked_and_created)


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\r\n")


def longer_same_time(path: Path) -> None:
    _same_time(path, longer)


def shorter_same_time(path: Path) -> None:
    _same_time(path, lambda path: os.truncate(path, 2))


TEXT_CHANGES = [
    in_place,
    in_place_same_time,
    mapped_same_time,
    renamed_over,
    renamed_over_same_time,
    unlinked_and_created,
    unlinked_and_created_same_time,
    longer,
    longer_same_time,
    shorter_same_time,
]


def hard_link(path: Path) -> None:
    os.link(path, path.with_name(f".backup-{path.name}"))


def hard_link_and_back(path: Path) -> None:
    hard_link(path)
    path.with_name(f".backup-{path.name}").unlink()


def mode(path: Path) -> None:
    path.chmod(0o640)


def owner(path: Path) -> None:
    os.chown(path, os.getuid(), os.getgid())


def attribute(path: Path) -> None:
    os.setxattr(path, "user.seen", b"1")


def renamed_and_back(path: Path) -> None:
    path.rename(path.with_name(".away"))
    path.with_name(".away").rename(path)


OTHER_CHANGES = [hard_link, hard_link_and_back, mode, owner, attribute, renamed_and_back]


def read(path: Path) -> None:
    path.read_bytes()
