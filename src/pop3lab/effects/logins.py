"""What becomes of a login by PASS, APOP or AUTH, and of the responses of its dialogue."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pop3lab.core.actions import Close
from pop3lab.core.command import Command
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Exchange, Login, State
from pop3lab.core.sasl import Responding
from pop3lab.core.state import Standing
from pop3lab.effects.commands import Obey, Turn, with_turns
from pop3lab.effects.maildrop_close import Parting
from pop3lab.effects.maildrop_views import InSession
from pop3lab.rules.active_rule import Telling

LOGINS = ("PASS", "APOP", "AUTH")

Outcome = bytes | Reply | Login
Step = Callable[[bytes, Callable[[bytes], Outcome]], Outcome]  # a response, and what takes it


class _Intercepted:
    """A dialogue whose responses pass by a step, which may hand them on."""

    def __init__(self, dialogue: Responding, step: Step) -> None:
        self._dialogue = dialogue
        self._step = step

    def step(self, line: bytes) -> Outcome:
        return self._step(line, self._dialogue.step)


def intercept(session: Standing, step: Step) -> None:
    """Let the responses of the dialogue that has just begun, if one has, pass by this step."""
    if session.dialogue:
        session.dialogue = _Intercepted(session.dialogue, step)


def entering_is(reply: Reply) -> Turn:
    """A turn of AUTH that goes as the mechanism has it, but ends in this reply, not in a login."""

    def refuse(login: Login) -> Reply:
        return reply

    def turn(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        def step(line: bytes, inner: Callable[[bytes], Outcome]) -> Outcome:
            outcome = inner(line)
            return outcome.then(refuse) if isinstance(outcome, Login) else outcome

        answer = obey(session, exchange)
        intercept(session, step)
        return answer.then(refuse) if isinstance(answer, Login) else answer

    return turn


def login_failed(session: Standing, exchange: Exchange, reply: Reply) -> bool:
    """Whether this reply says that the credentials are wrong."""
    code = "AUTH" if session.knows("CAPA") else ""
    stray = exchange.verb == "PASS" and session.named is None
    return reply.ok is False and reply.code == code and not stray


# Logins that a quirk has a say in although the credentials are right.


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
