"""Changes of logins by PASS, APOP and AUTH, and of their SASL responses."""

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
]  # a response, and the exchange that takes it


class _Intercepted:
    """A SASL exchange whose responses go to a step, which may pass them on."""

    def __init__(self, dialogue: SaslStep, step: _LoginStep) -> None:
        self._dialogue = dialogue
        self._step = step

    def step(self, line: bytes) -> SaslOutcome:
        return self._step(line, self._dialogue.step)


def wrap_sasl(session: SessionState, step: _LoginStep) -> None:
    """Let this step handle the responses of the SASL exchange that has just begun, if any."""
    if session.sasl:
        session.sasl = _Intercepted(session.sasl, step)


def replace_login(reply: Reply) -> CommandOverride:
    """Return an override of AUTH that runs the mechanism, but ends in this reply."""

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


# Logins that a quirk decides although the credentials are right.


class LoginHook(LateEffect):
    """Hooks that decide about each login, before the maildrop is opened."""

    def decide(self, login: Authenticated) -> Reply | Authenticated:
        """Return the login, or a refusal."""
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
    """A refusal in words of a rule, which a wording for wrong passwords does not replace."""

    __slots__ = ()


class Refusal(NamedTuple):
    """The reply to a refused login. closes: close the connection without a reply."""

    text: str = ""
    code: str = ""
    closes: bool = False

    @property
    def reply(self) -> Reply:
        """Return the refusal as a reply."""
        if self.closes:
            return Reply(None, then=Close())
        return Reply(False, OwnWords(self.text), code=self.code)


class LoginPolicy:
    """Decides who may log in, across sessions. This one admits everybody."""

    def admits(self, user: str) -> bool:
        """Return whether the user may log in; called once at each login."""
        return True

    def entered(self, user: str) -> None:
        """Note that the user has opened the maildrop."""

    def left(self, user: str, *, by_quit: bool) -> None:
        """Note that the user's session with the maildrop has ended."""


class LoginPolicyHook(LoginHook):
    """Hooks that ask a policy at each login whether the user may log in."""

    def __init__(self, policy: LoginPolicy, refusal: Refusal) -> None:
        self._policy = policy
        self._refusal = refusal.reply

    def decide(self, login: Authenticated) -> Reply | Authenticated:
        admitted = self._policy.admits(login.user) or not self.claim()
        return login if admitted else self._refusal


class SessionPolicyHook(LoginPolicyHook):
    """Hooks that also tell the policy which sessions begin and end."""

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._policy.entered(self.user)
        return CloseHook(maildrop, closes=self._left)

    def _left(self) -> None:
        self._policy.left(self.user, by_quit=self.session.state is State.UPDATE)
