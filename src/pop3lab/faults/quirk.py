"""What a quirk is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pop3lab.core.session import Script


@dataclass(slots=True)
class Shared:
    """What the sessions of one server share. stop: shuts the server down."""

    stop: Callable[[], None]
    exit_asked: bool = False


class Quirk(NamedTuple):
    """A peculiarity: begin makes the script of one session."""

    name: str
    meaning: str
    source: str
    begin: Callable[[Shared], Script]
