"""The folder of every trial: five messages, of which some are to go, and what became of them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from .client import Client

FIRST = "0000"  # a name that comes before those of the messages
MESSAGES = {
    "0001": b"Subject: one\r\n\r\n.\r\n..\r\nhello\r\n",
    "0002": b"Subject: two\n\nnot a CR in it\n",
    "0003": b"Subject: three\r\n\r\nno line end at all",
    "0004": b"Subject: four\r\n\r\n" + bytes(range(14, 256)) + b"\r\n",
    "0005": b"Subject: five\r\n\r\n" + b"I must not send lines.\r\n" * 500,
}

Found = TypeVar("Found", bytes, int)


class State(Enum):
    """What has become of the messages that a client had marked."""

    NONE_GONE = "none gone"
    ALL_GONE = "all gone"
    BROKEN = "neither all nor none gone, or another message lost or damaged"


@dataclass(frozen=True)
class Deletion:
    """Which messages are to go, and how the client marks them."""

    numbers: tuple[int, ...]
    verb: str = "DELE"
    keywords: tuple[str, ...] = ()

    def mark(self, client: Client) -> None:
        for number in self.numbers:
            if self.verb == "RETR":
                client.retrieve(number)
            else:
                client.must(f"{self.verb} {number}")

    @property
    def names(self) -> set[str]:
        return {name for number, name in enumerate(MESSAGES, 1) if number in self.numbers}

    def state(self, texts: Sequence[bytes]) -> State:
        """What a login found; the messages that stay must be there, octet for octet."""
        return self._compare(list(texts), list(MESSAGES.values()))

    def state_by_sizes(self, sizes: Sequence[int]) -> State:
        """What a login found, if nothing is known but the sizes; these all differ."""
        return self._compare(list(sizes), [len(text) for text in MESSAGES.values()])

    def _compare(self, found: list[Found], everything: list[Found]) -> State:
        if found == everything:
            return State.NONE_GONE
        kept = [each for number, each in enumerate(everything, 1) if number not in self.numbers]
        return State.ALL_GONE if found == kept else State.BROKEN


TWO = Deletion((2, 4))
THREE = Deletion((1, 3, 5))
AUTODELETE = Deletion((1, 2, 5), "RETR", ("autodelete",))


def new_folder(place: Path) -> Path:
    """A folder of its own below the place."""
    return Path(tempfile.mkdtemp(dir=place.resolve()))


def filled(folder: Path) -> Path:
    for name, octets in MESSAGES.items():
        (folder / name).write_bytes(octets)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
