"""From a line of the client to its reply: which handler runs, and when."""

from collections.abc import Callable, Mapping
from functools import partial

from pop3lab.core.actions import Close, OffloadNext, Proof, StartTLS, Verify
from pop3lab.core.command import CommandSpec, line_error
from pop3lab.core.errors import LockLost, LoginFailed, Refused, StoreFailed
from pop3lab.core.events import LineReceived, PlaintextAfterStls
from pop3lab.core.hooks import Hooks
from pop3lab.core.login import DelayedReply, LoginProcedure
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Authenticated, ParsedLine, Request, SaslResponse, State, parse_line
from pop3lab.core.sasl import SaslStep
from pop3lab.core.state import SessionState

_Handler = Callable[[], Reply | Authenticated]


class Dispatcher:
    """Runs the commands of one session. refused: commands, since one was not."""

    __slots__ = (
        "_commands",
        "_hears",
        "_hooks_refuse",
        "_logins",
        "_mechanism",
        "_state",
        "refused",
    )

    def __init__(
        self,
        state: SessionState,
        hooks: Hooks,
        commands: Mapping[str, CommandSpec],
        logins: LoginProcedure,
    ) -> None:
        self._state = state
        # What is heard, where that may be something else.
        self._hears = hooks.line if type(hooks).line is not Hooks.line else None
        self._commands = commands
        self._logins = logins
        self._mechanism: str | None = None  # that AUTH named, if it was the last command
        self.refused = 0  # commands
        self._hooks_refuse = False  # the refusal at hand is theirs: the book raises its own

    def restart(self) -> None:
        """Forget what was said."""
        self._mechanism = None
        self.refused = 0
        self._logins.restart()

    def dispatch(self, line: bytes, *, early: bool) -> tuple[Request, Reply | DelayedReply]:
        """Return the request that the line is, and the reply, or what yields it in time.

        early: it came before the reply to the line before it had been sent.
        """
        state = self._state
        sasl = state.begin_line(line, early=early)
        self._hooks_refuse = False
        if sasl:
            if state.watched:
                state.emit(LineReceived(state.number, line, response=True, early=early))
            response = SaslResponse("AUTH", self._mechanism)
            return response, self._respond(sasl, line.removesuffix(b"\r"))
        read = parse_line(line)
        if self._hears:
            read = self._hears(line, read)
        verb = read.request.verb
        words = read.request.arguments if verb == "AUTH" else []
        self._mechanism = words[0] if words else None
        command = self._commands.get(verb)
        known = command is not None and command.known(state)
        if state.watched:
            state.emit(LineReceived(state.number, line, False, early, verb, known))
        if verb:
            state.verbs.add(verb[: state.limits.line], made_up=not known)
        return read.request, self._answer(read, command)

    def _respond(self, dialogue: SaslStep, line: bytes) -> Reply | DelayedReply:
        if len(line) > self._state.limits.response:
            return err("the response is too long")
        return self._try_handler(lambda: self._state.continue_sasl(dialogue, dialogue.step(line)))

    def _answer(self, read: ParsedLine, command: CommandSpec | None) -> Reply | DelayedReply:
        """Run the command, at once or in time (RFC 1939 section 3)."""
        state = self._state
        if flaw := line_error(read, command, state):
            return err(flaw)
        if command is None:
            stranger = read.request.verb in state.capabilities.strangers
            return Reply(None, then=Close()) if stranger else err("unknown command")
        if state.state not in command.states:
            return err("log in first" if state.state is State.AUTHORIZATION else "not after login")
        handler = partial(command.run, state, read.request)
        if command.uses and state.may_block(command.uses):
            return self._defer(handler)
        return self._try_handler(handler)

    def _try_handler(self, handler: _Handler) -> Reply | DelayedReply:
        self._hooks_refuse = False
        try:
            answer = handler()
        except LoginFailed as failure:
            return self._logins.reject(failure)
        except Refused as refusal:
            return err(str(refusal), refusal.code)
        except StoreFailed as failure:
            self._state.emit_store_error(failure)
            ends = self._state.state is State.UPDATE or isinstance(failure, LockLost)
            then = Close() if ends else None
            return Reply(False, str(failure), then=then, code=failure.code)
        if isinstance(answer, Authenticated):
            return self._log_in(answer)
        self._hooks_refuse = answer.ok is False
        return answer

    def _defer(self, handler: _Handler) -> DelayedReply:
        """Run the handler where it may take long."""
        yield OffloadNext()
        answer = self._try_handler(handler)
        return answer if isinstance(answer, Reply) else (yield from answer)

    def _log_in(self, login: Authenticated) -> Reply | DelayedReply:
        """Open the maildrop, as soon as the credentials are known to be right."""
        if login.proof is None:
            return self._logins.open_session(login.user)
        return self._verify(login, login.proof)

    def _verify(self, login: Authenticated, proof: Proof) -> DelayedReply:
        yield Verify(proof)
        answer = self._try_handler(login.proved)
        return answer if isinstance(answer, Reply) else (yield from answer)

    def plaintext_after_stls(self) -> Reply:
        """Return the refusal of what came in clear behind STLS.

        It may be an attack: it would be obeyed as if it had come under TLS (RFC 2595 section 4).
        """
        self._state.emit(PlaintextAfterStls(self._state.number))
        return Reply(False, "nothing but TLS may follow STLS", then=Close())

    def apply_limits(self, reply: Reply, more: bool) -> Reply:
        """Return the reply, or one that closes the connection after one refusal too many.

        What hooks refuse, they may refuse as often as they like. more: the client has sent more
        behind the command.
        """
        if more and isinstance(reply.then, StartTLS):
            return self.plaintext_after_stls()
        after = self._state.state is State.TRANSACTION
        if reply.ok is not False:
            self.refused = 0 if after else self.refused
            return reply
        if self._hooks_refuse:
            return reply
        self.refused += 1
        limits = self._state.limits
        most = limits.bad_after if after else limits.bad_before
        return reply._replace(then=Close()) if 0 < most <= self.refused else reply
