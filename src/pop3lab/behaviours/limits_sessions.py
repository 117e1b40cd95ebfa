"""Limits on messages, commands, octets, time and connections."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Annotated, Literal, Self

from pop3lab.behaviours.retrieval import ENDINGS, Ending
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
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Count, Seconds

quirk = BehaviourDecorator("quirk", category="limits")

_MostMessages = Annotated[Count, "number of messages allowed; 0: no limit"]
_Text = Annotated[str, "text of the -ERR reply"]


@dataclass(slots=True)
class _Used:
    since: float
    messages: int = 0
    octets: int = 0


class _Quota(LateEffect):
    """Limits RETR for each user over a period, or for each session."""

    def __init__(
        self, server: ServerContext, messages: int, octets: int, seconds: float, text: str
    ) -> None:
        self._server = server
        self._messages = messages
        self._octets = octets
        self._seconds = seconds
        self._text = text
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


@quirk(
    "rejects RETR after a number of messages or octets",
    source="163.com (zmail#115, MailKit#1320, B)",
    bugs="clients that give up without QUIT fetch the same messages forever",
)
def download_quota(
    server: ServerContext,
    messages: _MostMessages = 10,
    octets: Annotated[Count, "number of octets allowed; 0: no limit"] = 0,
    seconds: Annotated[Seconds, "period of a user's quota; 0: each session has its own"] = 0.0,
    text: Annotated[str, "text of the -ERR reply; empty: `Download exceed. msg=...`"] = "",
) -> Hooks:
    text = text or f"Download exceed. msg={messages}"
    return _Quota(server, messages, octets, seconds, text)


class _Cap(LateEffect):
    """Ends a session after the reply that reaches a limit; 0 is no limit."""

    _began: float | None = None
    _obeyed = 0
    _sent = 0

    def __init__(
        self, server: ServerContext, messages: int, commands: int, seconds: float, then: Action
    ) -> None:
        self._server = server
        self._messages = messages
        self._commands = commands
        self._seconds = seconds
        self._then = then

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


@quirk(
    "closes the connection after a number of messages, commands or seconds",
    source="Gmail: 49 or 210 messages (MailKit#82, B); davmail#102 (B)",
    bugs="clients fetch the same messages again in the next session",
)
def session_cap(
    server: ServerContext,
    messages: _MostMessages = 49,
    commands: Annotated[Count, "number of commands allowed; 0: no limit"] = 0,
    seconds: Annotated[Seconds, "length of the session allowed; 0: no limit"] = 0.0,
    how: Annotated[Ending, "how the connection ends: FIN or RST"] = "close",
) -> Hooks:
    return _Cap(server, messages, commands, seconds, ENDINGS[how])


class _Idle(LateEffect):
    """Ends a session that is idle for too long. farewell: the last reply."""

    replies = frozenset({GREETING.verb, SILENCE.verb})
    _last: float | None = None

    def __init__(self, server: ServerContext, seconds: float, farewell: Reply) -> None:
        self._server = server
        self._seconds = seconds
        self._farewell = farewell

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


@quirk(
    "closes idle connections sooner than the ten minutes of RFC 1939",
    source="UW, hMailServer, Dovecot say so (A); most, as Outlook.com, allow 60 s (Thunderbird, A)",
    bugs="clients take the -ERR for the reply to their next command",
)
def idle_short(
    server: ServerContext,
    seconds: Annotated[Seconds, "idle time before the connection closes"] = 60.0,
    form: Annotated[
        Literal["line", "close"], "line: an unsolicited -ERR and FIN; close: a silent FIN"
    ] = "line",
    text: _Text = "Autologout; idle for too long",
) -> Hooks:
    ok = False if form == "line" else None
    return _Idle(server, seconds, Reply(ok, text, then=Close()))


# Limits on sessions that are open at once.


class _Crowd(LoginPolicy):
    """Limits the number of users logged in at once."""

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
    """Limits the number of connections. point: when a rejected one ends. last: its last reply."""

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


@quirk(
    "rejects connections or logins while too many sessions are open",
    source="popa3d: 50 of one source; Cyrus pop3d.c, after the login (A)",
    bugs="clients reconnect immediately in a loop",
    aspect="the {at}",
)
def too_many_connections(
    most: Annotated[Count, "number of connections or logins allowed at once"] = 50,
    at: Annotated[
        Literal["greeting", "connect", "login"],
        "rejection in the greeting, by closing before it, or at login",
    ] = "greeting",
    text: _Text = "Too many open connections",
) -> Hooks:
    if at == "login":
        return SessionPolicyHook(_Crowd(most), Refusal(text))
    if at == "connect":
        return _AtConnect(most, CONNECT, Reply(None, then=Close()))
    return _AtConnect(most, GREETING, Reply(False, text, then=Close()))


class _Stealing(LoginHook):
    """Gives the maildrop of a session to the user's next login."""

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
        """Release the maildrop and tell the client immediately, between two commands."""
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


@quirk(
    "ends a user's session with an unsolicited -ERR as soon as the user logs in again",
    source="UW ipop3d (A)",
    bugs="clients take the -ERR for the reply to their next command",
    needs=("login",),
)
def session_stolen(text: _Text = "Received Kiss of Death") -> Hooks:
    return _Stealing(text)
