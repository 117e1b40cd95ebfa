"""The state machine: octets in, actions out; and Script, the seam for misbehaviour."""

from collections.abc import Collection, Generator, Iterator, Mapping

from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send, Wait
from pop3lab.core.commands import COMMANDS, Command, Exchange, Login, State
from pop3lab.core.errors import MaildropBusy, NotUnderstood, Refused, StoreFailed, WrongState
from pop3lab.core.events import Did, Ended, Failed, Opened, Received, Watch
from pop3lab.core.limits import Limits
from pop3lab.core.maildrop import Maildrop, Store, Users
from pop3lab.core.messages import Messages
from pop3lab.core.reply import Reply, err, ok
from pop3lab.core.tally import Tally
from pop3lab.core.wire import Lines, encode

GREETING = Exchange("")


class Script:
    """Four substitutions by which a session may depart from the book; here each is neutral.

    One script serves one session. verbs: those of the exchanges that reply and actions change
    (the greeting's is empty); None if it may be any.
    """

    verbs: Collection[str] | None = None

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        """What exists."""
        return table

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        """What is true: asked once, at login."""
        return maildrop

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        """What is said."""
        return reply

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        """How it is sent."""
        return actions


class _ByTheBook(Script):
    verbs = ()


_BY_THE_BOOK = _ByTheBook()


class Session:
    """One client's session.

    Perform greeting(), then for all octets that come perform receive(octets), then call end(how).
    Perform each action before the next is pulled; feed no octets before all have been pulled.
    After Close or Reset there are no more. Any exception that gets out is a bug.
    """

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
        self._script = script or _BY_THE_BOOK
        self._commands = self._script.commands(COMMANDS)
        self._watch = watch
        self._watched = watch is not None and watch.lines
        self._ready: Mapping[bytes, tuple[str, bytes]] = {}
        if watch:
            watch.tell(Opened(number, peer))

    # What the runner calls

    def greeting(self) -> Iterator[Action]:
        """The first line, with the timestamp where there is APOP to use it (RFC 1939 section 4)."""
        stamp = f" {self.timestamp}" if self.timestamp and "APOP" in self._commands else ""
        return self._say(GREETING, ok(f"pop3lab ready{stamp}"))

    def receive(self, data: bytes) -> Iterator[Action]:
        """Obey all lines that these octets complete."""
        answers: list[bytes] = []
        for line in self._lines.feed(data):
            if self.over:
                return
            if line in self._ready:
                verb, answer = self._ready[line]
                self.verbs.add(verb)
                answers.append(answer)
                continue
            if answers:
                yield Send(b"".join(answers), Part.HEAD)
                answers = []
            yield from self._obey(line)
        if answers:
            yield Send(b"".join(answers), Part.HEAD)

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

    def _obey(self, line: bytes) -> Iterator[Action]:
        if self._watched and self._watch:
            self._watch.tell(Received(self.number, line))
        self.named, self._naming = self._naming, None
        line = line.removesuffix(b"\r")
        text = line.decode("ascii", "backslashreplace")
        verb, space, rest = text.partition(" ")
        exchange = Exchange(verb.upper(), rest if space else None)
        if verb:
            self.verbs.add(exchange.verb)
        sound = line.isascii() and text.isprintable()
        reply = yield from self._answer(exchange, len(line), sound)
        yield from self._say(exchange, reply)

    def _answer(
        self, exchange: Exchange, octets: int, sound: bool
    ) -> Generator[Action, None, Reply]:
        try:
            command = self._command(exchange, octets, sound)
            if command.uses and self._waits(command.uses):
                yield Wait()
            answer = command.run(self, exchange)
            if isinstance(answer, Login):
                return (yield from self._open(answer.user))
            return answer
        except Refused as refusal:
            return err(str(refusal))
        except StoreFailed as failure:
            self._tell_failure(failure)
            then = Close() if self.state is State.UPDATE else None
            return Reply(False, str(failure), then=then)

    def _command(self, exchange: Exchange, octets: int, sound: bool) -> Command:
        """The row for the exchange (RFC 1939 section 3). Raises NotUnderstood, WrongState.

        octets: of the line without its line end. sound: it has printable ASCII only.
        """
        if octets + len(b"\r\n") > self._limits.line:
            raise NotUnderstood(f"a line has at most {self._limits.line} octets")
        if not sound:
            raise NotUnderstood("a line has printable ASCII only")
        command = self._commands.get(exchange.verb)
        if command is None:
            raise NotUnderstood("unknown command")
        if self.state not in command.states:
            before = self.state is State.AUTHORIZATION
            raise WrongState("log in first" if before else "not after login")
        return command

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
            self._ready = self._ready_answers()
        return ok(f"maildrop has {self.messages.count} messages ({self.messages.octets} octets)")

    def _ready_answers(self) -> Mapping[bytes, tuple[str, bytes]]:
        """The answers that are always the same, by the line that asks for them."""
        return {
            line: (verb, answer)
            for line, (verb, answer) in _CONSTANT.items()
            if self._commands.get(verb) is COMMANDS[verb] and not self._scripted(verb)
        }

    def _scripted(self, verb: str) -> bool:
        return self._script.verbs is None or verb in self._script.verbs

    def _say(self, exchange: Exchange, reply: Reply) -> Iterator[Action]:
        """The reply as actions, as the script has it.

        A body that can't be had in full ends in a reset connection, never in its terminator.
        """
        waits = reply.body is not None and self.maildrop.read_waits
        try:
            for action in self._actions(exchange, reply):
                yield self._done(action)
                if self.over:
                    return
                if waits:
                    yield Wait()
        except StoreFailed as failure:
            self._tell_failure(failure)
            yield self._done(Reset())

    def _actions(self, exchange: Exchange, reply: Reply) -> Iterator[Action]:
        if not self._scripted(exchange.verb):
            return encode(reply)
        reply = self._script.reply(exchange, reply)
        return self._script.actions(exchange, encode(reply))

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
        self._ready = {}
        self._release()

    def _release(self) -> None:
        if self._maildrop:
            self._maildrop.close()
            self._maildrop = None

    def _tell_failure(self, failure: StoreFailed) -> None:
        if self._watch:
            self._watch.tell(Failed(self.number, str(failure.__cause__ or failure)))


def _constant_answers() -> Mapping[bytes, tuple[str, bytes]]:
    answers = {}
    for verb, command in COMMANDS.items():
        if command.constant:
            sent = (a.data for a in encode(command.constant) if isinstance(a, Send))
            answers[verb.encode() + b"\r"] = verb, b"".join(sent)
    return answers


_CONSTANT = _constant_answers()
