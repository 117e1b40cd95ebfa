"""Commands that the test server of Perl's Mail::Box has besides, or obeys in a way of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pop3lab.core.actions import Action, Close
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.handlers import retr, top
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import NO_REPLY, Reply, err, ok
from pop3lab.core.request import Authenticated, Request, State, number
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import (
    AlwaysReply,
    CallNext,
    CommandOverride,
    CommandTable,
    overridden,
)
from pop3lab.rules.behaviour import ServerContext

SOURCE = "test server of Perl's Mail::Box"


def add_break(table: CommandTable) -> None:
    """BREAK, in any state."""
    table["BREAK"] = CommandSpec("BREAK", frozenset(State), (), _close_at_once, SOURCE)


def _close_at_once(session: SessionState) -> Reply:
    return Reply(None, then=Close())


class Exit(Hooks):
    """EXIT, then the next QUIT of any session, shuts the server down."""

    replies = ()
    sends = frozenset({"QUIT"})

    def __init__(self, server: ServerContext) -> None:
        self._server = server

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        row = CommandSpec("EXIT", frozenset({State.TRANSACTION}), (), self._ask, SOURCE)
        return {**table, "EXIT": row}

    def _ask(self, session: SessionState) -> Reply:
        self._server.exit_asked = True
        return NO_REPLY

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Close) and self._server.exit_asked:
                self._server.stop()
            yield action


def refuse_user(table: CommandTable) -> None:
    """USER is refused."""
    table["USER"] = overridden(table["USER"], AlwaysReply(err("use APOP")))


def user_then_pass(table: CommandTable) -> None:
    """USER directly after USER is refused."""
    table["USER"] = overridden(table["USER"], _user_once)


def _user_once(
    session: SessionState, request: Request, call_next: CallNext
) -> Reply | Authenticated:
    if session.pending_user is not None:
        raise NotUnderstood("a password was wanted, start again with USER")
    return call_next(session, request)


def rset_one(table: CommandTable) -> None:
    """RSET takes a number, too."""
    one = replace(COMMANDS["RSET"], arguments=(number,), optional=1, handler=_rset)
    table["RSET"] = overridden(table["RSET"], _instead(one))


def _rset(session: SessionState, number: int | None = None) -> Reply:
    if number is None:
        session.messages.unmark_all()
        return ok("no message is deleted")
    session.messages.unmark(number)
    return ok(f"message {number} is not deleted")


def top_whole(table: CommandTable) -> None:
    """TOP may be sent without a count."""
    if "TOP" in table:
        whole = replace(COMMANDS["TOP"], optional=1, handler=_top)
        table["TOP"] = overridden(table["TOP"], _unless_two(whole))


def _unless_two(row: CommandSpec) -> CommandOverride:
    """The row's way, but for two arguments."""

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        both = len(request.arguments) == 2
        return call_next(session, request) if both else row.run(session, request)

    return override


def _top(session: SessionState, number: int, lines: int | None = None) -> Reply:
    return retr(session, number) if lines is None else top(session, number, lines)


def _instead(row: CommandSpec) -> CommandOverride:
    return lambda session, request, call_next: row.run(session, request)
