"""The checks of clients: a listener that finds violations while sessions go on."""

from collections.abc import Callable, Iterator

from pop3lab.conformance.answered_lines import (
    early_violation,
    fetched_again,
    may_violate,
    process,
)
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
from pop3lab.conformance.checks_sessions import FETCHED_AGAIN, check_sessions
from pop3lab.conformance.checks_syntax import check_arguments, check_octets, check_response
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.history import ClientHistory, MessageHistory
from pop3lab.conformance.violation import Violation
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import LOGIN_VERBS
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

_MOST_CLOSING = 10_000  # ended sessions remembered until they are closed


def _check_line(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Yield the violations in a line."""
    for check in _checks(line, knowledge):
        yield from check(line, knowledge)


def _checks(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[_Check]:
    """Yield the checks that may find something. Those that need uncertain facts are left out.

    It is uncertain what the client knew when it sent a line early.
    """
    yield check_octets
    if not knowledge.synchronized:
        return
    if not line.response:
        yield check_arguments
    if line.early:
        yield check_pipelining
    if knowledge.capabilities_before_tls is not None:
        yield check_tls
    proves = line.response or line.verb in LOGIN_VERBS
    if proves:
        yield check_credentials
    if not line.early:
        yield from _of_answered(line, proves=proves)


def _of_answered(line: ClientLine, *, proves: bool) -> Iterator[_Check]:
    """Yield checks of a line that came after the reply to the one before. proves: it logs in."""
    yield check_state
    if proves:
        yield check_response
        yield check_attempts
    if line.number is not None:
        yield check_messages


def _may_end_something(action: Action) -> bool:
    """Whether there may be a violation in an action: in a refusal, or the end of a reply."""
    return isinstance(action, Send) and (action.part is Part.END or action.data.startswith(b"-ERR"))


def _found(session: int, violation: Violation) -> ViolationFound:
    return ViolationFound(session, violation.id, violation.meaning)


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
            self._publish(seconds, _found(event.session, violation))

    def accepts(self, run: AnsweredRun) -> bool:
        """Whether the run has no violations but such as it is given here.

        Ask just before it is processed.
        """
        knowledge = self._sessions.get(run.session)
        if knowledge is None:
            return True
        if may_violate(run, knowledge, self._message_history):
            return False
        if found := early_violation(run, knowledge):
            run.early_violation = _found(run.session, found)
        again = fetched_again(run, knowledge, self._message_history)
        run.end_violations = dict.fromkeys(again, _found(run.session, FETCHED_AGAIN))
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
        if isinstance(event, ActionPerformed) and not _may_end_something(event.action):
            knowledge.exchanges.on_action(seconds, event.action)
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
