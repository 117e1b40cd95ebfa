"""What a quirk is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pop3lab.core.script import Script


@dataclass(slots=True)
class Shared:
    """What the sessions of one server share. stop: shuts the server down."""

    stop: Callable[[], None]
    exit_asked: bool = False


class Quirk(NamedTuple):
    """A peculiarity: script makes the script of one server."""

    name: str
    meaning: str
    source: str
    script: Callable[[Shared], Script]
