"""The checks of clients: a listener that finds violations while sessions go on."""

from collections.abc import Callable, Iterator

from pop3lab.conformance.answered_lines import early_violation, may_violate, process
from pop3lab.conformance.checks_login import (
    BEHIND_STLS,
    check_attempts,
    check_credentials,
    check_tls,
)
from pop3lab.conformance.checks_messages import check_action, check_messages
from pop3lab.conformance.checks_sequence import (
    QUIT_NOT_AWAITED,
    check_end,
    check_pipelining,
    check_state,
    is_decided_by_close,
)
from pop3lab.conformance.checks_sessions import check_sessions
from pop3lab.conformance.checks_syntax import check_arguments, check_octets, check_response
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
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
from pop3lab.core.reply_reader import ERR
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.event_queue import EventQueue

_Check = Callable[[ClientLine, ClientKnowledge], Iterator[Violation]]

_ALWAYS: tuple[_Check, ...] = (check_octets,)
_SYNCHRONIZED: tuple[_Check, ...] = (
    check_arguments,
    check_pipelining,
    check_tls,
    check_credentials,
)
_ANSWERED: tuple[_Check, ...] = (check_state, check_response, check_attempts, check_messages)

_MOST_CLOSING = 10_000  # ended sessions remembered until they are closed


def _check_line(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Yield the violations in a line. Checks that need uncertain facts are skipped.

    It is uncertain what the client knew when it sent a line early.
    """
    checks = _ALWAYS
    if knowledge.synchronized:
        checks += _SYNCHRONIZED if line.early else _SYNCHRONIZED + _ANSWERED
    for check in checks:
        yield from check(line, knowledge)


class ClientChecker:
    """Publishes a ViolationFound after the event that decides it, with the same time.

    It must be the last listener, so that the others get the event first.
    """

    wants_lines = True

    def __init__(
        self, publish: Callable[[float, Event], None], message_history: MessageHistory | None = None
    ) -> None:
        """publish: publishes an event. message_history: of earlier runs, to be continued."""
        self._publish = publish
        self._history = ClientHistory()
        self._message_history = message_history or MessageHistory()
        self._sessions: dict[int, ClientKnowledge] = {}
        self._closing: dict[int, ClientKnowledge] = {}

    def on_event(self, seconds: float, event: Event) -> None:
        """Check the event; publish the violations."""
        if isinstance(event, ViolationFound):
            return
        for violation in self._check(seconds, event):
            found = ViolationFound(event.session, violation.id, violation.meaning)
            self._publish(seconds, found)

    def accepts(self, run: AnsweredRun) -> bool:
        """Whether the run has no violation but one of all early lines, which it is given.

        Ask just before it is processed.
        """
        knowledge = self._sessions.get(run.session)
        if knowledge is None:
            return True
        if may_violate(run, knowledge, self._message_history):
            return False
        if found := early_violation(run, knowledge):
            run.violation = ViolationFound(run.session, found.id, found.meaning)
        return True

    def on_answered(self, run: AnsweredRun) -> None:
        """Process a run that was accepted."""
        if knowledge := self._sessions.get(run.session):
            process(run, knowledge, self._message_history)

    def _check(self, seconds: float, event: Event) -> list[Violation]:
        if isinstance(event, ConnectionOpened):
            opened = ClientKnowledge(event.session, event.peer, seconds, self._history)
            self._sessions[event.session] = opened
            return []
        if isinstance(event, ConnectionClosed):
            return self._check_close(event)
        knowledge = self._sessions.get(event.session)
        if knowledge is None:
            return []
        violations = list(self._check_session(seconds, event, knowledge))
        violations += check_sessions(seconds, event, knowledge, self._message_history)
        return violations

    def _check_session(
        self, seconds: float, event: Event, knowledge: ClientKnowledge
    ) -> Iterator[Violation]:
        match event:
            case LineReceived():
                yield from _check_line(knowledge.line_received(seconds, event), knowledge)
            case PlaintextAfterStls() if knowledge.exchanges.reply.status != ERR:
                yield BEHIND_STLS
            case SessionEnded():
                knowledge.session_ended(seconds)
                yield from check_end(seconds, event, knowledge)
                self._end(event, knowledge)
            case ActionPerformed(_, action):
                knowledge.exchanges.on_action(seconds, action)
                yield from check_action(action, knowledge)
            case _:
                self._learn(event, knowledge)

    def _learn(self, event: Event, knowledge: ClientKnowledge) -> None:
        match event:
            case RuleApplied(unconditional=False):
                knowledge.exchanges.rule_applied = True
            case UnexpectedTls():
                knowledge.synchronized = False  # the client speaks another protocol
            case MessageRead(_, uid):
                knowledge.exchanges.message_read(uid)
            case LoggedIn():
                knowledge.logged_in(event)
            case TlsEstablished():
                knowledge.tls_established()

    def _end(self, event: SessionEnded, knowledge: ClientKnowledge) -> None:
        del self._sessions[event.session]
        if is_decided_by_close(event, knowledge):
            self._closing[event.session] = knowledge
        if len(self._closing) > _MOST_CLOSING:
            del self._closing[next(iter(self._closing))]

    def _check_close(self, event: ConnectionClosed) -> list[Violation]:
        undecided = self._closing.pop(event.session, None) is not None
        return [QUIT_NOT_AWAITED] if undecided and event.client_close == "reset" else []


def check_clients(events: EventQueue, message_history: MessageHistory | None = None) -> None:
    """Add a checker to the listeners; violations go to the listeners added before.

    message_history: of earlier runs, to be continued.
    """
    checker = ClientChecker(events.publish, message_history)
    events.listeners.append(checker)
    events.accepts = checker.accepts
