"""How servers refuse a login, by whatever command."""

from collections.abc import Iterator, Mapping

from pop3lab.core.actions import Action, Close, Pause
from pop3lab.core.command import LOGIN_VERBS, CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import EACH, CallNext, TableHook, with_overrides, wrap
from pop3lab.effects.hooks import ReplyHook
from pop3lab.effects.logins import LoginPolicy, LoginPolicyHook, Refusal, login_failed
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import SECONDS, TEXT, YES_NO, Parameter, choice

_USER_REFUSALS = {
    "unknown": Refusal("User <{name}> doesn't exist"),
    "tls": Refusal("TLS required to log in."),
    "cleartext": Refusal(
        "Cleartext authentication disallowed on non-secure (SSL/TLS) connections.", "AUTH"
    ),
    "plaintext": Refusal(
        "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", "AUTH"
    ),
}


class _Shut(LoginPolicy):
    """Lets nobody in."""

    def admits(self, user: str) -> bool:
        return False


def _denied(server: ServerContext, text: str, code: str) -> Hooks:
    return LoginPolicyHook(_Shut(), Refusal(text, code))


def _fail_disconnect(server: ServerContext, reply: str) -> Hooks:
    def say(session: SessionState, request: Request, usual: Reply) -> Reply:
        if not login_failed(session, request, usual):
            return usual
        return usual._replace(then=Close()) if reply == "yes" else Reply(None, then=Close())

    return ReplyHook(say, *LOGIN_VERBS)


class _SlowRefusal(PerSessionHooks):
    """Waits before it says that a login has failed."""

    replies = sends = LOGIN_VERBS

    def __init__(self, server: ServerContext, seconds: float) -> None:
        self._seconds = seconds
        self._failed = False

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._failed = login_failed(self.session, request, reply)
        return reply

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._failed:
            yield Pause(self._seconds)
        yield from actions


class _RefusedThen(PerSessionHooks):
    """Lets a user in, then refuses the first command, or every one but QUIT."""

    def __init__(self, server: ServerContext, text: str, close: str, again: str) -> None:
        self._refusal = Reply(False, text, then=Close() if close == "yes" else None)
        self._once = again == "no"
        self._refused = False

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._override})

    def _override(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        spent = self._refused and self._once
        if session.state is not State.TRANSACTION or request.verb == "QUIT" or spent:
            return call_next(session, request)
        self._refused = True
        return self._refusal


def _user_refused(server: ServerContext, kind: str, text: str) -> Hooks:
    denial = _USER_REFUSALS[kind]

    def user(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if kind != "unknown" and session.channel.secure:
            return call_next(session, request)
        return err(text or denial.text.format(name=" ".join(request.arguments)), denial.code)

    return TableHook(wrap(user, "USER"))


ROWS = (
    Behaviour(
        "auth-fail-disconnect",
        "closes the connection when a login fails",
        "AOL (gaia-email-libs PR#283, B)",
        _fail_disconnect,
        (Parameter("reply", YES_NO, "whether -ERR is said before", "yes"),),
        category="login",
        bugs="account setup hung; told as a network error",
        layer=Layer.BOOK,
        refusals=True,
        needs=("failed login",),
    ),
    Behaviour(
        "auth-fail-slow",
        "says only after a while that a login has failed",
        "UW after 3 seconds, Courier after 5 (A)",
        _SlowRefusal,
        (Parameter("seconds", SECONDS, "until it says so", 5.0),),
        category="login",
        bugs="tries again beside the first try",
        layer=Layer.BOOK,
        refusals=True,
        needs=("failed login",),
    ),
    Behaviour(
        "auth-fail-temporary",
        "refuses a login whose password is right, for now",
        "Office 365 when throttling (node-poplib#34, fdm#123, B); InterMail (A)",
        _denied,
        (
            Parameter(
                "text", TEXT, "behind -ERR", "mail storage services unavailable, wait a few minutes"
            ),
            Parameter("code", TEXT, "the response code: SYS/TEMP, IN-USE, or none", "SYS/TEMP"),
        ),
        category="login",
        bugs="the saved password is thrown away, or mail never fetched again",
        aspect="the answer to a login",
        takes=("login",),
        needs=("login",),
    ),
    Behaviour(
        "auth-fail-permanent",
        "refuses a login whose password is right, until somebody does something about it",
        "Gmail (mailman#50, B; its SYS/PERM is folklore, D)",
        _denied,
        (
            Parameter(
                "text",
                TEXT,
                "behind -ERR",
                "Application-specific password required: https://example.com/app-passwords",
            ),
            Parameter("code", TEXT, "the response code: AUTH, SYS/PERM, or none", "AUTH"),
        ),
        category="login",
        bugs="tries for ever; the reason is not shown",
        aspect="the answer to a login",
        takes=("login",),
        needs=("login",),
    ),
    Behaviour(
        "login-ok-then-refused",
        "lets the user in, and refuses the first command after that",
        "Hotmail (Jakarta Mail's Protocol.java), Cyrus (pop3d.c) (A)",
        _RefusedThen,
        (
            Parameter("text", TEXT, "behind -ERR", "login allowed only every 15 minutes"),
            Parameter("close", YES_NO, "whether the connection is closed then", "yes"),
            Parameter("again", YES_NO, "whether the commands after it are refused, too", "no"),
        ),
        category="login",
        bugs="taken for an empty maildrop: local copies go",
    ),
    Behaviour(
        "user-refused",
        "refuses USER: an unknown user, or TLS is wanted first",
        "GreenMail, Courier, Dovecot (A)",
        _user_refused,
        (
            Parameter("kind", choice(*_USER_REFUSALS), "why", "unknown"),
            Parameter("text", TEXT, "what -ERR says, if not what the kind says", ""),
        ),
        category="login",
        bugs="sends the password all the same",
        aspect="the answer to USER",
    ),
)
