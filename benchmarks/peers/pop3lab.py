"""pop3lab in the ways in which it is started, unwatched and watched."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from benchmarks.maildrops import USER, Maildrop
from benchmarks.peers.peer import Peer
from benchmarks.servers import Command

DIR = "pop3lab DIR"
FOLDER = "serve, folder"
MAILDIR = "serve, Maildir"
PER_USER = "serve, {user}"
CONTROL = "serve, --control"
EVENTS = "serve, --events"
TRANSCRIPT = "serve, --transcript"
IN_PROCESS = "in process, unwatched"
FIXTURE = "in process, Pop3Server"

_IN_PROCESS = "benchmarks.peers.in_process"
_SERVED = ("serve", "--port", "0", "--user", f"{USER}:password", "--log-level", "error")

Words = Callable[[Maildrop], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A way of being watched, and the same server unwatched."""

    name: str
    unwatched: str
    in_memory: bool


WATCHED = (
    Watched(FIXTURE, IN_PROCESS, in_memory=True),
    Watched(EVENTS, FOLDER, in_memory=False),
    Watched(TRANSCRIPT, FOLDER, in_memory=False),
)


def unwatched() -> list[Peer]:
    """The ways that serve a maildrop and tell of nothing."""
    return [
        _command(DIR, lambda maildrop: (maildrop.folder,)),
        _command(FOLDER, lambda maildrop: (*_SERVED, maildrop.folder)),
        _command(MAILDIR, lambda maildrop: (*_SERVED, maildrop.maildir)),
        _command(PER_USER, lambda maildrop: (*_SERVED, maildrop.users / "{user}")),
        _in_process(IN_PROCESS, "unwatched"),
    ]


def watched(place: Path) -> list[Peer]:
    """The ways that tell what clients do. place: for what they write."""

    def serve(*more: object) -> Words:
        return lambda maildrop: (*_SERVED, maildrop.folder, *more)

    # The events go to stderr, which is a file of the harness.
    return [
        _command(CONTROL, serve("--control"), loads_only=True),
        _command(EVENTS, serve("--events"), loads_only=True),
        _command(TRANSCRIPT, serve("--transcript", place / "transcript"), loads_only=True),
        _in_process(FIXTURE, "watched"),
    ]


def _command(name: str, words: Words, *, loads_only: bool = False) -> Peer:
    def command(maildrop: Maildrop) -> Command:
        return Command((sys.executable, "-m", "pop3lab", *map(str, words(maildrop))))

    return _peer(name, command, loads_only=loads_only)


def _in_process(name: str, how: str) -> Peer:
    """Not for starts, as nobody starts it as a process."""

    def command(maildrop: Maildrop) -> Command:
        return Command((sys.executable, "-m", _IN_PROCESS, how, str(maildrop.folder)))

    return _peer(name, command, loads_only=True)


def _peer(name: str, command: Callable[[Maildrop], Command], *, loads_only: bool) -> Peer:
    missing = "" if util.find_spec("pop3lab") else "pop3lab is missing: pip install -e ."
    version = "" if missing else metadata.version("pop3lab")
    if loads_only:
        return Peer(name, version, missing, command, starts=False, idle=0)
    return Peer(name, version, missing, command)
