"""Telling the operator."""

from typing import TextIO

from pop3lab.core.events import Event, Failed
from pop3lab.watch.operator import tell_operator


class Complaints:
    """Tells the operator what stores could not do."""

    lines = False

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def note(self, seconds: float, event: Event) -> None:
        """Write a line for each failure."""
        if isinstance(event, Failed):
            tell_operator(self._file, f"pop3lab: session {event.session}: {event.reason}")
