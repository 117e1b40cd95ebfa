"""Virtual commands: a client's way to make the server do something (test server of Mail::Box)."""

from collections.abc import Iterator, Mapping

from pop3lab.core.actions import Action, Close
from pop3lab.core.commands import Command
from pop3lab.core.exchange import Exchange, State
from pop3lab.core.reply import SILENCE, Reply
from pop3lab.core.script import Script
from pop3lab.core.session import Session
from pop3lab.faults.bending.tables import Table
from pop3lab.faults.peculiarity import Shared

_SOURCE = "test server of Perl's Mail::Box"


def add_break(table: Table) -> None:
    """BREAK, in any state."""
    table["BREAK"] = Command("BREAK", frozenset(State), (), _close_at_once, _SOURCE)


def _close_at_once(session: Session) -> Reply:
    return Reply(None, then=Close())


class Exit(Script):
    """EXIT, then the next QUIT of any session, shuts the server down."""

    replies = ()
    sends = frozenset({"QUIT"})

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        row = Command("EXIT", frozenset({State.TRANSACTION}), (), self._ask, _SOURCE)
        return {**table, "EXIT": row}

    def _ask(self, session: Session) -> Reply:
        self._shared.exit_asked = True
        return SILENCE

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Close) and self._shared.exit_asked:
                self._shared.stop()
            yield action
