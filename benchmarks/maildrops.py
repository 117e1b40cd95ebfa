"""The maildrops that every peer serves: the same messages as a folder and as a Maildir."""

import os
from dataclasses import dataclass
from pathlib import Path

LINE = b"The quick brown fox jumps over the lazy dog, and the lazy dog does not mind.\r\n"
DOTTED = b".a line that begins with a dot\r\n"
KEPT_BY_MAILDIR = ("cur", "new", "tmp")


@dataclass(frozen=True, slots=True)
class Maildrop:
    """`messages` messages of about `octets` octets each, CRLF line ends."""

    name: str
    messages: int
    octets: int
    place: Path

    @property
    def folder(self) -> Path:
        """One file a message, nothing else."""
        return self.place / "messages"

    @property
    def maildir(self) -> Path:
        """The same files by hard links, under names that tell their sizes."""
        return self.place / "maildir"


def write(maildrop: Maildrop) -> None:
    """Creates the folder and the Maildir of a new maildrop."""
    maildrop.folder.mkdir(parents=True)
    for part in KEPT_BY_MAILDIR:
        (maildrop.maildir / part).mkdir(parents=True)
    for number in range(1, maildrop.messages + 1):
        _write_message(maildrop, number)


def _write_message(maildrop: Maildrop, number: int) -> None:
    text = message(number, maildrop.octets)
    file = maildrop.folder / f"{number:06d}"
    file.write_bytes(text)
    size = len(text)
    os.link(file, maildrop.maildir / "cur" / f"{number:06d},S={size},W={size}:2,S")


def message(number: int, octets: int) -> bytes:
    """A message less than a line short of so many octets; one of its lines begins with a dot."""
    head = b"From: ann@example.org\r\nTo: user@example.org\r\nSubject: message %d\r\n" % number
    head += b"Message-ID: <%d@example.org>\r\n\r\n" % number + DOTTED
    return head + LINE * max(0, (octets - len(head)) // len(LINE))
