"""Sessions that end early, and replies that are refused when a client had enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Self

from pop3lab.behaviours.deletion import ENDS
from pop3lab.core.actions import Action, Close
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import CONNECT, GREETING, SILENCE, Authenticated, Request, number
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import EACH, CallNext, with_overrides
from pop3lab.effects.logins import LoginHook, LoginPolicy, Refusal, SessionPolicyHook
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import COUNT, SECONDS, TEXT, Parameter, choice

# download-quota


@dataclass(slots=True)
class _Used:
    since: float
    messages: int = 0
    octets: int = 0


class _Quota(LateEffect):
    """RETR works for so much, counted by user for so many seconds, or in each session."""

    def __init__(
        self, server: ServerContext, messages: int, octets: int, seconds: float, text: str
    ) -> None:
        self._server = server
        self._messages = messages
        self._octets = octets
        self._seconds = seconds
        self._text = text or f"Download exceed. msg={messages}"
        self._users: dict[str, _Used] = {}

    def for_session(self, session: SessionState) -> Self:
        begun = super().for_session(session)
        if not self._seconds:
            begun._users = {}
        return begun

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {"RETR": self._retr})

    def _retr(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        used = self._used()
        if self._full(used) and self.claim():
            return err(self._text)
        reply = call_next(session, request)
        used.messages += 1
        used.octets += session.messages.entry(number(request.arguments[0])).octets
        return reply

    def _used(self) -> _Used:
        now = self._server.clock()
        used = self._users.get(self.user)
        if used is None or 0 < self._seconds <= now - used.since:
            used = self._users[self.user] = _Used(now)
        return used

    def _full(self, used: _Used) -> bool:
        return 0 < self._messages <= used.messages or 0 < self._octets <= used.octets


# session-cap


class _Cap(LateEffect):
    """Ends a session behind the reply with which it had enough; 0 is any number."""

    _began: float | None = None
    _obeyed = 0
    _sent = 0

    def __init__(
        self, server: ServerContext, messages: int, commands: int, seconds: float, how: str
    ) -> None:
        self._server = server
        self._messages = messages
        self._commands = commands
        self._seconds = seconds
        self._then: Action = ENDS[how]

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        reply = call_next(session, request)
        self._obeyed += 1
        if self._began is None:
            self._began = self._server.clock()
        if isinstance(reply, Authenticated) or reply.then:
            return reply
        self._sent += request.verb == "RETR" and reply.ok is True
        enough = self._enough(self._server.clock() - self._began)
        return reply._replace(then=self._then) if enough and self.claim() else reply

    def _enough(self, seconds: float) -> bool:
        counted = (
            (self._messages, self._sent),
            (self._commands, self._obeyed),
            (self._seconds, seconds),
        )
        return any(0 < most <= count for most, count in counted)


# idle-short


class _Idle(LateEffect):
    """Ends a session where no command has come for too long. last: what is said then."""

    replies = frozenset({GREETING.verb, SILENCE.verb})
    _last: float | None = None

    def __init__(self, server: ServerContext, seconds: float, last: Reply) -> None:
        self._server = server
        self._seconds = seconds
        self._farewell = last

    def wakeup_delay(self) -> float:
        return inf if self._last is None else self._last + self._seconds - self._server.clock()

    def reply(self, request: Request, reply: Reply) -> Reply:
        if request.verb == GREETING.verb:
            self._last = self._server.clock()
        elif self._late(self._last) and self.claim():
            return self._farewell
        return reply

    def _late(self, last: float | None) -> bool:
        return last is not None and self._server.clock() - last >= self._seconds

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        last, self._last = self._last, self._server.clock()
        if not self._late(last) or not self.claim():
            return call_next(session, request)
        return self._farewell


def _idle(server: ServerContext, seconds: float, form: str, text: str) -> Hooks:
    said = False if form == "line" else None
    return _Idle(server, seconds, Reply(said, text, then=Close()))


_LIMITS_SESSION_ROWS = (
    Behaviour(
        "download-quota",
        "behind so many messages or octets every RETR is refused",
        "163.com (zmail#115, MailKit#1320, B)",
        _Quota,
        (
            Parameter("messages", COUNT, "how many there may be; 0: any number", 10),
            Parameter("octets", COUNT, "how many there may be; 0: any number", 0),
            Parameter("seconds", SECONDS, "how long a user's are counted; 0: a session's are", 0.0),
            Parameter("text", TEXT, "what -ERR says, if not `Download exceed. msg=...`", ""),
        ),
        category="limits",
        bugs="a client that gives up without QUIT gets the same messages for ever",
    ),
    Behaviour(
        "session-cap",
        "the connection is closed behind so many messages, commands or seconds",
        "Gmail: 49 or 210 messages (MailKit#82, B); davmail#102 (B)",
        _Cap,
        (
            Parameter("messages", COUNT, "how many there may be; 0: any number", 49),
            Parameter("commands", COUNT, "how many there may be; 0: any number", 0),
            Parameter("seconds", SECONDS, "how many there may be; 0: any number", 0.0),
            Parameter("how", choice(*ENDS), "how the connection ends: FIN or RST", "close"),
        ),
        category="limits",
        bugs="what was fetched is fetched again in the next session",
    ),
    Behaviour(
        "idle-short",
        "the connection is closed after less than the ten minutes of RFC 1939",
        "UW, hMailServer, Dovecot say so (A); most, as Outlook.com, allow 60 s (Thunderbird, A)",
        _idle,
        (
            Parameter("seconds", SECONDS, "without a command", 60.0),
            Parameter(
                "form",
                choice("line", "close"),
                "an unasked -ERR and FIN, or a silent FIN, on time",
                "line",
            ),
            Parameter("text", TEXT, "what -ERR says", "Autologout; idle for too long"),
        ),
        category="limits",
        bugs="the line is taken for the reply to the next command",
    ),
)


# More sessions than a server takes: the newcomer goes, or the one that was there before.

# too-many-connections


class _Crowd(LoginPolicy):
    """So many users at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0

    def admits(self, user: str) -> bool:
        return self._inside < self._most

    def entered(self, user: str) -> None:
        self._inside += 1

    def left(self, user: str, *, by_quit: bool) -> None:
        self._inside -= 1


class _AtConnect(LateEffect):
    """So many connections at once. point: where one too many ends, with these last words."""

    def __init__(self, most: int, point: Request, last: Reply) -> None:
        self.replies = frozenset({point.verb})
        self._most = most
        self._last = last
        self._open: list[SessionState] = []

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._open[:] = [session for session in self._open if not session.over]
        if len(self._open) >= self._most and self.claim():
            return self._last
        self._open.append(self.session)
        return reply


def _too_many(server: ServerContext, most: int, at: str, text: str) -> Hooks:
    if at == "login":
        return SessionPolicyHook(_Crowd(most), Refusal(text))
    if at == "connect":
        return _AtConnect(most, CONNECT, Reply(None, then=Close()))
    return _AtConnect(most, GREETING, Reply(False, text, then=Close()))


# session-stolen


class _Stealing(LoginHook):
    """A session that may be robbed of its maildrop by the user's next login."""

    replies = frozenset({SILENCE.verb})
    _robbed = False

    def __init__(self, text: str) -> None:
        self._farewell = Reply(False, text, then=Close())
        self._holders: dict[str, _Stealing] = {}

    def decide(self, login: Authenticated) -> Reply | Authenticated:
        if holder := self._holders.pop(login.user, None):
            holder.rob()
        return login

    def rob(self) -> None:
        """The lock is free for another; the client is told at once, between two commands."""
        self._robbed = True
        self.session.close_maildrop()
        self.session.reset_wakeup()

    def wakeup_delay(self) -> float:
        return 0.0 if self._robbed else inf

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._farewell if self._robbed and self.claim() else reply

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._holders[self.user] = self
        return CloseHook(maildrop, closes=self._left)

    def _left(self) -> None:
        if self._holders.get(self.user) is self:
            del self._holders[self.user]

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(super().commands(table), {EACH: self._unless_robbed})

    def _unless_robbed(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if self._robbed and self.claim():
            return self._farewell
        return call_next(session, request)


_LIMITS_CROWD_ROWS = (
    Behaviour(
        "too-many-connections",
        "a connection, or a login, is refused while there are so many already",
        "popa3d: 50 of one source; Cyrus pop3d.c, after the login (A)",
        _too_many,
        (
            Parameter("most", COUNT, "how many there may be", 50),
            Parameter(
                "at",
                choice("greeting", "connect", "login"),
                "refused in the greeting, closed before it, or refused at login",
                "greeting",
            ),
            Parameter("text", TEXT, "what -ERR says", "Too many open connections"),
        ),
        category="limits",
        bugs="loops that connect again at once",
        aspect="what the {at} is",
    ),
    Behaviour(
        "session-stolen",
        "a new login ends the user's session before, at once, with an unasked -ERR",
        "UW ipop3d (A)",
        lambda server, text: _Stealing(text),
        (Parameter("text", TEXT, "what -ERR says", "Received Kiss of Death"),),
        category="limits",
        bugs="the line is taken for the reply to the next command",
        needs=("login",),
    ),
)

ROWS = (*_LIMITS_SESSION_ROWS, *_LIMITS_CROWD_ROWS)
