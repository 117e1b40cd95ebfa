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
