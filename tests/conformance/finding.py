"""Violations, each with the line of the client that decides it."""

from typing import NamedTuple

from pop3lab.core.events import Event, LineReceived, ViolationFound
from pop3lab.observe.redaction import Redactor
from pop3lab.observe.transcript_writer import client_line


class Finding(NamedTuple):
    """line: the client's last one, as in a transcript; empty if there was none."""

    id: str
    session: int
    seconds: float
    line: str


class Findings:
    """A listener that keeps them, in their order."""

    wants_lines = True

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self._redactors: dict[int, Redactor] = {}
        self._lines: dict[int, str] = {}

    def on_event(self, seconds: float, event: Event) -> None:
        redactor = self._redactors.setdefault(event.session, Redactor())
        redactor.on_event(event)
        match event:
            case LineReceived(number):
                self._lines[number] = client_line(redactor.redact(event))
            case ViolationFound(number, name):
                self.found.append(Finding(name, number, seconds, self._lines.get(number, "")))
