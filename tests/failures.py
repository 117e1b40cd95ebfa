"""What an operator is told of stores that fail."""

from pop3lab.core.events import Event, MessageRead, StoreError


class Failures:
    """A listener. reasons: of failures, in order; read: unique-ids of what was read."""

    wants_lines = True

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.read: list[str] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, StoreError):
            self.reasons.append(event.reason)
        if isinstance(event, MessageRead):
            self.read.append(event.uid)
