"""Records of sessions, which grow while the sessions go on."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

from pop3lab.core.actions import Send
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    ConnectionClosed,
    Event,
    LineReceived,
    LoggedIn,
    MessageRead,
    MessagesDeleted,
    RuleApplied,
    SessionEnded,
    TlsEstablished,
    ViolationFound,
)
from pop3lab.core.exchange import ServedCommand
from pop3lab.core.request import parse_line
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.redaction import Redactor, verb_within
from pop3lab.observe.timed_events import TimedEvent, TimedLines, single_events
from pop3lab.observe.transcript_formats import Transcript

_T = TypeVar("_T")


class _UpToDate(Generic[_T]):
    """An attribute that is updated with all waiting events whenever it is read."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...

    @overload
    def __get__(self, record: "SessionRecord", owner: type) -> _T: ...

    def __get__(self, record: "SessionRecord | None", owner: type) -> Any:
        if record is None:
            return self
        record._update()
        record._look(record._note_new)  # another thread may do so, too
        return getattr(record, self._name)


def _nothing_waits() -> None:
    pass


def _nobody_else(find: Callable[[], None]) -> None:
    find()


class SessionRecord:
    """The record of one session, up to now.

    Attributes:
        number (int): The number of the session, 1 for the first.
        peer (str): The client's address.
        user (str | None): The user who has logged in, or None.
        mechanism (str): PASS, APOP or the SASL mechanism of the login; empty before.
        tls (str): The version, "TLSv1.3"; empty without TLS.
        commands (list[str]): The verbs of the commands, in upper case, without SASL
            responses.
        lines (list[str]): The same commands with their arguments, secrets as `****`.
        retrieved (list[str]): The unique-ids of messages that RETR has sent to their end, once
            for each time.
        deleted (list[str]): The unique-ids of messages that are gone from the store.
        received (int): The number of octets received.
        sent (int): The number of octets sent.
        opened (float): The start of the session, in seconds since the epoch.
        ended (float | None): The end of the session, in seconds since the epoch, or None.
        applied_rules (list[str]): The rules that took effect.
        violations (list[ViolationFound]): The client's violations of the RFCs.
        transcript (Transcript): The transcript of this session.
        end_reason (str): The reason for the end, one word; empty until the session has ended.
        client_close (str): How the client left, "closed" or "reset".
        closed (bool): The session has ended, and its connection is closed.

    The values of end_reason are:

    - quit: the server replied to QUIT while the client was there
    - closed: the client closed the connection without QUIT, or before the reply to it
    - reset: the client reset the connection
    - fault: a rule ended the session
    - timeout: the client was idle for too long
    - stalled: the client read a reply too slowly
    - tls_failed: the TLS handshake failed
    - tls_broken: data under TLS was not TLS, or was forged
    - evicted: the client had not logged in, and the server needed its place for others
    - dropped: the server closed the connection for another reason, such as a limit
    - stopped: the server was stopped
    - failed: the server had an error; see errors
    """

    ended = _UpToDate[float | None]()
    user = _UpToDate[str | None]()
    mechanism = _UpToDate[str]()
    tls = _UpToDate[str]()
    commands = _UpToDate[list[str]]()
    lines = _UpToDate[list[str]]()
    retrieved = _UpToDate[list[str]]()
    deleted = _UpToDate[list[str]]()
    received = _UpToDate[int]()
    sent = _UpToDate[int]()
    applied_rules = _UpToDate[list[str]]()
    violations = _UpToDate[list[ViolationFound]]()
    end_reason = _UpToDate[str]()
    client_close = _UpToDate[str]()
    closed = _UpToDate[bool]()

    def __init__(
        self,
        number: int,
        peer: str,
        opened: float,
        is_secret: IsSecret = no_secrets,
        *,
        update: Callable[[], None] = _nothing_waits,
        look: Callable[[Callable[[], None]], None] = _nobody_else,
    ) -> None:
        """update: called whenever the record is read; adds the events that still wait.

        look: calls a function while no event is added.
        """
        self.number = number
        self.peer = peer
        self.opened = opened
        self.is_secret = is_secret
        self.keeps_bodies = True  # otherwise its transcript ends its messages early
        self.body_octets = 0  # kept
        self._update = update
        self._look = look
        self.transcript = Transcript(self._all_events, is_secret)
        self._ended: float | None = None
        self._user: str | None = None
        self._mechanism = ""
        self._tls = ""
        self._commands: list[str] = []
        self._lines: list[str] = []
        self._retrieved: list[str] = []
        self._deleted: list[str] = []
        self._received = 0
        self._sent = 0
        self._applied_rules: list[str] = []
        self._violations: list[ViolationFound] = []
        self._end_reason = ""
        self._client_close = ""
        self._closed = False
        self._events: list[TimedLines] = []
        self._noted = 0  # events that the attributes know; the others are for when one is read
        self._served = ServedCommand()
        self._fired = False  # a rule took effect since the last command
        self._redactor = Redactor(is_secret)

    def _all_events(self) -> tuple[TimedEvent, ...]:
        self._update()
        return tuple(single_events(self._events))

    @property
    def events(self) -> tuple[TimedEvent, ...]:
        """The events up to now, secrets unmasked; is_secret tells which words those are."""
        return self._all_events()

    def __repr__(self) -> str:
        return f"<session {self.number} from {self.peer}: {self.status}>"

    @property
    def status(self) -> str:
        """How the session ended, or its last command, in words."""
        if self.closed:
            return f"closed ({self.end_reason})"
        last = self.lines[-1] if self.lines else ""
        what = f"last command {last}" if last else "no command yet"
        return (
            f"ended ({self.end_reason}), not yet closed"
            if self.end_reason
            else f"still open, {what}"
        )

    def on_event(self, seconds: float, event: Event, *, kept: bool = True) -> None:
        """Record the next event of the session. kept: it is in the transcript."""
        if kept:
            self._events.append((seconds, event))
        else:
            self._note_new()
            self._note(event)
        match event:
            case SessionEnded(_, reason):
                self._ended = seconds
                self._end_reason = self._final_reason(reason)
                self._closed = bool(self._client_close)
            case ConnectionClosed(_, client_close):
                self._client_close = client_close
                self._closed = bool(self._end_reason)

    def on_answered(self, run: AnsweredRun) -> None:
        """Record lines that were answered; the same as each of their events."""
        self._events.append((run.seconds, run))

    def _note_new(self) -> None:
        """Note the events that came since the last time, which costs more than to keep them."""
        if self._noted == len(self._events):
            return
        new = self._events[self._noted :]
        self._noted += len(new)
        for _, event in new:
            if isinstance(event, AnsweredRun):
                self._note_answered(event)
            else:
                self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case ActionPerformed(_, Send(data, part)):
                self._sent += len(data)
                if uid := self._served.send(part):
                    self._retrieved.append(uid)
            case LineReceived():
                self._note_line(event)
            case MessageRead() | BodyTruncated():
                self._served.on_event(event)
            case _:
                self._note_rarer(event)

    def _note_answered(self, run: AnsweredRun) -> None:
        redact = self._redactor.redact_number
        shown = {reply: redact(reply.line, reply.verb) for reply in run.counts}
        self._sent += run.octets
        for _, batch in run.batches:
            for reply in batch.replies:
                self._received += len(reply.line) + len(b"\n")
                self._commands.append(reply.verb)
                self._lines.append(shown[reply])
                if uid := reply.retrieved:
                    self._retrieved.append(uid)
        for violation, times in run.violations():
            self._violations += [violation] * times
        self._served.answer(run.last.verb)
        self._fired = False

    def _note_rarer(self, event: Event) -> None:
        match event:
            case LoggedIn(_, user, mechanism):
                self._user, self._mechanism = user, mechanism
                self._redactor.on_event(event)
            case MessagesDeleted(_, uids):
                self._deleted += uids
            case TlsEstablished(_, version):
                self._tls = version
            case RuleApplied(rule=rule):
                self._applied_rules.append(rule)
                self._fired = True
            case ViolationFound():
                self._violations.append(event)

    def _note_line(self, event: LineReceived) -> None:
        self._received += len(event.line) + len(b"\n")
        self._served.receive(event)
        self._fired = False
        shown = self._redactor.redact(event).removesuffix(b"\r")
        if event.response:
            return
        self._lines.append(shown.decode("utf-8", "backslashreplace"))
        heard = verb_within(event.verb, shown)
        self._commands.append(event.verb if heard else parse_line(shown).request.verb)

    def _final_reason(self, how: str) -> str:
        if how == "dropped":
            self._note_new()
        return "fault" if how == "dropped" and self._fired else how

    def close(self, seconds: float) -> None:
        """Close the record: no more events will come."""
        if not self._closed:
            self._ended = self._ended or seconds
            self._end_reason = self._end_reason or "stopped"
            self._closed = True
