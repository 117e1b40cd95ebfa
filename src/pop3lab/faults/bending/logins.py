"""What becomes of a login by PASS, APOP or AUTH, and of the responses of its dialogue."""

from collections.abc import Callable

from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.reply import Reply
from pop3lab.core.sasl import Responding
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.turns import Obey, Turn

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
