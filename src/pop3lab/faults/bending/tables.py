"""Changes of what exists: the command table with rows taken away or put in their place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from pop3lab.core.arguments import number
from pop3lab.core.commands import COMMANDS, Command
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.reply import Reply, err, ok
from pop3lab.core.rfc1939 import retr, top
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.turns import Always, Obey, Turn, turned

Table = dict[str, Command]
Change = Callable[[Table], None]


class Commands(Script):
    """Changes what exists, and nothing else."""

    replies: Collection[str] = ()
    sends: Collection[str] = ()

    def __init__(self, change: Change) -> None:
        self._change = change

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        changed = dict(table)
        self._change(changed)
        return changed


def only(*verbs: str) -> Change:
    """No commands but these."""

    def change(table: Table) -> None:
        for verb in table.keys() - set(verbs):
            del table[verb]

    return change


def without(*verbs: str) -> Change:
    """All commands but these."""

    def change(table: Table) -> None:
        for verb in verbs:
            table.pop(verb, None)

    return change


def refuse_user(table: Table) -> None:
    """USER is refused."""
    table["USER"] = turned(table["USER"], Always(err("use APOP")))


def user_then_pass(table: Table) -> None:
    """USER directly after USER is refused."""
    table["USER"] = turned(table["USER"], _user_once)


def _user_once(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    if session.named is not None:
        raise NotUnderstood("a password was wanted, start again with USER")
    return obey(session, exchange)


def rset_one(table: Table) -> None:
    """RSET takes a number, too."""
    one = replace(COMMANDS["RSET"], arguments=(number,), optional=1, handler=_rset)
    table["RSET"] = turned(table["RSET"], _instead(one))


def _rset(session: Standing, number: int | None = None) -> Reply:
    if number is None:
        session.messages.unmark_all()
        return ok("no message is deleted")
    session.messages.unmark(number)
    return ok(f"message {number} is not deleted")


def top_whole(table: Table) -> None:
    """TOP may be sent without a count."""
    if "TOP" in table:
        whole = replace(COMMANDS["TOP"], optional=1, handler=_top)
        table["TOP"] = turned(table["TOP"], _unless_two(whole))


def _unless_two(row: Command) -> Turn:
    """The row's way, but for two arguments."""

    def turn(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        both = len(exchange.arguments) == 2
        return obey(session, exchange) if both else row.run(session, exchange)

    return turn


def _top(session: Standing, number: int, lines: int | None = None) -> Reply:
    return retr(session, number) if lines is None else top(session, number, lines)


def _instead(row: Command) -> Turn:
    return lambda session, exchange, obey: row.run(session, exchange)
