"""Logins that a quirk has a say in although the credentials are right."""

from collections.abc import Mapping
from typing import NamedTuple

from pop3lab.core.actions import Close
from pop3lab.core.commands import Command
from pop3lab.core.exchange import Exchange, Login, State
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.logins import LOGINS, Outcome, intercept
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.partings import Parting
from pop3lab.faults.bending.turns import Obey, with_turns
from pop3lab.faults.telling import Telling


class AtLogin(InSession, Telling):
    """Is asked at each login, before the maildrop is opened."""

    def settled(self, login: Login) -> Reply | Login:
        """The login, or a refusal."""
        return login

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(table, dict.fromkeys(LOGINS, self._turn))

    def _turn(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        answer = obey(session, exchange)
        intercept(session, lambda line, inner: self._outcome(inner(line)))
        return answer.then(self.settled) if isinstance(answer, Login) else answer

    def _outcome(self, outcome: Outcome) -> Outcome:
        return outcome.then(self.settled) if isinstance(outcome, Login) else outcome


class OwnWords(str):
    """The reason that a rule gives: what a server says of a wrong password is no word for it."""

    __slots__ = ()


class Denial(NamedTuple):
    """What is said to a login. closes: nothing is, and the connection is closed at once."""

    text: str = ""
    code: str = ""
    closes: bool = False

    @property
    def reply(self) -> Reply:
        """As a reply."""
        if self.closes:
            return Reply(None, then=Close())
        return Reply(False, OwnWords(self.text), code=self.code)


class Door:
    """Who may log in, remembered over sessions. This one lets everybody in."""

    def admits(self, user: str) -> bool:
        """Asked once at each login."""
        return True

    def entered(self, user: str) -> None:
        """Told when the user has the maildrop."""

    def left(self, user: str, *, by_quit: bool) -> None:
        """Told when the user has it no more."""


class Doorkeeper(AtLogin):
    """Asks a door at each login whether it lets the user in."""

    def __init__(self, door: Door, denial: Denial) -> None:
        self._door = door
        self._denied = denial.reply

    def settled(self, login: Login) -> Reply | Login:
        admitted = self._door.admits(login.user) or not self.fire()
        return login if admitted else self._denied


class Porter(Doorkeeper):
    """Tells the door, too, who comes and goes."""

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._door.entered(self.user)
        return Parting(maildrop, closes=self._left)

    def _left(self) -> None:
        self._door.left(self.user, by_quit=self.session.state is State.UPDATE)
