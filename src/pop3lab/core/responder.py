"""How a session's answers leave it: past the script, as actions, told to whoever watches."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pop3lab.core.actions import Action, Close, OffloadNext, Part, Reset, Send
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.errors import Refused, StoreFailed
from pop3lab.core.events import ActionPerformed, Event, EventSink, StoreError
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.reply_reader import OK, ReplyReader
from pop3lab.core.request import HypotheticalRequest, Request
from pop3lab.core.wire import encode, encode_whole

if TYPE_CHECKING:
    from pop3lab.core.state import SessionState


_QUIT = "QUIT"
_SUPPOSED = 65_536  # octets; a script may have lists without end


class Responder:
    """The way out of one session. over: an action that ends the session has gone this way.

    codes: whether clients can know of response codes (RFC 2449 section 6.4).
    quits: QUIT was obeyed.
    """

    __slots__ = ("_codes", "_quit", "_script", "_session", "_watch", "over", "quits", "watched")

    def __init__(
        self, session: int, script: Hooks, watch: EventSink | None, codes: Callable[[], bool]
    ) -> None:
        self._session = session
        self._script = script
        self._codes = codes
        self._watch = watch
        self.watched = watch is not None and watch.lines
        self.over = False
        self.quits = False
        self._quit: ReplyReader | None = None  # what has gone this way for it

    @property
    def quit_answered(self) -> bool:
        """Whether an answer to QUIT has, in full: +OK, or why not all is done that it asks for."""
        answer = self._quit
        return answer is not None and answer.complete and (answer.status == OK or self.quits)

    def reply(self, request: Request, reply: Reply) -> Reply:
        """What is said, as the script has it."""
        if reply.code and not self._codes():
            reply = reply._replace(code="")
        if self._script.changes_reply(request.verb):
            return self._script.reply(request, reply)
        return reply

    def supposed(self, request: Request, reply: Reply) -> bytes:
        """The octets that would be sent, at most so many; nothing is done, and nobody is told."""
        octets = b""
        for action in self._actions(request, self.reply(request, reply)):
            if isinstance(action, Close | Reset) or len(octets) > _SUPPOSED:
                break
            if isinstance(action, Send):
                octets += action.data
        return octets

    def plain(self, request: Request, reply: Reply) -> bytes:
        """The octets of a reply in memory that nobody wants to see in parts, or none."""
        if self.watched or self._script.changes_actions(request.verb):
            return b""
        octets = encode_whole(reply)
        if octets and request.verb == _QUIT:
            self._quit = ReplyReader()
            self._note_quit(Send(octets, Part.HEAD))
        return octets

    def send(self, request: Request, reply: Reply, waits: bool) -> Iterator[Action]:
        """The reply as actions, as the script has it. waits: its body may.

        A body that can't be had in full ends in a reset connection, never in its terminator.
        """
        quits = request.verb == _QUIT
        if quits:
            self._quit = ReplyReader()
        try:
            for action in self._actions(request, reply):
                if quits:
                    self._note_quit(action)
                yield self._done(action)
                if self.over:
                    return
                if waits:
                    yield OffloadNext(within=True)
        except StoreFailed as failure:
            self.tell_failure(failure)
            yield self._done(Reset())

    def _note_quit(self, action: Action) -> None:
        if self._quit and isinstance(action, Send):
            self._quit.feed(action.data)

    def _actions(self, request: Request, reply: Reply) -> Iterator[Action]:
        actions = encode(reply)
        if self._script.changes_actions(request.verb):
            return self._script.actions(request, actions)
        return actions

    def _done(self, action: Action) -> Action:
        if isinstance(action, Close | Reset):
            self.over = True
        if self.watched:
            self.tell(ActionPerformed(self._session, action))
        return action

    def tell(self, event: Event) -> None:
        """Tell whoever watches."""
        if self._watch:
            self._watch.tell(event)

    def tell_failure(self, failure: StoreFailed) -> None:
        """Tell the operator the reason, where the client only reads that there is one."""
        self.tell(StoreError(self._session, str(failure.__cause__ or failure)))


# Answers that are always the same, kept ready by the line that asks for them.

CachedReplies = Mapping[bytes, tuple[str, bytes]]  # line without its LF: verb, octets of the answer

NO_CACHED_REPLIES: CachedReplies = {}


def cached_replies(commands: Mapping[str, CommandSpec], script: Hooks) -> CachedReplies:
    """Those that a session may give without looking further."""
    return {
        line: (verb, octets)
        for line, (verb, octets) in _CONSTANT.items()
        if commands.get(verb) is COMMANDS[verb]
        and not (script.changes_reply(verb) or script.changes_actions(verb))
    }


def _constant_answers() -> CachedReplies:
    return {
        row.verb.encode() + b"\r": (row.verb, encode_whole(row.constant))
        for row in COMMANDS.values()
        if row.constant
    }


_CONSTANT = _constant_answers()


# What a client would be told if it asked for the capabilities here and now (RFC 2449).

_CAPA = HypotheticalRequest("CAPA")


def announced(session: "SessionState", saying: "Responder") -> set[str]:
    """The first words of the lines that would be listed, in upper case.

    They are taken from the octets that would be sent, so that whatever a script does to CAPA
    counts. None, if CAPA would be refused, or its list would not come whole.
    """
    row = session.commands.get("CAPA")
    try:
        reply = row.run(session, _CAPA) if row else None
    except Refused:
        return set()
    return _listed(saying.supposed(_CAPA, reply)) if isinstance(reply, Reply) else set()


def _listed(octets: bytes) -> set[str]:
    status, *lines = octets.splitlines() or [b""]
    if not status.startswith(b"+OK") or b"." not in lines:
        return set()
    words = [line.split(maxsplit=1) for line in lines[: lines.index(b".")]]
    return {each[0].decode("ascii", "replace").upper() for each in words if each}
