"""What each session does, recorded while it goes on."""

from collections.abc import Callable

from pop3lab.core.actions import Part, Send
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    ConnectionClosed,
    ConnectionOpened,
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
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.redaction import Redactor, verb_within
from pop3lab.observe.transcript_formats import TimedEvent, Transcript

_MOST = 64 << 20  # octets of texts and lists in transcripts


class SessionRecord:
    """One session, as far as it has come.

    number: 1 for the first. peer: the client's address.
    user, mechanism: who has logged in, if anybody, and by PASS, APOP or which one of SASL.
    tls: "TLSv1.3", empty without TLS.
    commands, lines: verbs in upper case, and the same commands whole, secrets as ****; responses
        of SASL are not among them.
    retrieved: unique-ids, as the store has them, of messages that RETR has sent to their end, each
        time.
    deleted: unique-ids of the messages that are gone from the store.
    received, sent: octets. opened, ended: seconds since the epoch.
    applied_rules: the rules that took effect. violations: of the RFCs, by the client.
    transcript: of this session.
    end_reason: one word, empty until the session has ended:

    quit        QUIT was answered, and the client was there
    closed      the client closed, without QUIT or before the answer to it
    reset       the client reset the connection
    fault       a rule ended it
    timeout     the client was idle for too long
    stalled     the client took what was sent too slowly
    tls_failed  the handshake failed
    tls_broken  what came under TLS was no TLS, or a forgery
    evicted     the server needed its place for others, as it had not logged in
    dropped     the server closed it for another reason, as a limit
    stopped     the server was stopped
    failed      by an error of the server: see errors

    client_close: how the client then left, "closed" or "reset".
    closed: the session has ended, and its connection is closed.
    """

    def __init__(
        self, number: int, peer: str, opened: float, is_secret: IsSecret = no_secrets
    ) -> None:
        self.number = number
        self.peer = peer
        self.opened = opened
        self.ended: float | None = None
        self.user: str | None = None
        self.mechanism = ""
        self.tls = ""
        self.commands: list[str] = []
        self.lines: list[str] = []
        self.retrieved: list[str] = []
        self.deleted: list[str] = []
        self.received = 0
        self.sent = 0
        self.applied_rules: list[str] = []
        self.violations: list[ViolationFound] = []
        self.transcript = Transcript(lambda: tuple(self._events), is_secret)
        self.end_reason = ""
        self.client_close = ""
        self.closed = False
        self._events: list[TimedEvent] = []
        self._served = ServedCommand()
        self._fired = False  # a rule, since the last command
        self._redactor = Redactor(is_secret)

    def __repr__(self) -> str:
        return f"<session {self.number} from {self.peer}: {self.status}>"

    def append(self, timed: TimedEvent) -> None:
        """Add an event to the transcript."""
        self._events.append(timed)

    @property
    def status(self) -> str:
        """In words: how it ended, or what came last."""
        if self.closed:
            return f"closed ({self.end_reason})"
        last = self.lines[-1] if self.lines else ""
        what = f"last command {last}" if last else "no command yet"
        return (
            f"ended ({self.end_reason}), not yet closed"
            if self.end_reason
            else f"still open, {what}"
        )

    def on_event(self, seconds: float, event: Event) -> None:
        """Take the session's next event."""
        match event:
            case ActionPerformed(_, Send(data, part)):
                self.sent += len(data)
                if uid := self._served.send(part):
                    self.retrieved.append(uid)
            case LineReceived():
                self._received(event)
            case MessageRead() | BodyTruncated():
                self._served.on_event(event)
            case SessionEnded(_, reason):
                self.ended = seconds
                self.end_reason = self._ended(reason)
                self.closed = bool(self.client_close)
            case ConnectionClosed(_, client_close):
                self.client_close = client_close
                self.closed = bool(self.end_reason)
            case _:
                self._note_rarer(event)

    def _note_rarer(self, event: Event) -> None:
        match event:
            case LoggedIn(_, user, mechanism):
                self.user, self.mechanism = user, mechanism
                self._redactor.on_event(event)
            case MessagesDeleted(_, uids):
                self.deleted += uids
            case TlsEstablished(_, version):
                self.tls = version
            case RuleApplied(rule=rule):
                self.applied_rules.append(rule)
                self._fired = True
            case ViolationFound():
                self.violations.append(event)

    def _received(self, event: LineReceived) -> None:
        self.received += len(event.line) + len(b"\n")
        self._served.receive(event)
        self._fired = False
        shown = self._redactor.redact(event).removesuffix(b"\r")
        if event.response:
            return
        self.lines.append(shown.decode("utf-8", "backslashreplace"))
        heard = verb_within(event.verb, shown)
        self.commands.append(event.verb if heard else parse_line(shown).request.verb)

    def _ended(self, how: str) -> str:
        return "fault" if how == "dropped" and self._fired else how

    def close(self, seconds: float) -> None:
        """Close the record: no more events will come."""
        if not self.closed:
            self.ended = self.ended or seconds
            self.end_reason = self.end_reason or "stopped"
            self.closed = True


class SessionRecorder:
    """Keeps a record of each session. changes: with which to wait for more, its own if None.

    transcript: of all. Transcripts have the first 64 MiB of texts and lists only, so that memory is
    bounded. is_secret: which words are secrets of users.
    """

    wants_lines = True

    def __init__(self, changes: Notifier | None = None, is_secret: IsSecret = no_secrets) -> None:
        self.changes = changes or Notifier()
        self.records: list[SessionRecord] = []
        self.transcript = Transcript(lambda: tuple(self._events), is_secret)
        self._is_secret = is_secret
        self._events: list[TimedEvent] = []
        self._octets = 0  # of bodies
        self._by_number: dict[int, SessionRecord] = {}

    def on_event(self, seconds: float, event: Event) -> None:
        """Take note."""
        with self.changes:
            if isinstance(event, ConnectionOpened):
                self._begin(seconds, event)
            record = self._by_number[event.session]
            if self._keeps(event):
                timed = TimedEvent(seconds, event)
                self._events.append(timed)
                record.append(timed)
            record.on_event(seconds, event)

    def _begin(self, seconds: float, event: ConnectionOpened) -> None:
        record = SessionRecord(event.session, event.peer, seconds, self._is_secret)
        self._by_number[event.session] = record
        self.records.append(record)

    def _keeps(self, event: Event) -> bool:
        match event:
            case ActionPerformed(_, Send(data, Part.BODY)):
                self._octets += len(data)
                return self._octets <= _MOST
        return True

    def close(self, now: Callable[[int], float]) -> None:
        """Close all records: open sessions were stopped. now: returns the time in a session."""
        with self.changes:
            for record in self.records:
                record.close(now(record.number))
