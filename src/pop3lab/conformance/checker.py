"""Finding violations while sessions go on."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import NamedTuple

from pop3lab.conformance.checks_login import (
    BEHIND_STLS,
    check_attempts,
    check_credentials,
    check_tls,
)
from pop3lab.conformance.checks_messages import check_action, check_messages
from pop3lab.conformance.checks_sequence import (
    QUIT_NOT_AWAITED,
    awaits,
    check_end,
    check_pipelining,
    check_state,
)
from pop3lab.conformance.checks_sessions import check_sessions
from pop3lab.conformance.checks_syntax import check_arguments, check_octets, check_response
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ERR, ClientLine
from pop3lab.conformance.history import ClientHistory, MessageHistory
from pop3lab.conformance.violation import Violation
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    LoggedIn,
    MessageRead,
    PlaintextAfterStls,
    RuleApplied,
    SessionEnded,
    TlsEstablished,
    UnexpectedTls,
    ViolationFound,
)
from pop3lab.observe.event_bus import EventBus, Listener
from pop3lab.observe.known_secrets import Knows, knows_nothing
from pop3lab.observe.redaction import Redactor
from pop3lab.observe.transcript_writer import client_line

# All rules about a line, each asked only when the facts that it goes by are sure.

Check = Callable[[ClientLine, ClientKnowledge], Iterator[Violation]]

_ALWAYS: tuple[Check, ...] = (check_octets,)
_IN_STEP: tuple[Check, ...] = (check_arguments, check_pipelining, check_tls, check_credentials)
_ANSWERED: tuple[Check, ...] = (check_state, check_response, check_attempts, check_messages)


def check(said: ClientLine, seen: ClientKnowledge) -> Iterator[Violation]:
    """What the line breaks. Of an early one it is not known what the client thought it knew."""
    rules = _ALWAYS
    if seen.in_step:
        rules += _IN_STEP if said.early else _IN_STEP + _ANSWERED
    for rule in rules:
        yield from rule(said, seen)


_MOST_FOUND = 10_000
_MOST_LEAVING = 10_000  # sessions that have ended and are remembered until they leave


class Found(NamedTuple):
    """A violation. line: the client's last one, as in a transcript; empty if there was none."""

    id: str
    session: int
    seconds: float
    line: str


class ClientChecker:
    """Tells Violated behind the line that decides it: put it last among the listeners of a record.

    emit: takes the event, and may be the record's own. knows: which words are secrets of users.
    lives: what is known of messages from before. found: the last so many, in their order.
    """

    wants_lines = True

    def __init__(
        self,
        emit: Callable[[Event], None],
        knows: Knows = knows_nothing,
        lives: MessageHistory | None = None,
    ) -> None:
        self._knows = knows
        self.found: deque[Found] = deque(maxlen=_MOST_FOUND)
        self._emit = emit
        self._past = ClientHistory()
        self._lives = lives or MessageHistory()
        self._sessions: dict[int, ClientKnowledge] = {}
        self._leaving: dict[int, ClientKnowledge] = {}
        self._judging = Lock()  # sessions may be told of from several threads

    def on_event(self, seconds: float, event: Event) -> None:
        """Judge it."""
        if isinstance(event, ViolationFound):
            return
        with self._judging:
            found = self._judged(seconds, event)
        for violation in found:
            self._emit(ViolationFound(event.session, violation.id, violation.meaning))

    def _judged(self, seconds: float, event: Event) -> list[Violation]:
        if isinstance(event, ConnectionOpened):
            seen = ClientKnowledge(event.session, event.peer, seconds, self._past)
            self._sessions[event.session] = seen
            return []
        if isinstance(event, ConnectionClosed):
            return self._left(seconds, event)
        known = self._sessions.get(event.session)
        if known is None:
            return []
        violations = list(self._violations(seconds, event, known))
        violations += check_sessions(seconds, event, known, self._lives)
        self.found.extend(self._found(seconds, known, violation) for violation in violations)
        return violations

    def _violations(
        self, seconds: float, event: Event, seen: ClientKnowledge
    ) -> Iterator[Violation]:
        match event:
            case LineReceived():
                yield from check(seen.hear(seconds, event), seen)
            case PlaintextAfterStls() if seen.exchanges.answer.status != ERR:
                yield BEHIND_STLS
            case SessionEnded():
                seen.end(seconds)
                yield from check_end(seconds, event, seen)
                self._ended(event, seen)
            case ActionPerformed(_, action):
                seen.exchanges.on_action(seconds, action)
                yield from check_action(action, seen)
            case _:
                self._note(event, seen)

    def _note(self, event: Event, seen: ClientKnowledge) -> None:
        match event:
            case RuleApplied(unconditional=False):
                seen.exchanges.bent = True
            case UnexpectedTls():
                seen.in_step = False  # the client speaks another protocol
            case MessageRead(_, uid):
                seen.exchanges.read(uid)
            case LoggedIn():
                seen.enter(event)
            case TlsEstablished():
                seen.secured()

    def _ended(self, event: SessionEnded, seen: ClientKnowledge) -> None:
        del self._sessions[event.session]
        if awaits(event, seen):
            self._leaving[event.session] = seen
        if len(self._leaving) > _MOST_LEAVING:
            del self._leaving[next(iter(self._leaving))]

    def _left(self, seconds: float, event: ConnectionClosed) -> list[Violation]:
        seen = self._leaving.pop(event.session, None)
        if seen is None or event.client_close != "reset":
            return []
        self.found.append(self._found(seconds, seen, QUIT_NOT_AWAITED))
        return [QUIT_NOT_AWAITED]

    def _found(self, seconds: float, seen: ClientKnowledge, violation: Violation) -> Found:
        """What makes the line secret may stand before it, so that is looked at, too."""
        hiding = Redactor(self._knows)
        for line in seen.logging_in:
            hiding.shown(line)
        hiding.entered()
        text = [client_line(hiding.shown(line)) for line in seen.received][-1:]
        return Found(violation.id, seen.number, seconds, "".join(text))


# A record that judges clients besides.


def judged(
    listeners: Sequence[Listener], knows: Knows = knows_nothing, lives: MessageHistory | None = None
) -> EventBus:
    """A record with these listeners, who are told of violations right behind what decides them.

    knows: which words are secrets of users. lives: of messages, from records before this one.
    """
    told = list(listeners)
    record = EventBus(told)
    told.append(ClientChecker(record.emit, knows, lives))
    return record
