"""Refused logins, whatever the command."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pop3lab.core.actions import Action, Close, Pause
from pop3lab.core.command import LOGIN_VERBS, CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import EACH, CallNext, TableHook, with_overrides, wrap
from pop3lab.effects.hooks import ReplyHook
from pop3lab.effects.logins import LoginPolicy, LoginPolicyHook, Refusal, login_failed
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import Seconds

quirk = BehaviourDecorator("quirk", category="login")


@quirk(
    "closes the connection when a login fails",
    source="AOL (gaia-email-libs PR#283, B)",
    bugs="account setup hung; reports a network error",
    layer=Layer.BOOK,
    refusals=True,
    needs=("failed login",),
)
def auth_fail_disconnect(reply: Annotated[bool, "whether -ERR comes first"] = True) -> Hooks:
    def say(session: SessionState, request: Request, usual: Reply) -> Reply:
        if not login_failed(session, request, usual):
            return usual
        return usual._replace(then=Close()) if reply else Reply(None, then=Close())

    return ReplyHook(say, *LOGIN_VERBS)


class _SlowRefusal(PerSessionHooks):
    """Delays the reply to a failed login."""

    replies = sends = LOGIN_VERBS

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._failed = False

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._failed = login_failed(self.session, request, reply)
        return reply

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._failed:
            yield Pause(self._seconds)
        yield from actions


@quirk(
    "delays the reply to a failed login",
    source="UW after 3 seconds, Courier after 5 (A)",
    bugs="starts another attempt during the first",
    layer=Layer.BOOK,
    refusals=True,
    needs=("failed login",),
)
def auth_fail_slow(seconds: Annotated[Seconds, "delay before the reply"] = 5.0) -> Hooks:
    return _SlowRefusal(seconds)


class _RefuseAll(LoginPolicy):
    """Admits no user."""

    def admits(self, user: str) -> bool:
        return False


@quirk(
    "refuses a login with the right password for a temporary reason",
    source="Office 365 when throttling (node-poplib#34, fdm#123, B); InterMail (A)",
    bugs="the saved password is discarded, or mail is never fetched again",
    aspect="the reply to a login",
    takes=("login",),
    needs=("login",),
)
def auth_fail_temporary(
    text: Annotated[
        str, "text after -ERR"
    ] = "mail storage services unavailable, wait a few minutes",
    code: Annotated[
        str, "response code, such as SYS/TEMP, IN-USE, SYS/PERM or AUTH; empty for none"
    ] = "SYS/TEMP",
) -> Hooks:
    return LoginPolicyHook(_RefuseAll(), Refusal(text, code))


auth_fail_permanent = quirk.preset(
    "auth-fail-permanent",
    auth_fail_temporary,
    "refuses a login with the right password until someone intervenes",
    source="Gmail (mailman#50, B; its SYS/PERM is folklore, D)",
    bugs="tries forever; the reason is not shown",
    text="Application-specific password required: https://example.com/app-passwords",
    code="AUTH",
)


class _RefusedThen(PerSessionHooks):
    """Admits a user, then refuses the first command, or each command but QUIT."""

    def __init__(self, refusal: Reply, again: bool) -> None:
        self._refusal = refusal
        self._again = again
        self._refused = False

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._override})

    def _override(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        spent = self._refused and not self._again
        if session.state is not State.TRANSACTION or request.verb == "QUIT" or spent:
            return call_next(session, request)
        self._refused = True
        return self._refusal


@quirk(
    "accepts the login, then refuses the first command",
    source="Hotmail (Jakarta Mail's Protocol.java), Cyrus (pop3d.c) (A)",
    bugs="mistakes it for an empty maildrop and deletes local copies",
)
def login_ok_then_refused(
    text: Annotated[str, "text after -ERR"] = "login allowed only every 15 minutes",
    close: Annotated[bool, "whether the connection is then closed"] = True,
    again: Annotated[bool, "whether later commands are refused, too"] = False,
) -> Hooks:
    return _RefusedThen(Reply(False, text, then=Close() if close else None), again)


_Reason = Literal["unknown", "tls", "cleartext", "plaintext"]
_USER_REFUSALS: dict[_Reason, Refusal] = {
    "unknown": Refusal("User <{name}> doesn't exist"),
    "tls": Refusal("TLS required to log in."),
    "cleartext": Refusal(
        "Cleartext authentication disallowed on non-secure (SSL/TLS) connections.", "AUTH"
    ),
    "plaintext": Refusal(
        "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", "AUTH"
    ),
}


@quirk(
    "refuses USER because the user is unknown or TLS is missing",
    source="GreenMail, Courier, Dovecot (A)",
    bugs="sends the password anyway",
    aspect="the reply to USER",
)
def user_refused(
    kind: Annotated[_Reason, "reason for the refusal"] = "unknown",
    text: Annotated[str, "text after -ERR that replaces that of the kind"] = "",
) -> Hooks:
    refusal = _USER_REFUSALS[kind]

    def user(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if kind != "unknown" and session.channel.secure:
            return call_next(session, request)
        return err(text or refusal.text.format(name=" ".join(request.arguments)), refusal.code)

    return TableHook(wrap(user, "USER"))
