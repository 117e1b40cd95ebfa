"""More sessions than a server takes: the newcomer goes, or the one that was there before."""

from collections.abc import Mapping
from math import inf
from typing import cast

from pop3lab.core.actions import Close
from pop3lab.core.commands import Command
from pop3lab.core.exchange import CONNECT, GREETING, SILENCE, Exchange, Login
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.session import Session
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.denials import AtLogin, Denial, Door, Porter
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.partings import Parting
from pop3lab.faults.bending.turns import EACH, Obey, with_turns
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.telling import Telling
from pop3lab.faults.values import COUNT, TEXT, Parameter, choice

# too-many-connections


class _Crowd(Door):
    """So many users at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0

    def admits(self, user: str) -> bool:
        return self._inside < self._most

    def entered(self, user: str) -> None:
        self._inside += 1

    def left(self, user: str, *, by_quit: bool) -> None:
        self._inside -= 1


class _AtConnect(InSession, Telling):
    """So many connections at once. point: where one too many ends, with these last words."""

    def __init__(self, most: int, point: Exchange, last: Reply) -> None:
        self.replies = frozenset({point.verb})
        self._most = most
        self._last = last
        self._open: list[Session] = []

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        self._open[:] = [session for session in self._open if not session.over]
        if len(self._open) >= self._most and self.fire():
            return self._last
        self._open.append(cast(Session, self.session))
        return reply


def _too_many(shared: Shared, most: int, at: str, text: str) -> Script:
    if at == "login":
        return Porter(_Crowd(most), Denial(text))
    if at == "connect":
        return _AtConnect(most, CONNECT, Reply(None, then=Close()))
    return _AtConnect(most, GREETING, Reply(False, text, then=Close()))


# session-stolen


class _Stealing(AtLogin):
    """A session that may be robbed of its maildrop by the user's next login."""

    replies = frozenset({SILENCE.verb})
    _robbed = False

    def __init__(self, text: str) -> None:
        self._farewell = Reply(False, text, then=Close())
        self._holders: dict[str, _Stealing] = {}

    def settled(self, login: Login) -> Reply | Login:
        if holder := self._holders.pop(login.user, None):
            holder.rob()
        return login

    def rob(self) -> None:
        """The lock is free for another; the client is told at once, between two commands."""
        self._robbed = True
        self.session.release()
        self.session.nudge()

    def wakes(self) -> float:
        return 0.0 if self._robbed else inf

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        return self._farewell if self._robbed and self.fire() else reply

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._holders[self.user] = self
        return Parting(maildrop, closes=self._left)

    def _left(self) -> None:
        if self._holders.get(self.user) is self:
            del self._holders[self.user]

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(super().commands(table), {EACH: self._unless_robbed})

    def _unless_robbed(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        if self._robbed and self.fire():
            return self._farewell
        return obey(session, exchange)


ROWS = (
    Peculiarity(
        "too-many-connections",
        "a connection, or a login, is refused while there are so many already",
        "popa3d: 50 of one source; Cyrus pop3d.c, after the login (A)",
        _too_many,
        (
            Parameter("most", COUNT, "how many there may be", 50),
            Parameter(
                "at",
                choice("greeting", "connect", "login"),
                "refused in the greeting, closed before it, or refused at login",
                "greeting",
            ),
            Parameter("text", TEXT, "what -ERR says", "Too many open connections"),
        ),
        category="limits",
        bugs="loops that connect again at once",
        aspect="what the {at} is",
    ),
    Peculiarity(
        "session-stolen",
        "a new login ends the user's session before, at once, with an unasked -ERR",
        "UW ipop3d (A)",
        lambda shared, text: _Stealing(text),
        (Parameter("text", TEXT, "what -ERR says", "Received Kiss of Death"),),
        category="limits",
        bugs="the line is taken for the reply to the next command",
        needs=("login",),
    ),
)
