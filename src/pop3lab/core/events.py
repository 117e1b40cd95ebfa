"""Events: what happened in a session. The core emits each once, and never reads one back.

They carry no time: the core has no clock, so the event bus adds it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.maildrop import Snapshot
from pop3lab.core.text import MessageText


class ConnectionOpened(NamedTuple):
    """A client connected; peer is its address as text."""

    session: int
    peer: str


class LineReceived(NamedTuple):
    """A line came: its octets up to, and without, the LF that ended it.

    Of a line longer than the limit only the beginning. early: it came before the answer to the
    line before it, or the greeting, had been sent. verb: in upper case, as the session took it,
    where there is a session; known: it has such a command.
    """

    session: int
    line: bytes
    response: bool = False  # of SASL, and as secret as a password
    early: bool = False
    verb: str = ""
    known: bool = False


class PlaintextAfterStls(NamedTuple):
    """Octets came in clear behind STLS, with it or later (RFC 2595 section 4)."""

    session: int


class UnexpectedTls(NamedTuple):
    """A TLS handshake began where the session is in clear: what follows is no line of POP3."""

    session: int


class ActionPerformed(NamedTuple):
    """The session handed this action to the runner."""

    session: int
    action: Action


class TlsEstablished(NamedTuple):
    """TLS is active; the state is as at the beginning. version: "TLSv1.3"."""

    session: int
    version: str


class TlsFailed(NamedTuple):
    """TLS did not come about, or broke: why, for the operator."""

    session: int
    reason: str


class LoggedIn(NamedTuple):
    """A user has logged in. mechanism: PASS, APOP or one of SASL. snapshot: as the store has it.

    secure: under TLS.
    """

    session: int
    user: str
    mechanism: str
    snapshot: Snapshot
    secure: bool = False


class LoginRefused(NamedTuple):
    """Nobody has logged in: the credentials are wrong, or the maildrop can't be opened now.

    user: the name that the client gave; empty if it is not known. reason: for the operator.
    """

    session: int
    user: str
    mechanism: str
    reason: str
    secure: bool = False


class MessageRead(NamedTuple):
    """The text of this message is about to be sent, or a part of it."""

    session: int
    uid: str


class BodyTruncated(NamedTuple):
    """What is being sent, though it may end as if it were whole, is not all of the message."""

    session: int


class MessagesDeleted(NamedTuple):
    """These messages are gone from the store."""

    session: int
    uids: tuple[str, ...]


class MessageDelivered(NamedTuple):
    """A message came by SMTP or LMTP, and is in this user's maildrop. It is of no session.

    session: 0. uid: what the store calls it; empty if it has no name. protocol: "SMTP" or "LMTP".
    sender, recipients: of the envelope.
    """

    session: int
    user: str
    uid: str
    octets: int
    protocol: str
    sender: str
    recipients: tuple[str, ...]


class RuleApplied(NamedTuple):
    """A rule took effect; rule: as it is written.

    unconditional: it always holds, and what it makes of replies can be seen in them.
    """

    session: int
    rule: str
    unconditional: bool = False


class ViolationFound(NamedTuple):
    """The client broke a rule of the RFCs by its last line. id: of the table of violations."""

    session: int
    id: str
    meaning: str


class StoreError(NamedTuple):
    """A store failed the session; the reason is for the operator.

    user: whose maildrop it is. path: of the maildrop; empty if it is in no file.
    """

    session: int
    reason: str
    user: str | None = None
    path: str = ""

    @property
    def sentence(self) -> str:
        """All of it, for the operator."""
        whose = f" of {self.user}" if self.user else ""
        where = f"{self.path}: " if self.path else ""
        return f"session {self.session}{whose}: {where}{self.reason}"


class RecordingError(NamedTuple):
    """`pop3lab record` could not relay the session, or did not write all of it down: why."""

    session: int
    reason: str


class MailCounts(NamedTuple):
    """What a session had to do with mail.

    top_octets, retr_octets: of the texts that TOP and RETR sent, with doubled dots. deleted: the
    messages that are gone since QUIT. messages, octets: of the maildrop at login.
    """

    top_octets: int = 0
    retr_octets: int = 0
    deleted: int = 0
    messages: int = 0
    octets: int = 0


class SessionEnded(NamedTuple):
    """The session has ended: why, who had logged in (or nobody), how often each verb came."""

    session: int
    end_reason: str
    user: str | None
    verbs: BoundedCounter
    mail: MailCounts = MailCounts()


class ConnectionClosed(NamedTuple):
    """The connection of an ended session is closed, too.

    client_close: the client "closed" it or "reset" it. A client that closes without having read
    all that was sent to it resets the connection.
    """

    session: int
    client_close: str


Event = (
    ConnectionOpened
    | LineReceived
    | PlaintextAfterStls
    | UnexpectedTls
    | ActionPerformed
    | TlsEstablished
    | TlsFailed
    | LoggedIn
    | LoginRefused
    | MessageRead
    | BodyTruncated
    | MessagesDeleted
    | MessageDelivered
    | RuleApplied
    | ViolationFound
    | StoreError
    | RecordingError
    | SessionEnded
    | ConnectionClosed
)


class LinesAnswered(NamedTuple):
    """Lines that were answered from the table, all that came together: one for many events.

    early: the first of them was; the others were in any case. replies: each with its line. texts:
    of those replies that have one; None if nobody keeps them. octets: of all replies.
    """

    session: int
    early: bool
    replies: Sequence[CachedReply]
    texts: Sequence[MessageText] | None
    octets: int

    def split(self, place: int) -> tuple["LinesAnswered", "LinesAnswered"]:
        """The same in two: the first so many lines, and the others."""
        first, rest = self.replies[:place], self.replies[place:]
        texts = self.texts or ()
        many = sum(reply.text is not None for reply in first)
        octets = sum(len(reply.head) + len(reply.end) for reply in first)
        octets += sum(len(text.stuffed) for text in texts[:many])
        return (
            LinesAnswered(self.session, self.early, first, texts[:many], octets),
            LinesAnswered(self.session, True, rest, texts[many:], self.octets - octets),
        )

    def lines(self) -> Iterator["AnsweredLine"]:
        """The lines one by one."""
        early, texts = self.early, iter(self.texts or ())
        for reply in self.replies:
            text = next(texts, None) if reply.text else None
            yield AnsweredLine(self.session, early, reply, text)
            early = True

    def events(self) -> Iterator[Event]:
        """The events that these lines would have been, one by one."""
        for line in self.lines():
            yield from line.events()


class AnsweredLine(NamedTuple):
    """A line that was answered from the table, and the text that was said."""

    session: int
    early: bool
    reply: CachedReply
    text: MessageText | None

    def events(self) -> Iterator[Event]:
        """The events that this line would have been."""
        session, early, reply, text = self
        yield LineReceived(session, reply.line, False, early, reply.verb, True)
        if reply.uid:
            yield MessageRead(session, reply.uid)
        octets = reply.head, text.stuffed if text else b"", reply.end
        for part, piece in zip(Part, octets, strict=True):
            if piece:
                yield ActionPerformed(session, Send(piece, part))


class EventSink(Protocol):
    """Receives the events of sessions, from one thread at a time for each session."""

    @property
    def wants_lines(self) -> bool:
        """Whether events of each line and action are wanted; otherwise a command costs none."""

    def emit(self, event: Event) -> None:
        """Receive an event. Must neither fail nor wait."""


class AnsweredSink(EventSink, Protocol):
    """A sink that takes many lines as one, and makes events of them later, if at all."""

    def emit_answered(self, answered: LinesAnswered) -> None:
        """Receive lines that were answered. Must neither fail nor wait."""
