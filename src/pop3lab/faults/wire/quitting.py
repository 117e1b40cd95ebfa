"""QUIT that gets no answer: the client can't know whether its deletions are done."""

from collections.abc import Collection, Iterator, Mapping
from copy import copy

from pop3lab.core.actions import Action, Shut, Wait
from pop3lab.core.commands import Command
from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.reply import SILENCE, Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.turns import Obey, with_turns
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.telling import Telling
from pop3lab.faults.values import Parameter, choice
from pop3lab.faults.wire.endings import ENDS, THEN


class DropAtQuit(Telling):
    """Ends the connection instead of the answer to QUIT, and deletes before or after that."""

    replies: Collection[str] = ()
    sends: Collection[str] | None = frozenset({"QUIT"})
    _session: Standing

    def __init__(self, shared: Shared, commit: str, then: str) -> None:
        self._commit = commit
        self._end = ENDS[then]
        self._taken = False

    def begin(self, session: Standing) -> Script:
        begun = copy(self)
        begun._session = session
        return begun

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(table, {"QUIT": self._turn})

    def _turn(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        if not self.fire():
            return obey(session, exchange)
        if self._commit == "before":
            obey(session, exchange)
        self._taken = True
        return SILENCE

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        if not self._taken:
            yield from actions
            return
        if self._commit == "after":
            yield Shut()
            yield Wait()
            self._session.update()
        yield from self._end


ROWS = (
    Peculiarity(
        "drop-at-quit",
        "the connection ends instead of the answer to QUIT; what was marked is deleted before,"
        " after (behind a FIN), or never",
        "Dovecot NEWS, tpop3d CHANGES (A); RFC 1939 section 6",
        DropAtQuit,
        (
            Parameter("commit", choice("before", "after", "never"), "when it is deleted", "before"),
            THEN,
        ),
        "fault",
        "commit",
        "mail fetched again, or believed to be deleted",
        "what is said to QUIT",
    ),
)
