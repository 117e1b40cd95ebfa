"""The moments at which a server is disturbed: while it obeys QUIT, or recovers at a login."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .client import Client
from .folder import FIRST, Deletion, State, filled, names, new_folder


class Moment(Protocol):
    """A command during which the server is disturbed."""

    @property
    def deletion(self) -> Deletion: ...

    @property
    def command(self) -> str: ...

    @property
    def allowed(self) -> Sequence[State]:
        """What logins may find afterwards."""

    @property
    def warm(self) -> bool:
        """Whether the server has deleted before: else it imports modules now."""

    def folder(self, place: Path) -> Path:
        """A folder for the server to start on."""

    def begin(self, folder: Path, port: int) -> Client:
        """Bring the server to the moment."""


@dataclass(frozen=True)
class AtQuit:
    """A session that has marked messages ends."""

    deletion: Deletion
    warm: bool = True
    command = "QUIT"
    allowed = (State.NONE_GONE, State.ALL_GONE)

    def folder(self, place: Path) -> Path:
        return filled(new_folder(place))

    def begin(self, folder: Path, port: int) -> Client:
        if self.warm:
            _warm_up(folder, port)
        client = Client(port)
        client.log_in()
        self.deletion.mark(client)
        return client


@dataclass(frozen=True)
class AtRecovery:
    """A login finds what a server that was killed in QUIT has left undone."""

    deletion: Deletion
    left: Path
    warm: bool = True
    command = "PASS password"
    allowed = (State.ALL_GONE,)

    def folder(self, place: Path) -> Path:
        return new_folder(place)

    def begin(self, folder: Path, port: int) -> Client:
        if self.warm:
            _warm_up(folder, port)
        self._put_into(folder)
        client = Client(port)
        client.must("USER user")
        return client

    def _put_into(self, folder: Path) -> None:
        """What is left, once more. Files that the journal names are links: it knows no others."""
        for name in names(self.left):
            put = os.link if name in self.deletion.names else shutil.copyfile
            put(self.left / name, folder / name)


def _warm_up(folder: Path, port: int) -> None:
    (folder / FIRST).write_bytes(b"Subject: zero\r\n\r\n")
    with Client(port) as client:
        client.log_in()
        client.must("DELE 1")
        client.must("QUIT")
