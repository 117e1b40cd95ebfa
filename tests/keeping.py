"""A sink that keeps the events of a session."""

from pop3lab.core.events import Event


class Keeps:
    """Wants everything, and keeps each event as it is."""

    wants_lines = True

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)
