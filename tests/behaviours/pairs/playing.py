"""Plays dialogues under rules, without sockets and clock, and notes all that comes back."""

import hashlib
import math
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from scramp import ScramClient, ScramException  # type: ignore[import-untyped]

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send, StartTLS, Verify
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import Event
from pop3lab.core.request import State
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.pairs.dialogues import Visit
from tests.dialogue import TIMESTAMP, fed, memory

LONG = b"Subject: one\r\nFrom: eve@example.org\r\n\r\nhello\r\n.dots\r\n" + b"and more\r\n" * 5
DOTS = b".Subject: two\r\n\r\n.\r\n..dots\r\nend"
UTF8 = "Subject: gr\u00fc\u00dfe\r\n\r\nk\u00f6nnen\r\n".encode()
EMPTY = b""

ACCOUNTS = Authenticator(
    {"ann": "secret", "mrose": "tanstaaf"}, LoginOptions(secret=b"the same each time")
)
_DIGEST = hashlib.md5(f"{TIMESTAMP}secret".encode()).hexdigest()
_BY_PASSWORD = ("USER ann", "PASS secret")
_ELSE = (f"APOP ann {_DIGEST}", "AUTH PLAIN AGFubgBzZWNyZXQ=")
_NONCE = "fyko+d2lbbFgONRv9qkxdawL"
_MOST = 600  # actions of a reply that are looked at: some have no end
_LATER = 1000.0  # seconds
_NEVER = Pause(math.inf)
_ENDS = (Close, Reset)


class Step(NamedTuple):
    """What came of a line. before, after: the state in which the session was."""

    before: State
    after: State
    actions: tuple[Action, ...]

    @property
    def octets(self) -> bytes:
        """What was sent."""
        return b"".join(action.data for action in self.actions if isinstance(action, Send))

    @property
    def ends(self) -> bool:
        """Whether nothing can come behind it."""
        return any(isinstance(a, _ENDS) or a == _NEVER for a in self.actions)


Place = tuple[int, int, int]  # the visit, the word in it, and which line of a login or the like
Trace = Mapping[Place, Step]


class _Watching:
    """Wants to see replies in parts, so that what is not changed is not joined either."""

    wants_lines = True

    def emit(self, event: Event) -> None:
        """Nothing."""


class _Visit:
    """A session, and whether there is anybody to talk to."""

    def __init__(self, playing: "Playing", nth: int) -> None:
        self._steps = playing.steps
        self._place = (nth, 0, 0)
        self.session = Session(
            7,
            ACCOUNTS,
            playing.store,
            timestamp=TIMESTAMP,
            peer="192.0.2.1:1100",
            limits=Limits(busy=0.0),
            capabilities=ServerCapabilities(tls=True),
            hooks=playing.rules,
            sink=_Watching(),
        )
        self._silent = False

    @property
    def over(self) -> bool:
        """Whether it is of no use to say any more."""
        return self.session.over or self._silent

    def at(self, word: int) -> None:
        """What comes now is about this word."""
        self._place = (self._place[0], word, 0)

    def perform(self, actions: Iterator[Action]) -> tuple[Action, ...]:
        """Take note of them, as a runner performs them."""
        before = self.session.state.state
        done = tuple(self._performed(actions))
        visit, word, line = self._place
        self._steps[self._place] = Step(before, self.session.state.state, done)
        self._place = visit, word, line + 1
        return done

    def _performed(self, actions: Iterator[Action]) -> Iterator[Action]:
        for action in islice(actions, _MOST):
            yield action
            if isinstance(action, Verify):
                action.proof.run()
            elif isinstance(action, StartTLS):
                channel = Channel(secure=True, version="TLSv1.3", end_point=b"a certificate")
                self.session.tls_established(channel)
            elif isinstance(action, _ENDS) or action == _NEVER:
                self._silent = action == _NEVER
                return

    def say(self, line: str) -> tuple[Action, ...]:
        """Send it, if there is anybody to hear it."""
        if self.over:
            return ()
        octets = line.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").encode()
        return self.perform(fed(self.session, octets + b"\r\n"))

    def login(self) -> None:
        """Any way that is open."""
        for line in _BY_PASSWORD:
            self.say(line)
        for line in _ELSE:
            if self.session.state.state is State.AUTHORIZATION:
                self.say(line)

    def scram(self) -> None:
        """As far as the server goes along."""
        client = ScramClient(["SCRAM-SHA-256"], "ann", "secret", c_nonce=_NONCE)
        first = b64encode(client.get_client_first().encode()).decode()
        said = self.say(f"AUTH SCRAM-SHA-256 {first}")
        challenge = b"".join(action.data for action in said if isinstance(action, Send))
        with suppress(ValueError, ScramException):  # what no client makes head or tail of
            client.set_server_first(b64decode(challenge.removeprefix(b"+ ")).decode())
            self.say(b64encode(client.get_client_final().encode()).decode())
            self.say("")


class Playing:
    """A server with these rules, and its clients."""

    def __init__(self, rules: Rules, store: MemoryStore | None = None) -> None:
        self.rules = rules
        self.store = memory(LONG, EMPTY, UTF8, DOTS) if store is None else store
        self.steps: dict[Place, Step] = {}
        self._now = 0.0
        self._stops = 0
        rules.server.clock = lambda: self._now
        rules.server.stop = self._stop

    def _stop(self) -> None:
        self._stops += 1
        nobody = State.UPDATE
        self.steps[-self._stops, 0, 0] = Step(nobody, nobody, ())

    def play(self, dialogue: Sequence[Visit]) -> Trace:
        """All its visits."""
        left: list[_Visit] = []
        for nth, words in enumerate(dialogue):
            if words[0] == "BACK":
                self._go_on(left[0], words, len(dialogue[0]))
                continue
            visit = self._begin(nth, words)
            self._go_on(visit, words, 1)
            if words[-1] == "AWAY":
                left.append(visit)
            else:
                visit.session.session_ended("closed")
        for visit in left:
            visit.session.session_ended("closed")
        self.steps[len(dialogue), 0, 0] = Step(State.UPDATE, State.UPDATE, (self._stored(),))
        return self.steps

    def _stored(self) -> Action:
        """What there really is in the end."""
        stored = self.store.look()("ann")
        return Send(" ".join(entry.uid for entry in stored).encode(), Part.BODY)

    def _deliver(self) -> None:
        self.store.add("ann", LONG)

    def _begin(self, nth: int, words: Visit) -> _Visit:
        if words[0] == "LATER":
            self._now += _LATER
        if "NEW" in words:
            self._deliver()
        visit = _Visit(self, nth)
        visit.perform(visit.session.greeting(words[0] == "TLS"))
        return visit

    def _go_on(self, visit: _Visit, words: Visit, first: int) -> None:
        for place, word in enumerate(words, first):
            visit.at(place)
            if visit.over or word == "GONE":
                return
            if place > 1 or word != "LATER":  # which has passed before the visit
                self._do(visit, word)

    def _do(self, visit: _Visit, word: str) -> None:
        if word == "LOGIN":
            visit.login()
        elif word == "SCRAM":
            visit.scram()
        elif word == "WAKE":
            visit.perform(visit.session.wake_up())
        elif word == "LATER":
            self._now += _LATER
        elif word == "COMES":
            self._deliver()
        elif word not in ("AWAY", "BACK", "NEW", "TLS"):
            visit.say(word)
