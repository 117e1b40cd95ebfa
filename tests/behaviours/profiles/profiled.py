"""Sessions of servers as they are known, with a store that tells the truth."""

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.tokens import StaticTokens, Token
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.profiles.catalogue import profile_rules
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import Event, MessageRead, MessagesDeleted
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import ONE, TIMESTAMP, TWO, memory, play

TOKEN = "b64token"
_WAYS = LoginOptions(StaticTokens({TOKEN: Token("ann")}), allow_oauth_in_clear=True)
ACCOUNTS = Authenticator({"ann": "secret"}, _WAYS)


class Profiled:
    """A server like the known one, and with rules besides. read, deleted: what really was."""

    def __init__(self, name: str, *beside: str, tls: bool = True) -> None:
        own = [parse_rule(rule) for rule in beside]
        self.rules = Rules([*profile_rules(name, own), *own], seed=1)
        self.store: MemoryStore = memory(ONE, TWO)
        self.read: list[str] = []
        self.deleted: list[str] = []
        self.wants_lines = True
        self.capabilities = ServerCapabilities(tls=tls)

    def emit(self, event: Event) -> None:
        """Keeps what counts."""
        if isinstance(event, MessageRead):
            self.read.append(event.uid)
        if isinstance(event, MessagesDeleted):
            self.deleted += event.uids

    def session(self) -> Session:
        """A new one."""
        return Session(
            7,
            ACCOUNTS,
            self.store,
            timestamp=TIMESTAMP,
            peer="192.0.2.1:1100",
            capabilities=self.capabilities,
            limits=Limits(busy=0.0),
            hooks=self.rules,
            sink=self,
        )

    def plays(self, transcript: str) -> "Profiled":
        """A session, from its greeting on, is this dialogue."""
        played = self.session()
        play(played, transcript, greet=True)
        played.session_ended("closed")
        return self

    @property
    def left(self) -> list[str]:
        """The unique-ids in the store."""
        maildrop = self.store.open("ann")
        uids = [entry.uid for entry in maildrop.snapshot.entries]
        maildrop.close()
        return uids
