"""What can be asked of a running server, whichever way it was started."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pop3lab.observe.counters import Counters
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules


class ServiceAddress(NamedTuple):
    """Where clients connect. tls: "none", "starttls" or "implicit"."""

    host: str
    port: int
    tls: str


class ServerDescription(NamedTuple):
    """What the server is, for whoever wants to connect.

    password: only one that everybody knows. target: where the messages are; empty for memory.
    """

    endpoints: Sequence[ServiceAddress]
    user: str
    password: str | None
    profile: str | None
    target: str


class ServerControl(Protocol):
    """A running server.

    Any thread may use it but that of the loop that serves; methods wait until they are done. They
    raise ConfigError for what can't be done, with a sentence that says what to do.
    """

    @property
    def about(self) -> ServerDescription:
        """What the server is."""

    @property
    def sessions(self) -> SessionRecorder:
        """The records of the sessions."""

    @property
    def events(self) -> EventQueue:
        """The queue of events, which a reader drains."""

    @property
    def counters(self) -> Counters:
        """Counts of what sessions have done."""

    @property
    def rules(self) -> Rules:
        """The rules in force."""

    def add_rule(self, text: str) -> ActiveRule:
        """Add a rule."""

    def remove_rule(self, active: ActiveRule) -> None:
        """Take a rule out of force; again, it does nothing."""

    def replace_rules(self, texts: Sequence[str]) -> None:
        """Have these rules only, or no change if one of them is wrong."""
