"""Sessions with a record that finds violations, played as transcripts."""

from collections.abc import Sequence

from pop3lab.conformance.checker import check_clients
from pop3lab.conformance.history import MessageHistory
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import Event, RuleApplied
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Store, Users
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.observe.event_queue import Listener
from tests.dialogue import ACCOUNTS, ONE, TIMESTAMP, TWO, done, memory, play
from tests.immediate import immediate_queue

from .finding import Findings

SECURE = Channel(secure=True, version="TLSv1.3")


class Keeper:
    """A listener that keeps what it is told."""

    wants_lines = True

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_event(self, seconds: float, event: Event) -> None:
        self.events.append(event)


class Watched:
    """A server without a socket, and its clock."""

    def __init__(
        self,
        store: Store | None = None,
        *,
        capabilities: ServerCapabilities = ServerCapabilities(),
        hooks: Hooks = NO_HOOKS,
        users: Users = ACCOUNTS,
        lives: MessageHistory | None = None,
    ) -> None:
        self.now = 1000.0
        self.keeper = Keeper()
        self.findings = Findings()
        listeners: list[Listener] = [self.keeper, self.findings]
        self.record = immediate_queue(listeners, clock=lambda: self.now)
        check_clients(self.record, lives)
        self._store = memory(ONE, TWO) if store is None else store
        self._capabilities = capabilities
        self._hooks = hooks
        self._users = users
        self._number = 0

    def emit(self, event: Event) -> None:
        self.record.emit(event)

    def session(self, channel: Channel = Channel(), peer: str = "192.0.2.1:1100") -> Session:
        """The next session, not yet greeted."""
        self._number += 1
        return Session(
            self._number,
            self._users,
            self._store,
            timestamp=TIMESTAMP,
            peer=peer,
            capabilities=self._capabilities,
            channel=channel._replace(challenge=TIMESTAMP),
            hooks=self._hooks,
            limits=Limits(busy=0.0),
            sink=self.record,
        )

    def secure(self) -> Session:
        """The next session, greeted under TLS."""
        session = self.session(SECURE)
        greeting = session.greeting(tls=True)
        next(greeting)
        session.tls_established(SECURE)
        done(greeting)
        return session

    def play(self, transcript: str, how: str = "") -> Session:
        """A session from its greeting on. how: it ends, unless it goes on."""
        played = self.session()
        play(played, transcript, greet=True)
        if how:
            played.session_ended(how)
        return played

    def fire(self) -> None:
        """A rule takes part in the exchange at hand of the last session."""
        self.emit(RuleApplied(self._number, "NOOP -> nothing"))

    @property
    def found(self) -> Sequence[tuple[str, str]]:
        """Each id with its deciding line."""
        return [(found.id, found.line) for found in self.findings.found]
