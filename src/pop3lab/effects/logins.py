"""What becomes of a login by PASS, APOP or AUTH, and of the responses of its dialogue."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pop3lab.core.actions import Close
from pop3lab.core.command import LOGIN_VERBS, CommandSpec
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.sasl import SaslStep
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import CallNext, CommandOverride, with_overrides
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.rules.session_hooks import LateEffect

SaslOutcome = bytes | Reply | Authenticated
_LoginStep = Callable[
    [bytes, Callable[[bytes], SaslOutcome]], SaslOutcome
]  # a response, and what takes it


class _Intercepted:
    """A dialogue whose responses pass by a step, which may hand them on."""

    def __init__(self, dialogue: SaslStep, step: _LoginStep) -> None:
        self._dialogue = dialogue
        self._step = step

    def step(self, line: bytes) -> SaslOutcome:
        return self._step(line, self._dialogue.step)


def wrap_sasl(session: SessionState, step: _LoginStep) -> None:
    """Let the responses of the dialogue that has just begun, if one has, pass by this step."""
    if session.sasl:
        session.sasl = _Intercepted(session.sasl, step)


def replace_login(reply: Reply) -> CommandOverride:
    """A turn of AUTH that goes as the mechanism has it, but ends in this reply, not in a login."""

    def refuse(login: Authenticated) -> Reply:
        return reply

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        def step(line: bytes, inner: Callable[[bytes], SaslOutcome]) -> SaslOutcome:
            outcome = inner(line)
            return outcome.then(refuse) if isinstance(outcome, Authenticated) else outcome

        answer = call_next(session, request)
        wrap_sasl(session, step)
        return answer.then(refuse) if isinstance(answer, Authenticated) else answer

    return override


def login_failed(session: SessionState, request: Request, reply: Reply) -> bool:
    """Whether this reply says that the credentials are wrong."""
    code = "AUTH" if session.knows("CAPA") else ""
    stray = request.verb == "PASS" and session.pending_user is None
    return reply.ok is False and reply.code == code and not stray


# Logins that a quirk has a say in although the credentials are right.


class LoginHook(LateEffect):
    """Is asked at each login, before the maildrop is opened."""

    def decide(self, login: Authenticated) -> Reply | Authenticated:
        """The login, or a refusal."""
        return login

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, dict.fromkeys(LOGIN_VERBS, self._override))

    def _override(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        answer = call_next(session, request)
        wrap_sasl(session, lambda line, inner: self._outcome(inner(line)))
        return answer.then(self.decide) if isinstance(answer, Authenticated) else answer

    def _outcome(self, outcome: SaslOutcome) -> SaslOutcome:
        return outcome.then(self.decide) if isinstance(outcome, Authenticated) else outcome


class OwnWords(str):
    """The reason that a rule gives: what a server says of a wrong password is no word for it."""

    __slots__ = ()


class Refusal(NamedTuple):
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


class LoginPolicy:
    """Who may log in, remembered over sessions. This one lets everybody in."""

    def admits(self, user: str) -> bool:
        """Asked once at each login."""
        return True

    def entered(self, user: str) -> None:
        """Told when the user has the maildrop."""

    def left(self, user: str, *, by_quit: bool) -> None:
        """Told when the user has it no more."""


class LoginPolicyHook(LoginHook):
    """Asks a door at each login whether it lets the user in."""

    def __init__(self, policy: LoginPolicy, refusal: Refusal) -> None:
        self._policy = policy
        self._refusal = refusal.reply

    def decide(self, login: Authenticated) -> Reply | Authenticated:
        admitted = self._policy.admits(login.user) or not self.claim()
        return login if admitted else self._refusal


class SessionPolicyHook(LoginPolicyHook):
    """Tells the door, too, who comes and goes."""

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._policy.entered(self.user)
        return CloseHook(maildrop, closes=self._left)

    def _left(self) -> None:
        self._policy.left(self.user, by_quit=self.session.state is State.UPDATE)
