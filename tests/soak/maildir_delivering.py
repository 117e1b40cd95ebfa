"""Delivers mail into a Maildir: `python -m tests.soak.maildir_delivering STYLE MAILDIR COUNT`."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

_BETWEEN = 0.2  # seconds at most between two deliveries: a few come in the time of a session


def text(style: str, number: int) -> bytes:
    """A message; its subject tells it from all others."""
    lines = b"I must not send lines.\n" * (number * 37 % 180)
    return b"Subject: %s-%d\n\n%s" % (style.encode(), number, lines)


def _name(style: str, number: int) -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    return f"{seconds}.M{nanoseconds // 1000}P{os.getpid()}Q{number}.{style}"


def linked(root: Path, name: str, octets: bytes) -> None:
    """As the format's author has it: tmp, link into new, unlink."""
    (root / "tmp" / name).write_bytes(octets)
    os.link(root / "tmp" / name, root / "new" / name)
    (root / "tmp" / name).unlink()


def renamed(root: Path, name: str, octets: bytes) -> None:
    """As most do now."""
    (root / "tmp" / name).write_bytes(octets)
    (root / "tmp" / name).rename(root / "new" / name)


def direct(root: Path, name: str, octets: bytes) -> None:
    """Written in place, in two pieces: the message is there before it is whole."""
    with (root / "new" / name).open("wb", buffering=0) as file:
        file.write(octets[:20])
        file.write(octets[20:])


_seen: list[str] = []


def flagged(root: Path, name: str, octets: bytes) -> None:
    """Moved to cur/ by a reader, which says of the one before that it was read meanwhile."""
    renamed(root, name, octets)
    moves = [(f"new/{name}", f"cur/{name}:2,")]
    moves += [(f"cur/{before}:2,", f"cur/{before}:2,S") for before in _seen]
    _seen[:] = [name]
    for old, new in moves:
        with suppress(FileNotFoundError):  # it was deleted
            (root / old).rename(root / new)


STYLES: dict[str, Callable[[Path, str, bytes], None]] = {
    way.__name__: way for way in (linked, renamed, direct, flagged)
}


def main(style: str, path: str, count: str) -> None:
    """Returns when all has been delivered."""
    random = Random(style)
    for number in range(int(count)):
        STYLES[style](Path(path), _name(style, number), text(style, number))
        time.sleep(random.random() * _BETWEEN)


if __name__ == "__main__":
    main(*sys.argv[1:])
