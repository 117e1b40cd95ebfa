"""What a program has delivered: the messages in its folder, by name."""

import os
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from pop3lab.cases.evidence import Delivered

DELIVERY_FORMS = ("files", "maildir", "mbox", "mh", "stdout")

_FLAGS = re.compile(r":2,[A-Za-z]*$")
_FROM_LINE = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_MARK = re.compile(rb"^X-Pop3lab: [0-9a-f]{8}\.\d+\.head", re.MULTILINE)
MOST_READ = 5 << 28  # octets that are read in all: no client needs memory for more
_SOME = 65_536  # octets of each file behind these


def delivered_in(folder: Path, form: str) -> Mapping[str, Delivered]:
    """The messages by their names, which stay the same as long as the messages do.

    form: one of DELIVERY_FORMS; keep_printed() has made files of what was printed. A name that
    begins with a dot is of what is not delivered yet.
    """
    found = _by_form(folder, form)
    return {name: Delivered(name, octets) for name, octets in found}


class _Reading:
    """Reads files as long as that is not too much in all."""

    def __init__(self) -> None:
        self._left = MOST_READ

    def read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            octets = file.read(max(self._left, _SOME))
        self._left -= len(octets)
        return octets


def _by_form(folder: Path, form: str) -> Iterator[tuple[str, bytes]]:
    read = _Reading().read
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if form == "maildir":
            kind = path.parent.name
            if kind in ("new", "cur"):
                yield _FLAGS.sub("", path.name), read(path)
        elif form == "mbox":
            yield from _of_mbox(name, read(path))
        elif form == "mh":
            if path.name.isdecimal():
                yield name, read(path)
        else:
            yield name, read(path)


def keep_printed(printed: Path, folder: Path) -> None:
    """Make a file of each message in what was printed: the first field of each is a mark."""
    text = _Reading().read(printed)
    starts = [match.start() for match in _MARK.finditer(text)] or [0]
    if starts[0] and not text[: starts[0]].strip():
        starts[0] = 0
    first = len(os.listdir(folder))
    for place, (start, end) in enumerate(pairwise([*starts, len(text)]), first):
        if text[start:end].strip():
            folder.joinpath(f"{place:04}").write_bytes(text[start:end])


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _of_mbox(name: str, text: bytes) -> Iterator[tuple[str, bytes]]:
    """Each message without its From line, and the empty line that ends it.

    That is left where it is the end of the header, too: not all write two where there is no text.
    """
    starts = [match for match in _FROM_LINE.finditer(text) if _begins(text, match.start())]
    ends = [*(match.start() for match in starts[1:]), len(text)][: len(starts)]
    for place, (match, end) in enumerate(zip(starts, ends, strict=True), 1):
        message = text[match.end() : end]
        short = message.removesuffix(b"\n")
        yield f"{name}#{place}", short if b"\n\n" in short else message


def _begins(text: bytes, at: int) -> bool:
    """Whether a From line here begins a message: at the start, or behind an empty line."""
    return at == 0 or text[:at].endswith((b"\n\n", b"\r\n\r\n"))
