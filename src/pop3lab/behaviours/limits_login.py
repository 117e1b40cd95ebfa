"""Logins that are refused although the credentials are right: too early, or the maildrop is in use.

What is remembered of a user is remembered as long as the rule is in force.
"""

from collections import Counter
from collections.abc import Mapping

from pop3lab.core.hooks import Hooks
from pop3lab.effects.logins import LoginPolicy, LoginPolicyHook, Refusal, SessionPolicyHook
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.values import COUNT, SECONDS, TEXT, Parameter, choice

_DELAYS: Mapping[str, Refusal] = {
    "code": Refusal("Logins must be at least {minutes} minutes apart", "LOGIN-DELAY"),
    "hotmail": Refusal("login allowed only every {minutes} minutes"),
    "limit": Refusal("Exceeded the login limit for a {minutes} minute period"),
    "close": Refusal(closes=True),
}

_DUPLICATES: Mapping[str, Refusal] = {
    "sina": Refusal("duplicate login"),
    "qq": Refusal("login fail, frequency limited"),
}

_LOCKS: Mapping[str, Refusal] = {
    "code": Refusal("maildrop is in use by another session", "IN-USE"),
    "uw": Refusal("Can't get lock.  Mailbox in use"),
    "hmailserver": Refusal("Your mailbox is already locked"),
    "popper": Refusal("POP lock busy"),
    "mdaemon": Refusal("Maildrop already locked"),
}

_TEXT = Parameter("text", TEXT, "what -ERR says, if not what the form says", "")


def _form(forms: Mapping[str, Refusal], meaning: str) -> Parameter:
    return Parameter("form", choice(*forms), meaning, next(iter(forms)))


def _said(denial: Refusal, text: str, seconds: float = 0.0) -> Refusal:
    minutes = max(1, round(seconds / 60))
    return denial._replace(text=text or denial.text.format(minutes=minutes))


class _Delay(LoginPolicy):
    """So many seconds between two logins; one that is refused does not count."""

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


class _Busy(LoginPolicy):
    """The first so many logins of each user fail; all of them if it is none."""

    def __init__(self, logins: int) -> None:
        self._logins = logins
        self._tried: Counter[str] = Counter()

    def admits(self, user: str) -> bool:
        self._tried[user] += 1
        return 0 < self._logins < self._tried[user]


class _Lingering(LoginPolicy):
    """Closed for so many seconds behind a session without QUIT."""

    def __init__(self, server: ServerContext, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def admits(self, user: str) -> bool:
        return self._server.clock() >= self._until.get(user, float("-inf"))

    def left(self, user: str, *, by_quit: bool) -> None:
        if not by_quit:
            self._until[user] = self._server.clock() + self._seconds


def _login_delay(server: ServerContext, seconds: float, form: str, text: str) -> Hooks:
    return LoginPolicyHook(_Delay(server, seconds), _said(_DELAYS[form], text, seconds))


def _duplicate_login(server: ServerContext, seconds: float, form: str, text: str) -> Hooks:
    return LoginPolicyHook(_Delay(server, seconds), _said(_DUPLICATES[form], text))


def _in_use(server: ServerContext, logins: int, form: str, text: str) -> Hooks:
    return LoginPolicyHook(_Busy(logins), _said(_LOCKS[form], text))


def _lock_lingers(server: ServerContext, seconds: float, form: str, text: str) -> Hooks:
    return SessionPolicyHook(_Lingering(server, seconds), _said(_LOCKS[form], text))


ROWS = (
    Behaviour(
        "login-delay",
        "a login within so many seconds of the user's last one is refused",
        "Cyrus pop3d.c (A); Hotmail, in Jakarta Mail (A); frappe#242 (B); OVH closes (C)",
        _login_delay,
        (
            Parameter("seconds", SECONDS, "from login to login", 900.0),
            _form(_DELAYS, "how it is said, or that the connection is closed at once"),
            _TEXT,
        ),
        category="limits",
        bugs="a loop of password prompts; Outlook 2002 sent DELE in a session of its own (C)",
        needs=("login",),
        aspect="whether a user may log in again",
    ),
    Behaviour(
        "duplicate-login",
        "a login too soon behind the last one is refused in words of its own",
        "Sina, QQ exmail (zmail#85, B)",
        _duplicate_login,
        (
            Parameter("seconds", SECONDS, "from login to login", 60.0),
            _form(_DUPLICATES, "whose words"),
            _TEXT,
        ),
        category="limits",
        bugs="taken for a wrong password",
        needs=("login",),
        aspect="whether a user may log in again",
    ),
    Behaviour(
        "in-use",
        "the user's first logins are refused: another session holds the maildrop",
        "Dovecot, Cyrus, UW, hMailServer (A); VPOP3, MDaemon (C)",
        _in_use,
        (
            Parameter("logins", COUNT, "how many are refused; 0: all", 1),
            _form(_LOCKS, "how it is said: with a response code, or in whose words"),
            _TEXT,
        ),
        category="limits",
        bugs="texts without the words lock, wait or busy are taken for a wrong password",
    ),
    Behaviour(
        "lock-lingers",
        "behind a session without QUIT the maildrop stays locked for so many seconds",
        "MDaemon (FAQ 247), popper, fetchmail NEWS 5.0.2 (C)",
        _lock_lingers,
        (
            Parameter("seconds", SECONDS, "how long it stays locked", 600.0),
            _form(_LOCKS, "how it is said: with a response code, or in whose words"),
            _TEXT,
        ),
        category="limits",
        bugs="loops that connect again at once",
    ),
)
