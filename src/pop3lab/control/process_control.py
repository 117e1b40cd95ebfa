"""The control of the server of a process, as `pop3lab serve` and `pop3lab DIR` run it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from pop3lab.auth.account_table import AccountTable
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.control.commands import ControlContext, check_owner, reset
from pop3lab.control.maildrops import MaildropAccess
from pop3lab.control.outages import Outages
from pop3lab.control.rule_changes import changes_to
from pop3lab.control.server_control import ServerDescription
from pop3lab.core.maildrop import Entry
from pop3lab.observe.counters import Counters
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules

_T = TypeVar("_T")


class ObservedSessions(NamedTuple):
    """What is known of the sessions."""

    events: EventQueue
    sessions: SessionRecorder


class ProcessControl:
    """Does in the loop that serves what others ask for."""

    def __init__(
        self,
        context: ControlContext,
        observed: ObservedSessions,
        about: ServerDescription,
        loop: asyncio.AbstractEventLoop,
        outages: Outages,
    ) -> None:
        self._about = about
        self._outages = outages
        assert context.store
        self._maildrops = MaildropAccess(context.store, self._in_loop)
        self._context = context
        self._observed = observed
        self._loop = loop

    @property
    def about(self) -> ServerDescription:
        """What the server is."""
        accounts, about = self._context.accounts, self._about
        if not accounts:
            return about
        users = accounts.table.users
        user = about.user if about.user in users else next(iter(users), "")
        stands = accounts.table.passwords.get(user) == about.password
        password = about.password if stands else None
        return about._replace(user=user, password=password, users=users)

    @property
    def sessions(self) -> SessionRecorder:
        """The records of the sessions."""
        return self._observed.sessions

    @property
    def events(self) -> EventQueue:
        """The queue of events."""
        return self._observed.events

    @property
    def counters(self) -> Counters:
        """Counts of what sessions have done."""
        return self._context.counts

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self._context.rules

    def add_rule(self, text: str) -> ActiveRule:
        """Add a rule. Raises ConfigError."""
        rule = parse_rule(text)
        return self._in_loop(lambda: self.rules.add(rule))

    def remove_rule(self, active: ActiveRule) -> None:
        """Take a rule out of force; again, it does nothing."""
        self._in_loop(lambda: self.rules.remove(active))

    def replace_rules(self, texts: Sequence[str]) -> None:
        """Have these rules only, or no change if one of them is wrong. Raises ConfigError."""
        self._in_loop(lambda: self._replace(texts))

    def _replace(self, texts: Sequence[str]) -> None:
        changes = changes_to(self.rules, texts)
        for active in changes.removed:
            self.rules.remove(active)
        for rule in changes.added:
            self.rules.add(rule)

    def cut(self, session: int, *, reset: bool) -> bool:
        """End the connection of a session; return whether it was open."""
        return self._in_loop(lambda: self._outages.server.cut(session, reset=reset))

    def add_user(self, name: str, password: str) -> None:
        """Add a user. Raises ConfigError."""
        self._change(lambda table: table.with_user(name, password))

    def set_password(self, name: str, password: str) -> None:
        """Change a password. Raises ConfigError."""
        self._change(lambda table: table.with_password(name, password))

    def remove_user(self, name: str) -> None:
        """Refuse later logins of a user. Raises ConfigError."""
        self._change(lambda table: table.without_user(name))

    def add_token(self, token: str, user: str) -> None:
        """Add a token, or renew one. Raises ConfigError."""
        self._change(lambda table: table.with_token(token, user.split(",")))

    def expire_token(self, token: str) -> None:
        """Let a token expire. Raises ConfigError."""
        self._change(lambda table: table.with_expired(token))

    def messages(self, user: str) -> Sequence[Entry]:
        """The messages of a user. These four raise MaildropBusy and StoreFailed, too."""
        return self._of(user).entries(user)

    def read_message(self, user: str, uid: str) -> bytes:
        """The octets of a message, not stuffed. Raises NoSuchUid."""
        return self._of(user).read(user, uid)

    def add_message(self, user: str, octets: bytes) -> str:
        """Add a message as the last; return what it is called. Raises ConfigError."""
        return self._of(user).add(user, octets)

    def remove_messages(self, user: str, uid: str | None) -> Sequence[str]:
        """Remove a message, or all; return their unique-ids. Raises NoSuchUid."""
        return self._of(user).remove(user, uid)

    def _of(self, user: str) -> MaildropAccess:
        """Raises ConfigError for a maildrop that nobody could open."""
        check_owner(self._context, user, "whose messages are they?")
        return self._maildrops

    def _change(self, change: Callable[[AccountTable], AccountTable]) -> None:
        accounts = self._context.accounts
        assert accounts
        self._in_loop(lambda: accounts.change(change))

    @property
    def state(self) -> str:
        """What clients meet."""
        return self._outages.state

    def pause(self) -> None:
        """Accept clients, and be silent until resume()."""
        self._in_loop(self._outages.pause)

    def refuse(self) -> None:
        """Refuse clients until resume()."""
        self._in_loop(self._outages.refuse)

    def resume(self) -> None:
        """Serve again."""
        self._in_loop(self._outages.resume)

    def reset(self) -> None:
        """Restore the rules of the start, and set all counters to 0; messages stay."""
        self._in_loop(lambda: reset(self._context))

    def quit(self) -> None:
        """Stop the server, as SIGTERM does."""
        self._in_loop(self._context.stop)

    def _in_loop(self, act: Callable[[], _T]) -> _T:
        async def called() -> _T:
            return act()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result()
