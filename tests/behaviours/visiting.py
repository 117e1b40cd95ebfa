"""Sessions of one user, one after the other, under rules as they are written."""

from pop3lab.core.events import Event, MessageRead, MessagesDeleted
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.dialogue import ONE, TWO, logged_in, memory, play

THREE = b"Subject: three\r\n\r\nbye\r\n"  # 23 octets


class Visiting:
    """A server's store and rules, and what was really read and deleted."""

    def __init__(self, *texts: str, store: MemoryStore | None = None) -> None:
        self.store = memory(ONE, TWO, THREE) if store is None else store
        self.rules = rules(*texts)
        self.read: list[str] = []
        self.deleted: list[str] = []
        self.wants_lines = True

    def emit(self, event: Event) -> None:
        """Keeps what counts."""
        if isinstance(event, MessageRead):
            self.read.append(event.uid)
        if isinstance(event, MessagesDeleted):
            self.deleted += event.uids

    def visit(self, transcript: str) -> None:
        """A session of its own: login, this dialogue, and the connection is gone."""
        visitor = logged_in(self.store, hooks=self.rules, sink=self)
        play(visitor, transcript)
        visitor.session_ended("closed")

    def visits(self, *transcripts: str) -> "Visiting":
        """One after the other."""
        for transcript in transcripts:
            self.visit(transcript)
        return self
