"""How a session's answers leave it: past the script, as actions, told to whoever watches."""

from collections.abc import Iterator

from pop3lab.core.actions import Action, Close, Part, Reset, Send, Wait
from pop3lab.core.errors import StoreFailed
from pop3lab.core.events import Did, Event, Failed, Watch
from pop3lab.core.exchange import Exchange
from pop3lab.core.reading import OK, ReplyReader
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.wire import encode, whole

_QUIT = "QUIT"
_SUPPOSED = 65_536  # octets; a script may have lists without end


class Saying:
    """The way out of one session. over: an action that ends the session has gone this way.

    codes: clients can know of response codes (RFC 2449 section 6.4). quits: QUIT was obeyed.
    """

    __slots__ = ("_codes", "_quit", "_script", "_session", "_watch", "over", "quits", "watched")

    def __init__(self, session: int, script: Script, watch: Watch | None, codes: bool) -> None:
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

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        """What is said, as the script has it."""
        if reply.code and not self._codes:
            reply = reply._replace(code="")
        if self._script.changes_reply(exchange.verb):
            return self._script.reply(exchange, reply)
        return reply

    def supposed(self, exchange: Exchange, reply: Reply) -> bytes:
        """The octets that would be sent, at most so many; nothing is done, and nobody is told."""
        octets = b""
        for action in self._actions(exchange, self.reply(exchange, reply)):
            if isinstance(action, Close | Reset) or len(octets) > _SUPPOSED:
                break
            if isinstance(action, Send):
                octets += action.data
        return octets

    def plain(self, exchange: Exchange, reply: Reply) -> bytes:
        """The octets of a reply in memory that nobody wants to see in parts, or none."""
        if self.watched or self._script.changes_actions(exchange.verb):
            return b""
        octets = whole(reply)
        if octets and exchange.verb == _QUIT:
            self._quit = ReplyReader()
            self._note_quit(Send(octets, Part.HEAD))
        return octets

    def send(self, exchange: Exchange, reply: Reply, waits: bool) -> Iterator[Action]:
        """The reply as actions, as the script has it. waits: its body may.

        A body that can't be had in full ends in a reset connection, never in its terminator.
        """
        quits = exchange.verb == _QUIT
        if quits:
            self._quit = ReplyReader()
        try:
            for action in self._actions(exchange, reply):
                if quits:
                    self._note_quit(action)
                yield self._done(action)
                if self.over:
                    return
                if waits:
                    yield Wait(within=True)
        except StoreFailed as failure:
            self.tell_failure(failure)
            yield self._done(Reset())

    def _note_quit(self, action: Action) -> None:
        if self._quit and isinstance(action, Send):
            self._quit.feed(action.data)

    def _actions(self, exchange: Exchange, reply: Reply) -> Iterator[Action]:
        actions = encode(reply)
        if self._script.changes_actions(exchange.verb):
            return self._script.actions(exchange, actions)
        return actions

    def _done(self, action: Action) -> Action:
        if isinstance(action, Close | Reset):
            self.over = True
        if self.watched:
            self.tell(Did(self._session, action))
        return action

    def tell(self, event: Event) -> None:
        """Tell whoever watches."""
        if self._watch:
            self._watch.tell(event)

    def tell_failure(self, failure: StoreFailed) -> None:
        """Tell the operator the reason, where the client only reads that there is one."""
        self.tell(Failed(self._session, str(failure.__cause__ or failure)))
