"""The state machine: octets in, actions out, one at a time."""

from collections.abc import Callable, Generator, Iterator
from math import inf

from pop3lab.core.actions import Action, Close, OffloadNext, StartTLS, Verify
from pop3lab.core.command import line_error
from pop3lab.core.errors import LoginFailed, Refused, StoreFailed
from pop3lab.core.events import (
    ConnectionClosed,
    LineReceived,
    PlaintextAfterStls,
    SessionEnded,
    TlsEstablished,
    TlsFailed,
    UnexpectedTls,
)
from pop3lab.core.login import open_session, reject
from pop3lab.core.reply import Reply, err, ok
from pop3lab.core.request import (
    CONNECT,
    GREETING,
    NO_COMMAND,
    SILENCE,
    Authenticated,
    ParsedLine,
    Request,
    SaslResponse,
    State,
    parse_line,
)
from pop3lab.core.sasl import Channel, SaslStep
from pop3lab.core.state import SessionState
from pop3lab.core.wire import LineSplitter, ReplyBuffer, hello_in

Turn = Callable[[], Reply | Authenticated]
_Later = Turn | Authenticated | LoginFailed  # an answer that takes time: see Session._wait


class Session(SessionState):
    """One client's session.

    Perform greeting(), then for all octets that come perform receive(octets), then call end(how),
    and gone(how) when the connection is. Perform each action before the next is pulled; feed no
    octets before all have been pulled. After StartTLS call secured(channel); after Close or Reset
    there is no more. Any exception that gets out is a bug.
    """

    __slots__ = ("_lines", "_mechanism_named", "_scripted")

    def _begin(self) -> None:
        super()._begin()
        self._lines = LineSplitter(max(self.limits.line, self.limits.response) + len(b"\r\n") + 1)
        self._mechanism_named: str | None = None  # by AUTH, if that was the last command
        self._scripted = False  # the refusal at hand is a script's: the book raises its own

    def greeting(self, tls: bool = False) -> Iterator[Action]:
        """TLS first, if it is for the whole connection; then the first line."""
        if not self.turned_away:
            yield from self._script.prepare()
        connected = self._saying.reply(CONNECT, Reply(None, then=StartTLS() if tls else None))
        yield from self._saying.send(CONNECT, connected, waits=False)
        if not self.over:
            reply = self._saying.reply(GREETING, self._greeting())
            yield from self._saying.send(GREETING, reply, waits=False)

    def _greeting(self) -> Reply:
        """With the timestamp where there is APOP to use it (RFC 1939 section 4).

        Or a word of why the client is turned away.
        """
        if self.turned_away:
            return Reply(False, self.turned_away, then=Close(), code="SYS/TEMP")
        apop = self.timestamp and self.users.offers_apop and self.knows("APOP")
        stamp = f" {self.timestamp}" if apop else ""
        return ok(f"{self.offer.name} ready{stamp}")

    def receive(self, data: bytes, early: bool = False) -> Iterator[Action]:
        """Obey all lines that these octets complete; plain answers are joined in one action.

        early: they came before the greeting was sent.
        """
        if self.over:
            return
        joined = ReplyBuffer()
        hello = -1 if self.channel.secure else hello_in(data, self._lines.begun)
        lines = self._lines.feed(data if hello < 0 else data[:hello])
        for place, line in enumerate(lines, 1):
            if line in self._ready:
                verb, octets = self._ready[line]
                self.verbs.add(verb)
                joined.add(octets)
                continue
            self.more = place < len(lines)
            request, answer = self._obey(line, early or place > 1)
            if not isinstance(answer, Reply):
                yield from joined.flush()
                answer = yield from self._wait(answer)
            more = place < len(lines) or self._lines.begun or hello >= 0
            reply = self._saying.reply(request, self._settled(answer, more))
            if plain := self._saying.plain(request, reply):
                joined.add(plain)
            else:
                yield from joined.flush()
                yield from self._saying.send(request, reply, self._body_waits(reply))
                if self.over:
                    self.release()
                    return
            if joined.enough:
                yield from joined.flush()
        yield from joined.flush()
        yield from self._endless_line() if hello < 0 else self._no_tls_here()

    def _no_tls_here(self) -> Iterator[Action]:
        """The client speaks TLS on a connection in clear: it would not understand more."""
        self.tell(UnexpectedTls(self.number))
        text = "TLS begins with STLS here" if self.may_start_tls else "there is no TLS here"
        reply = self._saying.reply(NO_COMMAND, Reply(False, text, then=Close()))
        yield from self._saying.send(NO_COMMAND, reply, waits=False)

    def _endless_line(self) -> Iterator[Action]:
        if 0 < self.limits.drain < self._lines.dropped:
            endless = Reply(False, "this line has no end", then=Close())
            yield from self._saying.send(NO_COMMAND, endless, waits=False)

    @property
    def wakes(self) -> float:
        """In how many seconds, if nothing comes, woken is to be performed; inf for never.

        To be asked when all actions have been performed, and when the session nudges.
        """
        return inf if self.over else self._script.wakes()

    def woken(self) -> Iterator[Action]:
        """What is said although nothing has come: by the book, nothing."""
        if self.over:
            return
        request = SILENCE._replace()  # a moment of its own
        reply = self._saying.reply(request, Reply(None))
        yield from self._saying.send(request, reply, waits=False)
        if self.over:
            self.release()

    def secured(self, channel: Channel) -> None:
        """TLS is active now: the session starts anew, without a greeting (RFC 2595 section 4)."""
        self.channel = channel
        self._begin()
        if self.watched:
            self.tell(TlsEstablished(self.number, channel.version))

    def unsecured(self, reason: str) -> None:
        """TLS has not come about, or is broken: the connection is about to be closed."""
        self.tell(TlsFailed(self.number, reason))

    def behind(self) -> Iterator[Action]:
        """No TLS has come: the client has sent something in clear behind STLS."""
        reply = self._saying.reply(NO_COMMAND, self._injected())
        yield from self._saying.send(NO_COMMAND, reply, waits=False)

    def _injected(self) -> Reply:
        """It may be an attack: it would be obeyed as if it had come under TLS (RFC 2595 s 4)."""
        self.tell(PlaintextAfterStls(self.number))
        return Reply(False, "nothing but TLS may follow STLS", then=Close())

    def end(self, how: str) -> None:
        """The connection is gone. how: what ended it, if the session itself did not.

        "reset" where the session has: the client had refused what was sent last.
        """
        if not self._ended:
            self._saying.tell(SessionEnded(self.number, self._how(how), self.user, self.verbs))
        self._ended = True
        self._saying.over = True
        self.release()

    def _how(self, how: str) -> str:
        refused = self._saying.over and how == "reset"
        if self._saying.quit_answered and not refused:
            return "quit"
        return "dropped" if self._saying.over and not refused else how

    def gone(self, how: str) -> None:
        """The connection is closed on both sides. how: "closed" or "reset", by the client."""
        if self.watched:
            self.tell(ConnectionClosed(self.number, how))

    @property
    def over(self) -> bool:
        """Whether nothing more is obeyed."""
        return self._saying.over

    # One line

    def _obey(self, line: bytes, early: bool) -> tuple[Request, Reply | _Later]:
        dialogue, self.dialogue = self.dialogue, None
        self.line, self.early, self._scripted = line, early, False
        self.named, self._naming = self._naming, None
        if dialogue:
            self._tell_received(response=True)
            response = SaslResponse("AUTH", self._mechanism_named)
            return response, self._respond(dialogue, line.removesuffix(b"\r"))
        read = self._script.line(line, parse_line(line))
        verb = read.request.verb
        words = read.request.arguments if verb == "AUTH" else []
        self._mechanism_named = words[0] if words else None
        self._tell_received(verb=verb, known=self.knows(verb))
        if verb:
            self.verbs.add(verb[: self.limits.line], made_up=not self.knows(verb))
        return read.request, self._answer(read)

    def _tell_received(
        self, *, response: bool = False, verb: str = "", known: bool = False
    ) -> None:
        if self.watched:
            self.tell(LineReceived(self.number, self.line, response, self.early, verb, known))

    def _respond(self, dialogue: SaslStep, line: bytes) -> Reply | _Later:
        if len(line) > self.limits.response:
            return err("the response is too long")
        return self._tried(lambda: self.go_on(dialogue, dialogue.step(line)))

    def _answer(self, read: ParsedLine) -> Reply | _Later:
        """The reply, or what takes time (RFC 1939 section 3)."""
        command = self.commands.get(read.request.verb)
        if flaw := line_error(read, command, self):
            return err(flaw)
        if command is None:
            stranger = read.request.verb in self.offer.strangers
            return Reply(None, then=Close()) if stranger else err("unknown command")
        if self.state not in command.states:
            return err("log in first" if self.state is State.AUTHORIZATION else "not after login")
        if command.uses and self._waits(command.uses):
            return lambda: command.run(self, read.request)
        return self._tried(lambda: command.run(self, read.request))

    def _tried(self, turn: Turn) -> Reply | Authenticated | LoginFailed:
        self._scripted = False
        try:
            answer = turn()
            self._scripted = isinstance(answer, Reply) and answer.ok is False
            return answer
        except LoginFailed as failure:
            return failure
        except Refused as refusal:
            return err(str(refusal), refusal.code)
        except StoreFailed as failure:
            self._saying.tell_failure(failure)
            then = Close() if self.state is State.UPDATE else None
            return Reply(False, str(failure), then=then, code=failure.code)

    def _wait(self, answer: _Later) -> Generator[Action, None, Reply]:
        """An answer that takes time: a turn that may wait, a login, a refused one."""
        if callable(answer):
            yield OffloadNext()
            tried = self._tried(answer)
        else:
            tried = answer
        if isinstance(tried, Authenticated) and tried.proof:
            yield Verify(tried.proof)
            tried = self._tried(tried.proved)
        if isinstance(tried, LoginFailed):
            return (yield from reject(self, tried))
        if isinstance(tried, Authenticated):
            return (yield from open_session(self, tried.user))
        return tried

    def _waits(self, uses: str) -> bool:
        if self._maildrop is None:
            return False
        if uses == "delete":
            return self._maildrop.delete_waits(self.messages.marked_uids)
        return self._maildrop.read_waits

    def _body_waits(self, reply: Reply) -> bool:
        return reply.body is not None and self._maildrop is not None and self._maildrop.read_waits

    def _settled(self, reply: Reply, more: bool) -> Reply:
        """The reply, or what becomes of it: one refusal too many closes the connection.

        What a script refuses, it may refuse as often as it likes. more: the client has sent more
        behind the command.
        """
        if more and isinstance(reply.then, StartTLS):
            return self._injected()
        after = self.state is State.TRANSACTION
        if reply.ok is not False:
            self._refused = 0 if after else self._refused
            return reply
        if self._scripted:
            return reply
        self._refused += 1
        most = self.limits.bad_after if after else self.limits.bad_before
        return reply._replace(then=Close()) if 0 < most <= self._refused else reply
