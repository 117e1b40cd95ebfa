"""The state machine of RFC 1939: octets in, actions out, one at a time."""

from collections.abc import Generator, Iterator
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Pause, Reset, Wait
from pop3lab.core.commands import COMMANDS, Command, Login, State
from pop3lab.core.errors import MaildropBusy, Refused, StoreFailed
from pop3lab.core.events import Did, Ended, Failed, Opened, Received, Watch
from pop3lab.core.exchange import GREETING, Exchange, read_line
from pop3lab.core.limits import Limits
from pop3lab.core.maildrop import Maildrop, Store, Users
from pop3lab.core.messages import Messages
from pop3lab.core.ready import NOTHING, ready_answers
from pop3lab.core.reply import Reply, err, ok
from pop3lab.core.script import BY_THE_BOOK, Script
from pop3lab.core.tally import Tally
from pop3lab.core.wire import Joined, Lines, encode, whole


class Session:
    """One client's session.

    Perform greeting(), then for all octets that come perform receive(octets), then call end(how).
    Perform each action before the next is pulled; feed no octets before all have been pulled.
    After Close or Reset there are no more. Any exception that gets out is a bug.
    """

    __slots__ = (
        "_commands",
        "_how",
        "_limits",
        "_lines",
        "_maildrop",
        "_messages",
        "_naming",
        "_ready",
        "_script",
        "_store",
        "_watch",
        "_watched",
        "named",
        "number",
        "over",
        "state",
        "timestamp",
        "user",
        "users",
        "verbs",
    )

    def __init__(
        self,
        number: int,
        users: Users,
        store: Store,
        *,
        timestamp: str = "",
        peer: str = "",
        limits: Limits = Limits(),
        script: Script | None = None,
        watch: Watch | None = None,
    ) -> None:
        """timestamp: with its angle brackets, never used before (RFC 1939 section 7, APOP)."""
        self.number = number
        self.users = users
        self.timestamp = timestamp
        self.state = State.AUTHORIZATION
        self.over = False
        self.user: str | None = None
        self.named: str | None = None  # by the command just before this one
        self.verbs = Tally()
        self._naming: str | None = None
        self._how = ""
        self._maildrop: Maildrop | None = None
        self._messages: Messages | None = None
        self._store = store
        self._limits = limits
        self._lines = Lines(limits.line)
        self._script = script or BY_THE_BOOK
        self._commands = self._script.commands(COMMANDS)
        self._watch = watch
        self._watched = watch is not None and watch.lines
        self._ready = NOTHING
        if watch:
            watch.tell(Opened(number, peer))

    # What the runner calls

    def greeting(self) -> Iterator[Action]:
        """The first line, with the timestamp where there is APOP to use it (RFC 1939 section 4)."""
        stamp = f" {self.timestamp}" if self.timestamp and "APOP" in self._commands else ""
        return self._send(GREETING, self._said(GREETING, ok(f"pop3lab ready{stamp}")))

    def receive(self, data: bytes) -> Iterator[Action]:
        """Obey all lines that these octets complete; plain answers are joined in one action."""
        joined = Joined()
        for line in self._lines.feed(data):
            if self.over:
                return
            if line in self._ready:
                verb, octets = self._ready[line]
                self.verbs.add(verb)
                joined.add(octets)
                continue
            exchange, flaw = self._read(line)
            answer = self._answer(exchange, flaw)
            if not isinstance(answer, Reply):
                yield from joined.flush()
                answer = yield from self._wait(exchange, answer)
            reply = self._said(exchange, answer)
            if plain := self._plain(exchange, reply):
                joined.add(plain)
            else:
                yield from joined.flush()
                yield from self._send(exchange, reply)
            if joined.enough:
                yield from joined.flush()
        yield from joined.flush()

    def end(self, how: str) -> None:
        """The connection is gone. how: what ended it, if the session itself did not."""
        self._finish(how)
        if self._watch:
            self._watch.tell(Ended(self.number, self._how, self.user, self.verbs))
            self._watch = None

    # What the handlers of commands call

    @property
    def messages(self) -> Messages:
        """The messages by number; only in TRANSACTION."""
        assert self._messages is not None
        return self._messages

    @property
    def maildrop(self) -> Maildrop:
        """The open maildrop; only in TRANSACTION."""
        assert self._maildrop is not None
        return self._maildrop

    def name_for_pass(self, name: str) -> None:
        """The name that PASS may follow, if it is the very next command."""
        self._naming = name

    def update(self) -> None:
        """Enter UPDATE if there is a maildrop; then release it. Raises StoreFailed."""
        self._how = "quit"
        if self._maildrop is None:
            return
        self.state = State.UPDATE
        try:
            self._maildrop.delete(self.messages.marked_uids)
        finally:
            self._release()

    # One command

    def _read(self, line: bytes) -> tuple[Exchange, str]:
        if self._watched and self._watch:
            self._watch.tell(Received(self.number, line))
        self.named, self._naming = self._naming, None
        exchange, flaw = read_line(line, self._limits.line)
        if exchange.verb:
            self.verbs.add(exchange.verb)
        return exchange, flaw

    def _answer(self, exchange: Exchange, flaw: str) -> "Reply | Login | _Patience":
        """The reply, or what has to be waited for first."""
        if flaw:
            return err(flaw)
        command = self._commands.get(exchange.verb)
        if command is None:
            return err("unknown command")
        if self.state not in command.states:
            return err("log in first" if self.state is State.AUTHORIZATION else "not after login")
        if command.uses and self._waits(command.uses):
            return _Patience(command)
        return self._run(command, exchange)

    def _run(self, command: Command, exchange: Exchange) -> Reply | Login:
        try:
            return command.run(self, exchange)
        except Refused as refusal:
            return err(str(refusal))
        except StoreFailed as failure:
            self._tell_failure(failure)
            then = Close() if self.state is State.UPDATE else None
            return Reply(False, str(failure), then=then)

    def _wait(
        self, exchange: Exchange, answer: "Login | _Patience"
    ) -> Generator[Action, None, Reply]:
        """Wait for what the store has to do."""
        if isinstance(answer, _Patience):
            yield Wait()
            patient = self._run(answer.command, exchange)
            if isinstance(patient, Reply):
                return patient
            answer = patient
        try:
            return (yield from self._open(answer.user))
        except Refused as refusal:
            return err(str(refusal))
        except StoreFailed as failure:
            self._tell_failure(failure)
            return err(str(failure))

    def _waits(self, uses: str) -> bool:
        if uses == "open" or self._maildrop is None:
            return uses == "open" and self._store.open_waits
        if uses == "delete":
            return self._maildrop.delete_waits(self.messages.marked_uids)
        return self._maildrop.read_waits

    def _open(self, user: str) -> Generator[Action, None, Reply]:
        """Open the maildrop, or look a few times more for its lock (RFC 1939 section 4)."""
        for _ in range(int(self._limits.busy / self._limits.busy_step)):
            try:
                return self._enter(user, self._store.open(user))
            except MaildropBusy:
                yield Pause(self._limits.busy_step)
                if self._store.open_waits:
                    yield Wait()
        return self._enter(user, self._store.open(user))

    def _enter(self, user: str, maildrop: Maildrop) -> Reply:
        self._maildrop = self._script.maildrop(maildrop)
        self._messages = Messages(self._maildrop.snapshot)
        self.user = user
        self.state = State.TRANSACTION
        if not self._watched:
            self._ready = ready_answers(self._commands, self._script)
        return ok(f"maildrop has {self.messages.summary}")

    def _said(self, exchange: Exchange, reply: Reply) -> Reply:
        if self._script.changes_reply(exchange.verb):
            return self._script.reply(exchange, reply)
        return reply

    def _plain(self, exchange: Exchange, reply: Reply) -> bytes:
        """The octets of a reply in memory that nobody wants to see in parts, or none."""
        if self._watched or self._script.changes_actions(exchange.verb):
            return b""
        return whole(reply)

    def _send(self, exchange: Exchange, reply: Reply) -> Iterator[Action]:
        """The reply as actions, as the script has it.

        A body that can't be had in full ends in a reset connection, never in its terminator.
        """
        waits = reply.body is not None and self.maildrop.read_waits
        actions = encode(reply)
        if self._script.changes_actions(exchange.verb):
            actions = self._script.actions(exchange, actions)
        try:
            for action in actions:
                yield self._done(action)
                if self.over:
                    return
                if waits:
                    yield Wait()
        except StoreFailed as failure:
            self._tell_failure(failure)
            yield self._done(Reset())

    def _done(self, action: Action) -> Action:
        if isinstance(action, Close | Reset):
            self._finish("dropped")
        if self._watched and self._watch:
            self._watch.tell(Did(self.number, action))
        return action

    def _finish(self, how: str) -> None:
        """Nothing is obeyed any more; the maildrop's lock is released."""
        self._how = self._how or how
        self.over = True
        self._ready = NOTHING
        self._release()

    def _release(self) -> None:
        if self._maildrop:
            self._maildrop.close()
            self._maildrop = None

    def _tell_failure(self, failure: StoreFailed) -> None:
        if self._watch:
            self._watch.tell(Failed(self.number, str(failure.__cause__ or failure)))


class _Patience(NamedTuple):
    """A command that may wait for the store."""

    command: Command
