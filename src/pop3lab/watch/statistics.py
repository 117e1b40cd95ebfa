"""Statistics as the test server of Mail::Box prints them."""

from pop3lab.core.events import Ended, Event
from pop3lab.core.tally import Tally


class Statistics:
    """Successful logins, and how often each verb came, over all sessions that have ended."""

    lines = False

    def __init__(self) -> None:
        self.logins = 0
        self.verbs = Tally()

    def note(self, seconds: float, event: Event) -> None:
        """Add up a session at its end."""
        if isinstance(event, Ended):
            self.logins += event.user is not None
            self.verbs.add_all(event.verbs)

    def __str__(self) -> str:
        """The logins on a line, then `VERB n` for each verb in byte order."""
        counted = sorted((_plain(verb), times) for verb, times in self.verbs.items())
        return "".join([f"{self.logins}\n", *(f"{verb} {times}\n" for verb, times in counted)])


def _plain(verb: str) -> str:
    """Control characters as escapes, so that a line stays a line."""
    return "".join(c if c.isprintable() else f"\\X{ord(c):02X}" for c in verb)
