"""The same sessions with a rule and without it: where they differ, and where the rule says so.

A dialogue is a list of steps, each a line of the client, or one of these:

    (session)   another session begins, greeted     (tls)     the same, under TLS at once
    (lost)      the client is gone, without QUIT    (other)   the session before the last goes on
    (wait 90)   nothing comes for so many seconds   (add)     a message more is delivered
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from pop3lab.auth.authenticator import Authenticator
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.actions import Action, OffloadNext, Part, Send, StartTLS
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import ActionPerformed, Event, LineReceived, MessagesDeleted, RuleApplied
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.trials import Trial
from tests.dialogue import TIMESTAMP, sent, verifying

USERS = Authenticator({"ann": "secret"})
CLEAR = Channel(challenge=TIMESTAMP)
SECURE = Channel(secure=True, version="TLSv1.3", challenge=TIMESTAMP, end_point=b"a digest")

TLS = ServerCapabilities(tls=True)
NO_WAIT = Limits(busy=0.0)

_DELIVERED = b"Subject: delivered\r\n\r\nlate\r\n"
_MOST = 400  # actions of one step: what has no end is compared that far


class Step(NamedTuple):
    """What one step brought. does: actions, told: how often the rule said that it took effect.

    early: it said so before the line that came was told.
    """

    text: str
    does: tuple[Action, ...]
    gone: tuple[str, ...]  # deleted from the store
    told: int
    early: bool


@dataclass
class Played:
    """Sessions under rules, on one store, by a clock that the steps move."""

    rules: Rules
    store: MemoryStore
    capabilities: ServerCapabilities = TLS
    limits: Limits = NO_WAIT
    users: Authenticator = USERS
    steps: list[Step] = field(default_factory=list)
    wants_lines: bool = True  # as a listener: more is wanted than what every session tells
    sessions: list[Session] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)
    _now: float = 0.0

    @property
    def hits(self) -> int:
        """Of all rules."""
        return sum(active.hits for active in self.rules.active)

    def emit(self, event: Event) -> None:
        """Keep it, for the step at hand."""
        self._events.append(event)

    def play(self, dialogue: Sequence[str]) -> "Played":
        """All steps; what a session that is over can't do, is left out."""
        self.rules.server.clock = lambda: self._now
        for text in dialogue:
            self._events = []
            does = tuple(self._does(text))
            gone = tuple(u for e in self._events if isinstance(e, MessagesDeleted) for u in e.uids)
            told = sum(isinstance(event, RuleApplied) for event in self._events)
            self.steps.append(Step(text, does, gone, told, _is_early(self._events)))
        return self

    def _does(self, text: str) -> Iterator[Action]:
        word, _, value = text.strip("()").partition(" ")
        match word if text.startswith("(") else "":
            case "session":
                yield from self._begin(secure=False)
            case "tls":
                yield from self._begin(secure=True)
            case "lost":
                self.sessions[-1].session_ended("closed")
            case "other":
                self.sessions.insert(0, self.sessions.pop())
            case "add":
                self.store.add("ann", _DELIVERED)
            case "wait":
                self._now += float(value)
                yield from self._silence()
            case _:
                yield from self._line(text.encode("latin-1") + b"\r\n")
        yield from self._silence()

    def _begin(self, *, secure: bool) -> Iterator[Action]:
        session = Session(
            len(self.sessions) + 1,
            self.users,
            self.store,
            timestamp=TIMESTAMP,
            peer="192.0.2.1:1100",
            capabilities=self.capabilities,
            channel=CLEAR,
            limits=self.limits,
            hooks=self.rules,
            sink=self,
        )
        self.sessions.append(session)
        yield from self._performed(session, session.greeting(tls=secure))

    def _line(self, octets: bytes) -> Iterator[Action]:
        session = self.sessions[-1]
        if not session.over:
            before = len(self._events)
            said, actions = session.feed(octets)
            if said:
                yield from self._pieces(said, self._events[before:])
            yield from self._performed(session, actions or ())
            if session.over:
                session.session_ended("dropped")

    def _pieces(self, octets: bytes, events: Sequence[Event]) -> Iterator[Action]:
        """Octets that were given as one: as they are told, which is in parts."""
        if not self.wants_lines:
            yield Send(octets, Part.HEAD)
            return
        pieces = [event.action for event in events if isinstance(event, ActionPerformed)]
        assert sent(pieces) == octets
        yield from pieces

    def _silence(self) -> Iterator[Action]:
        """Wakes whoever wants to be, as a connection's alarm does."""
        for session in self.sessions:
            if session.wakeup_delay <= 0:
                yield from self._performed(session, session.wake_up())
                if session.over:
                    session.session_ended("dropped")

    def _performed(self, session: Session, actions: Iterable[Action]) -> Iterator[Action]:
        for count, action in enumerate(verifying(actions)):
            if isinstance(action, StartTLS):
                session.tls_established(SECURE)
            if not isinstance(action, OffloadNext):
                yield action
            if count > _MOST:
                return


def _is_early(events: Sequence[Event]) -> bool:
    """Whether an effect is told before what the client said."""
    said = [nth for nth, event in enumerate(events) if isinstance(event, LineReceived)]
    return bool(said) and any(isinstance(event, RuleApplied) for event in events[: said[0]])


def played(trial: Trial, *rules: str, lines: bool = True, utf8: bool = False) -> Played:
    """The sessions of a trial under these rules. lines: somebody watches."""
    made = Rules([parse_rule(text) for text in rules], seed=1)
    capabilities = ServerCapabilities(tls=True, utf8=utf8)
    return Played(made, trial.store, capabilities, wants_lines=lines).play(trial.dialogue)


def by_the_book(trial: Trial) -> Played:
    """The sessions of a trial without a rule, which many trials have in common."""
    return _by_the_book(tuple(trial.dialogue), tuple(trial.messages))


@cache
def _by_the_book(dialogue: Sequence[str], messages: Sequence[bytes]) -> Played:
    return played(Trial("", dialogue, messages))


def differing(one: Played, other: Played, *, pieces: bool = False) -> list[int]:
    """The steps in which they differ: in octets, in what is done besides, in what is deleted.

    pieces: those in which octets are written count, too. What is deleted is told to who watches.
    """
    watched = one.wants_lines and other.wants_lines
    return [
        number
        for number, (a, b) in enumerate(zip(one.steps, other.steps, strict=True))
        if _seen(a, pieces) != _seen(b, pieces) or (watched and a.gone != b.gone)
    ]


def _seen(step: Step, pieces: bool) -> list[object]:
    seen: list[object] = []
    for action in step.does:
        octets = isinstance(action, Send) and action.data
        if octets and not pieces and seen and isinstance(seen[-1], bytes):
            seen[-1] += octets
        else:
            seen.append(octets or action)
    return seen


def told(played: Played) -> list[int]:
    """The steps in which the rule said that it took effect."""
    return [number for number, step in enumerate(played.steps) if step.told]
