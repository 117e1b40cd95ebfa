"""How servers refuse a login, by whatever command."""

from collections.abc import Iterator, Mapping

from pop3lab.core.actions import Action, Close, Pause
from pop3lab.core.command import Command
from pop3lab.core.hooks import Script
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Exchange, Login, State
from pop3lab.core.state import Standing
from pop3lab.effects.commands import EACH, Commands, Obey, around, with_turns
from pop3lab.effects.hooks import Says
from pop3lab.effects.logins import LOGINS, Denial, Door, Doorkeeper, login_failed
from pop3lab.effects.maildrop_views import InSession
from pop3lab.rules.behaviour import Layer, Peculiarity, Shared
from pop3lab.rules.values import SECONDS, TEXT, YES_NO, Parameter, choice

_USER_REFUSALS = {
    "unknown": Denial("User <{name}> doesn't exist"),
    "tls": Denial("TLS required to log in."),
    "cleartext": Denial(
        "Cleartext authentication disallowed on non-secure (SSL/TLS) connections.", "AUTH"
    ),
    "plaintext": Denial(
        "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", "AUTH"
    ),
}


class _Shut(Door):
    """Lets nobody in."""

    def admits(self, user: str) -> bool:
        return False


def _denied(shared: Shared, text: str, code: str) -> Script:
    return Doorkeeper(_Shut(), Denial(text, code))


def _fail_disconnect(shared: Shared, reply: str) -> Script:
    def say(session: Standing, exchange: Exchange, usual: Reply) -> Reply:
        if not login_failed(session, exchange, usual):
            return usual
        return usual._replace(then=Close()) if reply == "yes" else Reply(None, then=Close())

    return Says(say, *LOGINS)


class _SlowRefusal(InSession):
    """Waits before it says that a login has failed."""

    replies = sends = LOGINS

    def __init__(self, shared: Shared, seconds: float) -> None:
        self._seconds = seconds
        self._failed = False

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        self._failed = login_failed(self.session, exchange, reply)
        return reply

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        if self._failed:
            yield Pause(self._seconds)
        yield from actions


class _RefusedThen(InSession):
    """Lets a user in, then refuses the first command, or every one but QUIT."""

    def __init__(self, shared: Shared, text: str, close: str, again: str) -> None:
        self._refusal = Reply(False, text, then=Close() if close == "yes" else None)
        self._once = again == "no"
        self._refused = False

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(table, {EACH: self._turn})

    def _turn(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        spent = self._refused and self._once
        if session.state is not State.TRANSACTION or exchange.verb == "QUIT" or spent:
            return obey(session, exchange)
        self._refused = True
        return self._refusal


def _user_refused(shared: Shared, kind: str, text: str) -> Script:
    denial = _USER_REFUSALS[kind]

    def user(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        if kind != "unknown" and session.channel.secure:
            return obey(session, exchange)
        return err(text or denial.text.format(name=" ".join(exchange.arguments)), denial.code)

    return Commands(around(user, "USER"))


ROWS = (
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
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
