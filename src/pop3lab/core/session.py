"""The state machine: octets in, actions out, one at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from math import inf

from pop3lab.core.actions import THEN_CLOSE, Action, Close, Part, Pause, Send, StartTLS
from pop3lab.core.batch import Batch
from pop3lab.core.command import COMMANDS
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.dispatcher import Dispatcher
from pop3lab.core.events import (
    ConnectionClosed,
    ConnectionOpened,
    EventSink,
    LinesAnswered,
    SessionEnded,
    TlsEstablished,
    TlsFailed,
    UnexpectedTls,
)
from pop3lab.core.greeting import greeting_text
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.login import NO_THROTTLE, DelayedReply, LoginProcedure, LoginThrottle
from pop3lab.core.maildrop import Maildrop, Store, Users
from pop3lab.core.maildrop_wrappers import EventingMaildrop, Utf8HeaderFilter
from pop3lab.core.reply import Reply, ok
from pop3lab.core.reply_table import MOST_AT_ONCE, ReplyTable
from pop3lab.core.request import (
    CONNECT,
    GREETING,
    NO_COMMAND,
    SILENCE,
    Request,
    State,
)
from pop3lab.core.responder import Responder
from pop3lab.core.sasl import Channel
from pop3lab.core.state import SessionState, no_connection
from pop3lab.core.wire import TLS_HANDSHAKE, LineSplitter, tls_hello_at

_REST = Pause(0.0, leave_unread=True)  # a turn for other sessions


class Session:
    """One client's session.

    Perform greeting(), then for all octets that come send what feed(octets) returns, perform its
    actions, then call session_ended(how), and connection_closed(how) when the connection is.
    Perform each action before the next is pulled; feed no octets before all have been pulled.
    After StartTLS call tls_established(channel); after Close or Reset there is no more. Any
    exception that gets out is a bug.

    state: what handlers and hooks see of it. may_wake: whether wakeup_delay is to be asked at all.
    """

    __slots__ = (
        "_commands",
        "_dispatcher",
        "_ended",
        "_greeted_before",
        "_hooks",
        "_lines",
        "_refusal",
        "_responder",
        "_table",
        "limits",
        "may_wake",
        "number",
        "state",
        "watched",
    )

    def __init__(
        self,
        number: int,
        users: Users,
        store: Store,
        *,
        timestamp: str = "",
        greeted: bool = False,
        peer: str = "",
        refusal: str = "",
        capabilities: ServerCapabilities = ServerCapabilities(),
        channel: Channel = Channel(),
        limits: Limits = Limits(),
        hooks: Hooks = NO_HOOKS,
        throttle: LoginThrottle = NO_THROTTLE,
        sink: EventSink | None = None,
    ) -> None:
        """timestamp: with its angle brackets, never used before (RFC 1939 section 7, APOP).

        greeted: the client has had its greeting, with this timestamp.

        refusal: why there is to be no session at all.

        peer: the client's address and, behind a last colon, its port.
        """
        self.state = state = SessionState(
            number,
            users,
            store,
            COMMANDS,
            timestamp=timestamp,
            address=peer.rpartition(":")[0],
            capabilities=capabilities,
            channel=channel,
            limits=limits,
            sink=sink,
        )
        self.number = number
        self.limits = limits
        self.watched = state.watched
        self._greeted_before = greeted
        self._refusal = refusal
        self._hooks = hooks.for_session(state)
        self.may_wake = self._hooks.may_wake
        self._commands = state.commands = self._hooks.commands(COMMANDS)
        self._responder = Responder(state, self._hooks, self._commands)
        logins = LoginProcedure(state, self._hooks, throttle, self._enter_transaction)
        self._dispatcher = Dispatcher(state, self._hooks, self._commands, logins)
        self._ended = False
        self._begin()
        state.emit(ConnectionOpened(number, peer))

    def _begin(self) -> None:
        longest = max(self.limits.line, self.limits.response) + len(b"\r\n") + 1
        self._lines = LineSplitter(longest)
        self._table: ReplyTable | None = None  # in TRANSACTION

    @property
    def channel(self) -> Channel:
        """What is known of the connection."""
        return self.state.channel

    @property
    def user(self) -> str | None:
        """Who has logged in."""
        return self.state.user

    @property
    def over(self) -> bool:
        """Whether nothing more is obeyed."""
        return self.state.over

    def greeting(self, tls: bool = False) -> Iterator[Action]:
        """TLS first, if it is for the whole connection; then the first line."""
        preparing = iter(()) if self._refusal else self._hooks.prepare()
        first = next(preparing, None)
        if first or tls or self._greeted_before or self._responder.is_asked(CONNECT):
            return self._greet(chain((first,) if first else (), preparing), tls=tls)
        reply = self._responder.transform(GREETING, self._greeting())
        return self._perform(GREETING, reply, self._responder.encode_inline(GREETING, reply))

    def _greet(self, preparing: Iterator[Action], *, tls: bool) -> Iterator[Action]:
        yield from preparing
        if self._greeted_before:
            return
        yield from self._say(CONNECT, Reply(None, then=StartTLS() if tls else None))
        if not self.state.over:
            yield from self._say(GREETING, self._greeting())

    def _greeting(self) -> Reply:
        """With the timestamp where there is APOP to use it (RFC 1939 section 4).

        Or a word of why the client is turned away.
        """
        if self._refusal:
            return Reply(False, self._refusal, then=Close(), code="SYS/TEMP")
        state = self.state
        apop = state.timestamp and state.users.offers_apop and state.knows("APOP")
        return ok(greeting_text(state.capabilities.name, state.timestamp if apop else ""))

    def _say(self, request: Request, reply: Reply) -> Iterator[Action]:
        """Yield a reply that no line of the client has asked for."""
        reply = self._responder.transform(request, reply)
        return self._responder.stream(request, reply, may_block=False)

    def feed(self, data: bytes, early: bool = False) -> tuple[bytes, Iterable[Action] | None]:
        """Obey the lines that these octets complete; return what is sent now, and what follows.

        What can be said at once, of plain replies, is in the octets; what takes time, or is more
        than fits in one write, are actions to be pulled behind them. None: nothing more.
        THEN_CLOSE itself: nothing but that.

        early: they came before the greeting was sent.
        """
        if self.state.over:
            return b"", None
        clear = TLS_HANDSHAKE in data and not self.state.channel.secure
        hello = tls_hello_at(data, self._lines.begun) if clear else -1
        batch = Batch(self._lines.feed(data), early)
        if hello >= 0:
            self._cut_at_hello(batch, hello, data)
        elif self._lines.tail:
            self._add_tail(batch)
        octets, actions = self._obey(batch)
        if actions is THEN_CLOSE:
            self.state.close_maildrop()
        elif actions is not None:
            actions = self._go_on(actions, batch)
        return octets, actions

    def _go_on(self, actions: Iterable[Action], batch: Batch) -> Iterator[Action]:
        """Perform these, then obey what is left of the batch."""
        rest: Iterable[Action] | None = actions
        while rest is not None:
            yield from rest
            if self.state.over:
                self.state.close_maildrop()
                return
            octets, rest = self._obey(batch)
            if octets:
                yield Send(octets, Part.HEAD)

    def _obey(self, batch: Batch) -> tuple[bytes, Iterable[Action] | None]:
        """Obey lines until one takes time; its actions, or None at the end of the batch."""
        pieces: list[bytes] = []
        octets = 0
        while octets < MOST_AT_ONCE:
            if batch.place == len(batch.lines):
                return b"".join(pieces), batch.tail and batch.take_tail()
            if self._table and self.state.state is State.TRANSACTION:
                answered = self._answer(self._table, batch, pieces)
                if answered:
                    octets += answered
                    continue
            if batch.place and batch.take_rest():
                return b"".join(pieces), (_REST,)
            parts = self._obey_line(batch)
            if not isinstance(parts, tuple):
                return b"".join(pieces), parts
            pieces += parts
            octets += sum(map(len, parts))
            if self.state.over:
                return b"".join(pieces), THEN_CLOSE
        return b"".join(pieces), ()  # a slow client lets it pile up

    def _answer(self, table: ReplyTable, batch: Batch, pieces: list[bytes]) -> int:
        """Answer the next lines, as far as that needs no looking further; return the octets."""
        replies, texts, octets = table.answer(batch.lines, batch.place, pieces)
        if replies:
            if self.watched:
                told = LinesAnswered(self.number, batch.early, replies, texts, octets)
                self.state.emit_answered(told)
            batch.place += len(replies)
            batch.early = True
            self.state.line = replies[-1].line
            self._dispatcher.refused = 0
        return octets

    def _obey_line(self, batch: Batch) -> Iterator[Action] | tuple[bytes, ...]:
        """Return the reply to the next line: octets, or actions."""
        line, early = batch.take_line()
        self.state.more = batch.place < len(batch.lines)
        more = self.state.more or batch.unfinished
        request, answer = self._dispatcher.dispatch(line, early=early)
        if not isinstance(answer, Reply):
            return self._reply_in_time(request, answer, more)
        reply = self._responder.transform(request, self._dispatcher.apply_limits(answer, more))
        parts = self._responder.encode_inline(request, reply)
        if parts and self._table:
            self._table.add(line, request, reply, parts)
        if self.watched:
            if len(parts) != 1:  # a client may leave in the middle of a text
                return self._perform(request, reply, parts)
            return self._responder.emit_sent(parts)
        last = parts or self._responder.encode_last(request, reply)
        return last or self._perform(request, reply, ())

    def _reply_in_time(
        self, request: Request, answer: DelayedReply, more: bool
    ) -> Iterator[Action]:
        reply = self._dispatcher.apply_limits((yield from answer), more)
        reply = self._responder.transform(request, reply)
        yield from self._perform(request, reply, self._responder.encode_inline(request, reply))

    def _perform(
        self, request: Request, reply: Reply, parts: tuple[bytes, ...]
    ) -> Iterator[Action]:
        if parts:
            return self._responder.perform(parts)
        may_block = reply.body is not None and self.state.may_block("read")
        return self._responder.stream(request, reply, may_block=may_block)

    def _cut_at_hello(self, batch: Batch, hello: int, data: bytes) -> None:
        """Obey nothing behind where a TLS handshake begins in the data."""
        batch.lines = batch.lines[: data.count(b"\n", 0, hello)]
        batch.unfinished = True
        batch.tail = self._no_tls_here()

    def _add_tail(self, batch: Batch) -> None:
        """Note octets behind the last line, and what is said to them, if anything is."""
        batch.unfinished = True
        if 0 < self.limits.drain < self._lines.dropped:
            endless = Reply(False, "this line has no end", then=Close())
            batch.tail = self._responder.stream(NO_COMMAND, endless, may_block=False)

    def _no_tls_here(self) -> Iterator[Action]:
        """The client speaks TLS on a connection in clear: it would not understand more."""
        self.state.emit(UnexpectedTls(self.number))
        text = "TLS begins with STLS here" if self.state.may_start_tls else "there is no TLS here"
        yield from self._say(NO_COMMAND, Reply(False, text, then=Close()))

    @property
    def wakeup_delay(self) -> float:
        """In how many seconds, if nothing comes, wake_up is to be performed; inf for never.

        To be asked when all actions have been performed, and when the session resets it.
        """
        return inf if self.state.over else self._hooks.wakeup_delay()

    def on_wakeup_reset(self, call: Callable[[], None]) -> None:
        """Have this called, by any thread, when wakeup_delay is to be asked at once."""
        self.state.reset_wakeup = call

    def wake_up(self) -> Iterator[Action]:
        """What is said although nothing has come: by the book, nothing."""
        if self.state.over:
            return
        yield from self._say(SILENCE._replace(), Reply(None))  # a moment of its own
        if self.state.over:
            self.state.close_maildrop()

    def tls_established(self, channel: Channel) -> None:
        """TLS is active now: the session starts anew, without a greeting (RFC 2595 section 4)."""
        self.state.channel = channel
        self.state.restart()
        self._dispatcher.restart()
        self._begin()
        if self.watched:
            self.state.emit(TlsEstablished(self.number, channel.version))

    def tls_failed(self, reason: str) -> None:
        """TLS has not come about, or is broken: the connection is about to be closed."""
        self.state.emit(TlsFailed(self.number, reason))

    def plaintext_after_stls(self) -> Iterator[Action]:
        """No TLS has come: the client has sent something in clear behind STLS."""
        yield from self._say(NO_COMMAND, self._dispatcher.plaintext_after_stls())

    def session_ended(self, how: str) -> None:
        """Close the maildrop: the session is over. how: what ended it, if not the session itself.

        "reset" where the session has: the client had refused what was sent last.
        """
        state = self.state
        if not self._ended:
            ended = self._how(how)
            state.emit(SessionEnded(self.number, ended, state.user, state.verbs, state.counts))
            self._break_circles()
        self._ended = state.over = True
        state.close_maildrop()

    def _break_circles(self) -> None:
        """Refer to nothing that refers back here: memory is free at once, not when gc runs."""
        self.state.reset_wakeup = no_connection
        del self._dispatcher

    def _how(self, how: str) -> str:
        refused = self.state.over and how == "reset"
        if self._responder.quit_answered and not refused:
            return "quit"
        return "dropped" if self.state.over and not refused else how

    def connection_closed(self, how: str) -> None:
        """Emit that the connection is closed on both sides. how: "closed" or "reset"."""
        if self.watched:
            self.state.emit(ConnectionClosed(self.number, how))

    def _enter_transaction(self, user: str, maildrop: Maildrop) -> Reply:
        """Enter TRANSACTION (RFC 1939 section 4)."""
        state = self.state
        state.pending_user = None  # what CAPA lists is asked before a client names its user
        # A client that can't know of UTF8 is refused nothing for want of it (RFC 6856 section 2).
        withholds = state.offers_utf8 and not state.utf8 and self._responder.announces("UTF8")
        if withholds:
            maildrop = Utf8HeaderFilter(maildrop, self._withholds)
        state.user = user
        for reason in maildrop.snapshot.left_out:
            state.emit_store_error(reason)
        state.emit_logged_in(maildrop.snapshot)
        inner, changed = maildrop, maildrop
        if self.watched or self._hooks is not NO_HOOKS:
            # What hooks read of it before is not for the client.
            inner = eventing = EventingMaildrop(maildrop, self.number, state.emit)
            changed = self._hooks.maildrop(eventing)
        if self.watched or changed is not inner:
            state.enter_transaction(changed, eventing)
        else:
            state.enter_transaction(maildrop)
        if changed is inner:
            self._table = ReplyTable(
                maildrop.snapshot, state, self._commands, self._hooks, ascii_only=withholds
            )
        return ok(f"maildrop has {state.messages.summary}")

    def _withholds(self) -> bool:
        return not self.state.surrogates and self._responder.announces("UTF8")
