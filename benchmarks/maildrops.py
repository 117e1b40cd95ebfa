"""The maildrops that every peer serves: the same messages as a folder and as a Maildir."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINE = b"The quick brown fox jumps over the lazy dog, and the lazy dog does not mind.\r\n"
DOTTED = b".a line that begins with a dot, as long as the quick brown fox's line is it.\r\n"
BLOCK = DOTTED + LINE * 39
USER = "user"
KEPT_BY_MAILDIR = ("cur", "new", "tmp")


@dataclass(frozen=True, slots=True)
class Maildrop:
    """`messages` messages of about `octets` octets each.

    crlf: lines end in CRLF in the files; otherwise in LF.
    """

    name: str
    messages: int
    octets: int
    place: Path
    crlf: bool = True

    @property
    def folder(self) -> Path:
        """One file a message, nothing else."""
        return self.place / "messages"

    @property
    def maildir(self) -> Path:
        """The same files by other names, which tell their sizes."""
        return self.users / USER

    @property
    def users(self) -> Path:
        """The folder in which each user has a Maildir: there is one."""
        return self.place / "users"


def write(maildrop: Maildrop) -> None:
    """Create the folder and the Maildir of a new maildrop."""
    write_folder(maildrop)
    for part in KEPT_BY_MAILDIR:
        (maildrop.maildir / part).mkdir(parents=True)
    for number, sent, text in _messages(maildrop):
        name = f"{number:06d},S={len(text)},W={len(sent)}:2,S"
        (maildrop.maildir / "cur" / name).write_bytes(text)


def write_folder(maildrop: Maildrop) -> None:
    """Create the folder only."""
    maildrop.folder.mkdir(parents=True)
    for number, _, text in _messages(maildrop):
        (maildrop.folder / f"{number:06d}").write_bytes(text)


def _messages(maildrop: Maildrop) -> Iterator[tuple[int, bytes, bytes]]:
    """The number, the octets as sent and those in the file, of each."""
    for number in range(1, maildrop.messages + 1):
        sent = message(number, maildrop.octets)
        yield number, sent, sent if maildrop.crlf else sent.replace(b"\r\n", b"\n")


def message(number: int, octets: int) -> bytes:
    """A message of nearly so many octets; each 40th line of its body begins with a dot."""
    head = b"From: ann@example.org\r\nTo: user@example.org\r\nSubject: message %d\r\n" % number
    head += b"Message-ID: <%d@example.org>\r\n\r\n" % number
    left = max(0, octets - len(head))
    blocks, rest = divmod(left, len(BLOCK))
    last = BLOCK[: rest - rest % len(LINE)] if rest >= len(DOTTED) else b""
    return head + BLOCK * blocks + last
