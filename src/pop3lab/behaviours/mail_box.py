"""The test server of Perl's Mail::Box, keyword by keyword."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from pop3lab.behaviours.mail_box_lines import WhiteSpace
from pop3lab.core.actions import Action, Close, OffloadNext, Part, Send
from pop3lab.core.command import COMMANDS, TEXTS, CommandSpec
from pop3lab.core.errors import MessageGone, NotUnderstood
from pop3lab.core.handlers import retr, top
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Entry, Maildrop, TextOrChunks, is_listed_before_login
from pop3lab.core.reply import CRLF_DOT, DOT, NO_REPLY, End, Reply, ok
from pop3lab.core.request import Authenticated, Request, State, number
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import MessageEnd
from pop3lab.effects.commands import (
    CallNext,
    CommandTable,
    TableHook,
    only_commands,
    refused,
    without_commands,
    wrap,
)
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.effects.maildrop_views import ListedMessage, ViewMaildrop
from pop3lab.rules.behaviour import Layer, ServerContext
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks

quirk = BehaviourDecorator("quirk", category="mail-box")

_SOURCE = "test server of Perl's Mail::Box"

# fmt: off
_RFC1939 = (
    "USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP", "QUIT",
)
# fmt: on


@quirk(
    "supports only the commands of RFC 1939: CAPA, AUTH, STLS and others are unknown",
    source=_SOURCE,
    layer=Layer.FIRST,
)
def rfc1939_commands() -> Hooks:
    return TableHook(only_commands(*_RFC1939))


@quirk(
    "lacks APOP, TOP and UIDL, which are optional in RFC 1939",
    source=_SOURCE,
    layer=Layer.FIRST,
    takes=("timestamp",),
)
def minimal_commands() -> Hooks:
    return TableHook(without_commands("APOP", "TOP", "UIDL"))


@quirk(
    "refuses USER; only APOP logs in",
    source=_SOURCE,
    against=("minimal-commands",),
    aspect="the reply to USER",
)
def apop_only() -> Hooks:
    return TableHook(refused("USER", text="use APOP"))


@quirk(
    "splits lines at any white space and ignores extra words; USER and PASS take all words",
    source=_SOURCE,
    layer=Layer.FIRST,
)
def perl_split() -> Hooks:
    return WhiteSpace()


class _Ends:
    """Counts the sessions that have ended."""

    def __init__(self) -> None:
        self._open: list[SessionState] = []
        self._over = 0

    def begin(self, session: SessionState) -> int:
        """Add a session; return how many have ended so far."""
        over = self.count()
        self._open.append(session)
        return over

    def count(self) -> int:
        """Return how many have ended so far."""
        still = [session for session in self._open if not session.over]
        self._over += len(self._open) - len(still)
        self._open[:] = still
        return self._over


class _ListAtGreeting(PerSessionHooks):
    """Lists the messages as of the greeting, unless a session has ended since.

    If the store cannot be read before login, the list is as of the login.
    """

    maildrop_waits = False
    _over = 0
    _listed: Callable[[str], Sequence[Entry]] | None = None

    def __init__(self) -> None:
        self._ends = _Ends()

    def for_session(self, session: SessionState) -> Self:
        begun = super().for_session(session)
        begun._over = self._ends.begin(session)
        return begun

    def prepare(self) -> Iterator[Action]:
        """List the messages, off the event loop unless that takes no time."""
        store = self.session.store
        if not is_listed_before_login(store):
            return
        self._listed = store.look_at_once()
        if self._listed is None:
            self.maildrop_waits = True  # it may be compared with another list
            yield OffloadNext()
            self._listed = store.look()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if self._listed is None or self._ends.count() != self._over:
            return maildrop
        listed = self._listed(self.user)
        if listed is maildrop.snapshot.entries:
            return maildrop
        there = {entry.uid: entry for entry in maildrop.snapshot.entries}
        if [*there] == [entry.uid for entry in listed]:
            return maildrop
        return ViewMaildrop(maildrop, [_shown(entry, there.get(entry.uid)) for entry in listed])


def _shown(entry: Entry, there: Entry | None) -> ListedMessage:
    return ListedMessage(there, there.uid) if there else ListedMessage(entry, alter=_is_gone)


def _is_gone(octets: TextOrChunks) -> TextOrChunks:
    raise MessageGone("the message is gone")


@quirk(
    "lists the messages as of the greeting, or as of the login if a session has ended since",
    source=_SOURCE,
    layer=Layer.FIRST,
)
def list_at_greeting() -> Hooks:
    return _ListAtGreeting()


@quirk(
    "treats a second USER in a row as a failed login and forgets the first",
    source=_SOURCE,
    aspect="the reply to USER",
)
def user_then_pass() -> Hooks:
    def user(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if session.pending_user is not None:
            raise NotUnderstood("a password was wanted, start again with USER")
        return call_next(session, request)

    return TableHook(wrap(user, "USER"))


def _rset(session: SessionState, number: int | None = None) -> Reply:
    if number is None:
        session.messages.unmark_all()
        return ok("no message is deleted")
    session.messages.unmark(number)
    return ok(f"message {number} is not deleted")


@quirk(
    "accepts RSET with a number, which undeletes only that message",
    source=_SOURCE,
    aspect="what RSET does",
)
def rset_one() -> Hooks:
    spec = replace(COMMANDS["RSET"], arguments=(number,), optional=1, handler=_rset)
    return TableHook(wrap(lambda session, request, call_next: spec.run(session, request), "RSET"))


def _top(session: SessionState, number: int, lines: int | None = None) -> Reply:
    return retr(session, number) if lines is None else top(session, number, lines)


@quirk(
    "sends the whole message for TOP without a line count",
    source=_SOURCE,
    layer=Layer.FIRST,
)
def top_whole() -> Hooks:
    spec = replace(COMMANDS["TOP"], optional=1, handler=_top)

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        both = len(request.arguments) == 2
        return call_next(session, request) if both else spec.run(session, request)

    return TableHook(wrap(override, "TOP", lenient=True))


@quirk(
    "closes the connection on BREAK in any state, without a reply or deletions",
    source=_SOURCE,
)
def break_command() -> Hooks:
    def close(session: SessionState) -> Reply:
        return Reply(None, then=Close())

    def change(table: CommandTable) -> None:
        table["BREAK"] = CommandSpec("BREAK", frozenset(State), (), close, _SOURCE)

    return TableHook(change)


class _Exit(Hooks):
    """Shuts the server down at the next QUIT of any session after EXIT."""

    replies = ()
    sends = frozenset({"QUIT"})

    def __init__(self, server: ServerContext) -> None:
        self._server = server

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        spec = CommandSpec("EXIT", frozenset({State.TRANSACTION}), (), self._ask, _SOURCE)
        return {**table, "EXIT": spec}

    def _ask(self, session: SessionState) -> Reply:
        self._server.exit_asked = True
        return NO_REPLY

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Close) and self._server.exit_asked:
                self._server.stop()
            yield action


@quirk(
    "sends no reply to EXIT, and shuts down at the next QUIT in any session",
    source=_SOURCE,
)
def exit_command(server: ServerContext) -> Hooks:
    return _Exit(server)


@quirk(
    "sends an extra CRLF before the final dot of a message",
    source=_SOURCE,
    aspect="how a message ends",
)
def extra_crlf() -> Hooks:
    return MessageEnd(End(CRLF_DOT, CRLF_DOT, CRLF_DOT))


@quirk(
    "sends an empty message as one empty line",
    source=_SOURCE,
    aspect="how a message ends",
    needs=("empty message",),
)
def crlf_for_empty() -> Hooks:
    return MessageEnd(End(DOT, CRLF_DOT, CRLF_DOT))


class _Autodelete(Hooks):
    """Deletes each completely sent message at QUIT, as if the client had sent DELE."""

    replies = ()
    sends = frozenset(TEXTS)

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._reading = ""

    def for_session(self, session: SessionState) -> Hooks:
        return _Autodelete()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return CloseHook(maildrop, reads=self._reads, deletes=self._sent.union)

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        uid, self._reading = self._reading, ""
        whole = request.verb == "RETR" or len(request.arguments) == 1
        for action in actions:
            yield action
            if uid and whole and isinstance(action, Send) and action.part is Part.END:
                self._sent.add(uid)


@quirk(
    "deletes messages at QUIT that RETR, or TOP without a line count, has sent completely",
    source=_SOURCE,
    needs=("dot after RETR", "orderly close"),
    aspect="what happens to retrieved messages",
)
def autodelete() -> Hooks:
    return _Autodelete()
