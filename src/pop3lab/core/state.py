"""What the handlers of commands and the hooks see of a session, and may change."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeGuard

from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.errors import MessageGone, Refused, StoreFailed
from pop3lab.core.events import (
    AnsweredSink,
    Event,
    EventSink,
    LinesAnswered,
    LoggedIn,
    MailCounts,
    StoreError,
)
from pop3lab.core.maildrop import (
    HasPaths,
    Maildrop,
    Snapshot,
    Store,
    Users,
)
from pop3lab.core.maildrop_wrappers import EventingMaildrop
from pop3lab.core.reply import Reply, challenge
from pop3lab.core.request import Authenticated, State
from pop3lab.core.sasl import Channel, Mechanism, SaslStep
from pop3lab.core.session_messages import SessionMessages


def no_connection() -> None:
    """Wake nobody: there is no connection, or none any more."""


def _nobody_listens(event: Event) -> None:
    pass


def _takes_answered(sink: EventSink | None) -> TypeGuard[AnsweredSink]:
    """Whether it is an AnsweredSink: asked for each session, where isinstance takes long."""
    return hasattr(sink, "emit_answered")


def _emit_each(emit: Callable[[Event], None], answered: LinesAnswered) -> None:
    for event in answered.events():
        emit(event)


class SessionState:
    """State, maildrop and marks of one session, and what it offers on its channel.

    Session drives it; handlers and hooks are given it.
    """

    __slots__ = (
        "_eventing",
        "_maildrop",
        "_messages",
        "_next_pending_user",
        "address",
        "came",
        "capabilities",
        "channel",
        "commands",
        "early",
        "emit",
        "emit_answered",
        "limits",
        "line",
        "mechanism",
        "more",
        "number",
        "over",
        "pending_user",
        "quit_obeyed",
        "reset_wakeup",
        "sasl",
        "state",
        "store",
        "surrogates",
        "timestamp",
        "user",
        "users",
        "utf8",
        "verbs",
        "watched",
    )

    def __init__(
        self,
        number: int,
        users: Users,
        store: Store,
        commands: "Mapping[str, CommandRow]",
        *,
        timestamp: str = "",
        address: str = "",
        capabilities: ServerCapabilities = ServerCapabilities(),
        channel: Channel = Channel(),
        limits: Limits = Limits(),
        sink: EventSink | None = None,
    ) -> None:
        """timestamp: with its angle brackets, never used before (RFC 1939 section 7, APOP).

        address: the client's, without its port. sink: takes the events that emit is called with.

        Any thread may call the attribute reset_wakeup, so that hooks are asked anew how long they
        wait.
        """
        self.number = number
        self.users = users
        self.store = store
        self.commands = commands
        self.timestamp = timestamp
        self.address = address
        self.capabilities = capabilities
        self.channel = channel
        self.limits = limits
        self.verbs = BoundedCounter()
        self.reset_wakeup: Callable[[], None] = no_connection
        self.watched = sink is not None and sink.wants_lines
        self.over = False  # an action that ends the session is on its way, or the client has left
        self.quit_obeyed = False
        self.emit: Callable[[Event], None] = sink.emit if sink else _nobody_listens
        self.emit_answered: Callable[[LinesAnswered], None] = (
            sink.emit_answered if _takes_answered(sink) else partial(_emit_each, self.emit)
        )
        self._maildrop: Maildrop | None = None
        self._messages: SessionMessages | None = None
        self._eventing: EventingMaildrop | None = None  # within the maildrop, if it is watched
        self.restart()

    def restart(self) -> None:
        """Forget what was said: at the start of a session, and again under TLS (RFC 2595 s 4)."""
        self.state = State.AUTHORIZATION
        self.user: str | None = None
        self.mechanism = ""  # by which the user logs in
        self.utf8 = False
        self.surrogates = False  # hooks give something else instead of what is withheld
        self.pending_user: str | None = None  # named by USER just before this command
        self._next_pending_user: str | None = None
        self.line = b""  # the one at hand, as it came, without its LF
        self.came = self.state  # in which state it came
        self.early = False  # it came before the answer to the line before it
        self.more = False  # another line has come behind it
        self.sasl: SaslStep | None = None  # to which the next line is the response

    def begin_line(self, line: bytes, *, early: bool) -> SaslStep | None:
        """Take the next line as the one at hand.

        Return the SASL exchange whose response it is, if one is under way.
        """
        step, self.sasl = self.sasl, None
        self.line, self.early = line, early
        self.came = self.state
        self.pending_user, self._next_pending_user = self._next_pending_user, None
        return step

    @property
    def messages(self) -> SessionMessages:
        """The messages by number; only in TRANSACTION."""
        assert self._messages is not None
        return self._messages

    @property
    def counts(self) -> MailCounts:
        """What the session has done with messages, if it ever had any."""
        return self._messages.counts if self._messages else MailCounts()

    def count_sent(self, verb: str, octets: int) -> None:
        """Count octets of the body of a reply."""
        if self._messages:
            self._messages.count_sent(verb, octets)

    @property
    def maildrop(self) -> Maildrop:
        """The open maildrop; only in TRANSACTION."""
        assert self._maildrop is not None
        return self._maildrop

    def may_block(self, uses: str) -> bool:
        """Whether the maildrop may take long for this: "read", "look" or "delete".

        Not if none is open. DELE looks only for what RETR was refused.
        """
        if self._maildrop is None or (uses == "look" and not self.messages.not_sent):
            return False
        if uses == "delete":
            return self._maildrop.delete_waits(self.messages.marked_uids)
        return self._maildrop.read_waits

    def knows(self, verb: str) -> bool:
        """Whether there is such a command here and now."""
        row = self.commands.get(verb)
        return row is not None and row.known(self)

    @property
    def takes_passwords(self) -> bool:
        """Whether USER and PASS work here."""
        return self.channel.clear and self.users.offers_pass and self.knows("USER")

    @property
    def offers_utf8(self) -> bool:
        """Whether UTF8 works here, before login (RFC 6856 section 2)."""
        row = self.commands.get("UTF8")
        return row is not None and row.offered(self)

    @property
    def may_start_tls(self) -> bool:
        """Whether STLS works here (RFC 2595 section 4)."""
        before = self.state is State.AUTHORIZATION and not self.channel.secure
        return before and self.capabilities.tls and self.knows("STLS")

    def mechanisms(self) -> Sequence[Mechanism]:
        """Return those that AUTH takes on this channel."""
        return self.users.mechanisms(self.channel)

    def set_pending_user(self, name: str) -> None:
        """Keep the name that PASS may follow, if it is the very next command."""
        self._next_pending_user = name

    def continue_sasl(
        self, step: SaslStep, outcome: bytes | Reply | Authenticated
    ) -> Reply | Authenticated:
        """Take a step of AUTH: its outcome is a challenge, to which the next line is the response.

        Any other outcome is the end of the exchange, and returned as it is.
        """
        if not isinstance(outcome, bytes):
            return outcome
        self.sasl = step
        return challenge(outcome)

    def enter_transaction(
        self, maildrop: Maildrop, eventing: EventingMaildrop | None = None
    ) -> None:
        """Enter TRANSACTION with this maildrop (RFC 1939 section 4).

        eventing: the part of it that emits events; if anybody listens, from now on it does.
        """
        self._maildrop = maildrop
        self._messages = SessionMessages(maildrop.snapshot)
        self._eventing = eventing
        if eventing:
            eventing.emits = self.watched
        self.state = State.TRANSACTION

    def update(self) -> None:
        """Enter UPDATE if a maildrop is open, then close it. Raises StoreFailed."""
        self.quit_obeyed = True
        if self._maildrop is None:
            return
        self.state = State.UPDATE
        messages = self.messages
        marked = messages.marked_uids
        try:
            self._maildrop.delete(marked)
            eventing = self._eventing
            messages.deleted = len(marked) if eventing is None else eventing.deleted
        finally:
            self.close_maildrop()

    def is_gone(self, uid: str) -> bool:
        """Whether the maildrop, which is asked anew, no longer has this message."""
        if self._eventing:
            self._eventing.emits = False  # it is not for the client
        try:
            for _ in self.maildrop.read(uid):
                break
        except MessageGone:
            return True
        except (Refused, StoreFailed):
            pass
        finally:
            if self._eventing:
                self._eventing.emits = self.watched
        return False

    def emit_logged_in(self, snapshot: Snapshot) -> None:
        """Tell that the user has logged in."""
        secure = self.channel.secure
        self.emit(LoggedIn(self.number, self.user or "", self.mechanism, snapshot, secure))

    def emit_store_error(self, failure: StoreFailed | str, user: str | None = None) -> None:
        """Tell the operator the reason, where the client only reads that there is one.

        user: who is about to log in.
        """
        reason = failure if isinstance(failure, str) else str(failure.__cause__ or failure)
        user = user or self.user
        store = self.store
        path = store.path_of(user) if user and isinstance(store, HasPaths) else ""
        self.emit(StoreError(self.number, reason, user, path))

    def close_maildrop(self) -> None:
        """Close the maildrop, if one is open, once: it may fail."""
        try:
            if self._maildrop:
                self._maildrop.close()  # which may still ask for it
        finally:
            self._maildrop = self._eventing = None


class CommandRow(Protocol):
    """What the state asks of a row of the command table: command.CommandSpec has it."""

    @property
    def capability(self) -> str:
        """What CAPA lists for the command, if that is just a word."""

    @property
    def rest(self) -> bool:
        """Whether the one argument is all that stands behind the first space."""

    @property
    def offered(self) -> Callable[[SessionState], bool]:
        """Whether the command works in this session at all."""

    def known(self, session: SessionState) -> bool:
        """Whether there is such a command in this session, here and now."""
