"""Changes of what exists: the command table with rows taken away or put in their place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from pop3lab.core.arguments import number
from pop3lab.core.commands import Command
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.reply import Reply, ok
from pop3lab.core.rfc1939 import retr, top, user
from pop3lab.core.script import Script
from pop3lab.core.session import Session

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
    table["USER"] = replace(table["USER"], handler=_refused_user)


def _refused_user(session: Session, name: str) -> Reply:
    raise NotUnderstood("use APOP")


def user_then_pass(table: Table) -> None:
    """USER directly after USER is refused."""
    table["USER"] = replace(table["USER"], handler=_user_once)


def _user_once(session: Session, name: str) -> Reply:
    if session.named is not None:
        raise NotUnderstood("a password was wanted, start again with USER")
    return user(session, name)


def rset_one(table: Table) -> None:
    """RSET takes a number, too."""
    table["RSET"] = replace(table["RSET"], arguments=(number,), optional=1, handler=_rset)


def _rset(session: Session, number: int | None = None) -> Reply:
    if number is None:
        session.messages.unmark_all()
        return ok("no message is deleted")
    session.messages.unmark(number)
    return ok(f"message {number} is not deleted")


def top_whole(table: Table) -> None:
    """TOP may be sent without a count."""
    if "TOP" in table:
        table["TOP"] = replace(table["TOP"], optional=1, handler=_top)


def _top(session: Session, number: int, lines: int | None = None) -> Reply:
    return retr(session, number) if lines is None else top(session, number, lines)
