"""Logins rejected despite valid credentials: too early, or while the maildrop is in use.

A server remembers its users as long as the rule is in force.
"""

from collections import Counter
from typing import Annotated, Literal

from pop3lab.core.hooks import Hooks
from pop3lab.effects.logins import LoginPolicy, LoginPolicyHook, Refusal, SessionPolicyHook
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Seconds

quirk = BehaviourDecorator("quirk", category="limits")

_LOGIN_AGAIN = "whether a user may log in again"

_DelayForm = Literal["code", "hotmail", "limit", "close"]
_DELAYS: dict[_DelayForm, Refusal] = {
    "code": Refusal("Logins must be at least {minutes} minutes apart", "LOGIN-DELAY"),
    "hotmail": Refusal("login allowed only every {minutes} minutes"),
    "limit": Refusal("Exceeded the login limit for a {minutes} minute period"),
    "close": Refusal(closes=True),
}

_DuplicateForm = Literal["sina", "qq"]
_DUPLICATES: dict[_DuplicateForm, Refusal] = {
    "sina": Refusal("duplicate login"),
    "qq": Refusal("login fail, frequency limited"),
}

_LockForm = Literal["code", "uw", "hmailserver", "popper", "mdaemon"]
_LOCKS: dict[_LockForm, Refusal] = {
    "code": Refusal("maildrop is in use by another session", "IN-USE"),
    "uw": Refusal("Can't get lock.  Mailbox in use"),
    "hmailserver": Refusal("Your mailbox is already locked"),
    "popper": Refusal("POP lock busy"),
    "mdaemon": Refusal("Maildrop already locked"),
}

_Apart = Annotated[Seconds, "minimum time between two logins"]
_Lock = Annotated[_LockForm, "style of the -ERR reply: with a response code, or a server's text"]
_Text = Annotated[str, "text of the -ERR reply; empty: the text of the form"]


def _with_text(refusal: Refusal, text: str) -> Refusal:
    return refusal._replace(text=text or refusal.text)


class _Delay(LoginPolicy):
    """Requires a time between two logins; rejected logins do not count."""

    def __init__(self, server: ServerContext, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._last: dict[str, float] = {}

    def admits(self, user: str) -> bool:
        now = self._server.clock()
        if user in self._last and now - self._last[user] < self._seconds:
            return False
        self._last[user] = now
        return True


@quirk(
    "rejects a login that follows the user's last login too soon",
    source="Cyrus pop3d.c (A); Hotmail, in Jakarta Mail (A); frappe#242 (B); OVH closes (C)",
    bugs="clients prompt for the password in a loop; Outlook 2002 sends DELE in a new session (C)",
    needs=("login",),
    aspect=_LOGIN_AGAIN,
)
def login_delay(
    server: ServerContext,
    seconds: _Apart = 900.0,
    form: Annotated[
        _DelayForm, "style of the -ERR reply; close: the connection closes instead"
    ] = "code",
    text: _Text = "",
) -> Hooks:
    refusal = _DELAYS[form]
    text = text or refusal.text.format(minutes=max(1, round(seconds / 60)))
    return LoginPolicyHook(_Delay(server, seconds), refusal._replace(text=text))


@quirk(
    "rejects a login soon after the user's last login, in a provider's own words",
    source="Sina, QQ exmail (zmail#85, B)",
    bugs="clients report a wrong password",
    needs=("login",),
    aspect=_LOGIN_AGAIN,
)
def duplicate_login(
    server: ServerContext,
    seconds: _Apart = 60.0,
    form: Annotated[_DuplicateForm, "provider whose text is used"] = "sina",
    text: _Text = "",
) -> Hooks:
    return LoginPolicyHook(_Delay(server, seconds), _with_text(_DUPLICATES[form], text))


class _Busy(LoginPolicy):
    """Rejects the first logins of each user; all logins if the number is 0."""

    def __init__(self, logins: int) -> None:
        self._logins = logins
        self._tried: Counter[str] = Counter()

    def admits(self, user: str) -> bool:
        self._tried[user] += 1
        return 0 < self._logins < self._tried[user]


@quirk(
    "rejects the user's first logins because another session holds the maildrop",
    source="Dovecot, Cyrus, UW, hMailServer (A); VPOP3, MDaemon (C)",
    bugs="clients report a wrong password if the text lacks the words lock, wait and busy",
)
def in_use(
    logins: Annotated[Count, "number of logins to reject; 0: all"] = 1,
    form: _Lock = "code",
    text: _Text = "",
) -> Hooks:
    return LoginPolicyHook(_Busy(logins), _with_text(_LOCKS[form], text))


class _Lingering(LoginPolicy):
    """Rejects logins for a time after a session without QUIT."""

    def __init__(self, server: ServerContext, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def admits(self, user: str) -> bool:
        return self._server.clock() >= self._until.get(user, float("-inf"))

    def left(self, user: str, *, by_quit: bool) -> None:
        if not by_quit:
            self._until[user] = self._server.clock() + self._seconds


@quirk(
    "keeps the maildrop locked for a time after a session without QUIT",
    source="MDaemon (FAQ 247), popper, fetchmail NEWS 5.0.2 (C)",
    bugs="clients reconnect immediately in a loop",
)
def lock_lingers(
    server: ServerContext,
    seconds: Annotated[Seconds, "time that the maildrop stays locked"] = 600.0,
    form: _Lock = "code",
    text: _Text = "",
) -> Hooks:
    return SessionPolicyHook(_Lingering(server, seconds), _with_text(_LOCKS[form], text))
