"""Changes of the command table that put a turn around commands."""

from pop3lab.core.reply import err
from pop3lab.faults.bending.tables import Change, Table
from pop3lab.faults.bending.turns import Always, Turn, turned


def around(turn: Turn, *verbs: str) -> Change:
    """These commands, as far as there are any, are taken this way."""

    def change(table: Table) -> None:
        for verb in table.keys() & set(verbs):
            table[verb] = turned(table[verb], turn)

    return change


def refused(*verbs: str, text: str, code: str = "") -> Change:
    """These commands are there, but refused."""
    return around(Always(err(text, code)), *verbs)


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(table: Table) -> None:
        for one in changes:
            one(table)

    return change
