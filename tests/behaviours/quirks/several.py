"""Several sessions at one server with rules, on one store, by a clock that a test moves."""

from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import LOGIN
from tests.behaviours.ruled import rules as ruled
from tests.dialogue import ONE, TWO, done, memory, play, session

PASS = "C: USER ann\nS: +OK ...\nC: PASS secret\n"
QUIT = "C: QUIT\nS: +OK ...\n(close)\n"

NO_WAIT = Limits(busy=0.0)


class Several:
    """Sessions of ann, at a server with these rules, by default with messages ONE and TWO."""

    def __init__(self, *texts: str, store: MemoryStore | None = None) -> None:
        self.rules = ruled(*texts)
        self.store = memory(ONE, TWO) if store is None else store
        self.now = 0.0
        self.rules.server.clock = lambda: self.now

    def session(self, capabilities: ServerCapabilities = ServerCapabilities()) -> Session:
        """A new one, greeted."""
        made = session(self.store, hooks=self.rules, limits=NO_WAIT, capabilities=capabilities)
        done(made.greeting())
        return made

    def play(self, transcript: str) -> Session:
        """A session with this transcript behind its greeting; it goes on."""
        played = self.session()
        play(played, transcript)
        return played

    def visit(self, transcript: str) -> None:
        """A session in TRANSACTION, that ends with QUIT."""
        self.play(LOGIN + transcript + QUIT)

    def lose(self, transcript: str) -> None:
        """A session in TRANSACTION that the client leaves without QUIT."""
        self.play(LOGIN + transcript).session_ended("closed")

    @property
    def uids(self) -> list[str]:
        """Of what ann really has."""
        maildrop = self.store.open("ann")
        maildrop.close()
        return [entry.uid for entry in maildrop.snapshot.entries]


def quirky(
    *texts: str, transcript: str, greet: bool = False, store: MemoryStore | None = None
) -> None:
    """One session with these rules."""
    several = Several(*texts, store=store)
    made = session(several.store, hooks=several.rules, limits=NO_WAIT)
    if not greet:
        done(made.greeting())
    play(made, transcript, greet=greet)


def secure(made: Session) -> Session:
    """The session, under TLS."""
    made.tls_established(Channel(secure=True, version="TLSv1.3"))
    return made
