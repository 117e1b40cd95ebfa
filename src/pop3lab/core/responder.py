"""How a session's replies leave it: past the hooks, as actions, each of them an event."""

from collections.abc import Iterator, Mapping

from pop3lab.core.actions import Action, Close, OffloadNext, Part, Reset, Send, SendFile
from pop3lab.core.command import CommandSpec
from pop3lab.core.errors import Refused, StoreFailed
from pop3lab.core.events import ActionPerformed
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.reply_reader import OK, ReplyReader
from pop3lab.core.request import HypotheticalRequest, Request, may_be_about
from pop3lab.core.state import SessionState
from pop3lab.core.wire import encode, encode_whole

_CAPA = HypotheticalRequest("CAPA")
_QUIT = "QUIT"
_CLOSE = Close()
_PARTS = tuple(Part)
_PREVIEWED = 65_536  # octets; hooks may have lists without end


class Responder:
    """Turns the replies of one session into actions.

    It marks the session as over when an action that ends it has passed.
    """

    __slots__ = ("_commands", "_hooks", "_quit", "_quit_at_once", "_state")

    def __init__(
        self, state: SessionState, hooks: Hooks, commands: Mapping[str, CommandSpec]
    ) -> None:
        self._state = state
        self._hooks = hooks
        self._commands = commands
        self._quit: ReplyReader | None = None  # what has been sent in reply to QUIT
        self._quit_at_once: bool | None = None  # whether it was granted, in one write

    @property
    def quit_answered(self) -> bool:
        """Whether an answer to QUIT has, in full: +OK, or why not all is done that it asks for."""
        if self._quit_at_once is not None:
            return self._quit_at_once or self._state.quit_obeyed
        answer = self._quit
        if answer is None or not answer.complete:
            return False
        return answer.status == OK or self._state.quit_obeyed

    def transform(self, request: Request, reply: Reply) -> Reply:
        """Return the reply as the hooks have it.

        Response codes are for clients that can know of them (RFC 2449 section 6.4).
        """
        if reply.code and not self._state.knows("CAPA"):
            reply = reply._replace(code="")
        hooks = self._hooks
        if hooks is NO_HOOKS or not hooks.changes_reply(request.verb):
            return reply
        return hooks.reply(request, reply) if self._are_asked(request) else reply

    def _are_asked(self, request: Request) -> bool:
        """Whether hooks are, unless they name other messages than this one."""
        numbers = self._hooks.asked_numbers(request.verb)
        return numbers is None or may_be_about(request, numbers)

    def is_asked(self, request: Request) -> bool:
        """Whether hooks are asked what is said at this moment, or how."""
        hooks, verb = self._hooks, request.verb
        return hooks is not NO_HOOKS and (hooks.changes_reply(verb) or hooks.changes_actions(verb))

    def _change_actions(self, request: Request) -> bool:
        hooks = self._hooks
        if hooks is NO_HOOKS or not hooks.changes_actions(request.verb):
            return False
        return self._are_asked(request)

    def encode_inline(self, request: Request, reply: Reply) -> tuple[bytes, ...]:
        """Return the octets of a reply in memory that hooks leave as it is, by part; or none."""
        if reply.then is not None or request.verb == _QUIT or self._change_actions(request):
            return ()
        parts = encode_whole(reply)
        if len(parts) > 1:
            self._state.count_sent(request.verb, len(parts[1]))
        return parts

    def encode_last(self, request: Request, reply: Reply) -> tuple[bytes, ...]:
        """Return the octets of such a reply that closes the session, which is over with it."""
        if reply.then != _CLOSE or self._change_actions(request):
            return ()
        parts = encode_whole(reply)
        if parts:
            self._state.over = True
            if request.verb == _QUIT:
                self._quit_at_once = reply.ok
        return parts

    def emit_sent(self, status_line: tuple[bytes]) -> tuple[bytes]:
        """Emit the event of a reply without a text, and return its octets, to be sent at once."""
        self._performed(Send(status_line[0], Part.HEAD))
        return status_line

    def perform(self, parts: tuple[bytes, ...]) -> Iterator[Action]:
        """Yield such octets as the actions that stream has for them, and emit their events."""
        for octets, part in zip(parts, _PARTS, strict=False):
            if octets:
                yield self._performed(Send(octets, part))

    def stream(self, request: Request, reply: Reply, *, may_block: bool) -> Iterator[Action]:
        """Yield the reply as actions, as the hooks have it. may_block: its body may take long.

        A body that can't be had in full ends in a reset connection, never in its terminator.
        """
        if request.verb == _QUIT:
            self._quit = ReplyReader()
        try:
            for action in self._actions(request, reply):
                self._note(request.verb, action)
                yield self._performed(action)
                if self._state.over:
                    return
                if may_block:
                    yield OffloadNext(within=True)
        except StoreFailed as failure:
            self._state.emit_store_error(failure)
            yield self._performed(Reset())

    def _note(self, verb: str, action: Action) -> None:
        match action:
            case Send(data) if verb == _QUIT and self._quit:
                self._quit.feed(data)
            case Send(data, Part.BODY):
                self._state.count_sent(verb, len(data))
            case SendFile(_, octets):
                self._state.count_sent(verb, octets)

    def _actions(self, request: Request, reply: Reply) -> Iterator[Action]:
        if self._change_actions(request):
            return self._hooks.actions(request, encode(reply))
        return encode(reply, files=not self._state.watched)  # who watches wants the octets

    def _performed(self, action: Action) -> Action:
        if isinstance(action, Close | Reset):
            self._state.over = True
        if self._state.watched:
            self._state.emit(ActionPerformed(self._state.number, action))
        return action

    def announces(self, word: str) -> bool:
        """Whether CAPA would list this word, in upper case, here and now (RFC 2449).

        It is looked for in the octets that would be sent, so that whatever hooks do to CAPA
        counts. It is not, if CAPA would be refused, or its list would not come whole. Nothing is
        done, and there are no events.
        """
        row = self._commands.get("CAPA")
        return row is not None and word in self._announced(row)

    def _announced(self, row: CommandSpec) -> set[str]:
        try:
            reply = row.run(self._state, _CAPA)
        except Refused:
            return set()
        return _listed(self._preview(_CAPA, reply)) if isinstance(reply, Reply) else set()

    def _preview(self, request: Request, reply: Reply) -> bytes:
        octets = b""
        for action in self._actions(request, self.transform(request, reply)):
            if isinstance(action, Close | Reset) or len(octets) > _PREVIEWED:
                break
            if isinstance(action, Send):
                octets += action.data
        return octets


def _listed(octets: bytes) -> set[str]:
    status, *lines = octets.splitlines() or [b""]
    if not status.startswith(b"+OK") or b"." not in lines:
        return set()
    words = [line.split(maxsplit=1) for line in lines[: lines.index(b".")]]
    return {each[0].decode("ascii", "replace").upper() for each in words if each}
