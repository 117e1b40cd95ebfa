"""The HTTP door of a server under test: its control, and when it is open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from pop3lab.control.rule_changes import changes_to
from pop3lab.control.server_control import NoSuchUid, ServerDescription, ServiceAddress
from pop3lab.core.errors import ConfigError
from pop3lab.core.maildrop import Entry
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.observe.event_queue import EventQueue, Listener
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.testing.accounts import CurrentOptions
from pop3lab.testing.in_memory import StoredMessage
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.options import USERS
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.options import WebOptions
from pop3lab.web.rule_events import tell_changes
from pop3lab.web.session_events import SessionEvents
from pop3lab.web.start import (
    access_of,
    check_libraries,
    check_strangers,
    listen_for_web,
    url_of,
)

if TYPE_CHECKING:
    from pop3lab.web.context import WebContext
    from pop3lab.web.web_server import WebServer


class TestedServer(Protocol):
    """What the door asks of the server."""

    def add_rule(self, rule: Rule | str) -> ActiveRule:
        """Add a rule."""

    def remove_rule(self, active: ActiveRule) -> None:
        """Remove a rule."""

    def add_user(self, name: str, password: str) -> None:
        """Add a user."""

    def set_password(self, name: str, password: str) -> None:
        """Change a password."""

    def remove_user(self, name: str) -> None:
        """Remove a user."""

    def add_token(self, token: str, user: str) -> None:
        """Add a token."""

    def expire_token(self, token: str) -> None:
        """Let a token expire."""

    @property
    def messages(self) -> Sequence[StoredMessage]:
        """The messages of all users."""

    def add(self, message: bytes, *, user: str | None = None) -> str:
        """Add a message."""

    def remove(self, uid: str, user: str | None = None) -> None:
        """Remove a message."""

    def pause(self) -> None:
        """Be silent."""

    def refuse(self) -> None:
        """Refuse clients."""

    def resume(self) -> None:
        """Serve again."""

    def reset(self) -> None:
        """Begin anew."""


class TestedControl:
    """The control of a server under test, by its own methods."""

    def __init__(
        self, server: TestedServer, service: ServerLifecycle, options: CurrentOptions
    ) -> None:
        self._server = server
        self._service = service
        self._options = options
        self._counters: Counters | None = None

    def count(self, events: EventQueue) -> Counters:
        """Return new counters of the events of an instance."""
        self._counters = Counters(Statistics(), events)
        return self._counters

    @property
    def about(self) -> ServerDescription:
        """What a client needs that wants to connect."""
        options, port = self._options.now, self._service.port
        user = options.first_user
        password = options.users.get(user)
        known = password if password == USERS.get(user) else None
        endpoint = ServiceAddress(port.host, port.port, options.tls or "none")
        users = [*options.users]
        return ServerDescription([endpoint], user, known, users, options.profile, "")

    @property
    def sessions(self) -> SessionRecorder:
        """The records of the sessions since the start or reset()."""
        return self._service.instance.sessions

    @property
    def events(self) -> EventQueue:
        """The queue of events."""
        return self._service.instance.events

    @property
    def counters(self) -> Counters:
        """Counts of what sessions have done."""
        assert self._counters
        return self._counters

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self._service.instance.rules

    def add_rule(self, text: str) -> ActiveRule:
        """Add a rule. Raises ConfigError."""
        return self._server.add_rule(text)

    def remove_rule(self, active: ActiveRule) -> None:
        """Take a rule out of force; again, it does nothing."""
        self._server.remove_rule(active)

    def replace_rules(self, texts: Sequence[str]) -> None:
        """Have these rules only, or no change if one of them is wrong. Raises ConfigError."""
        changes = changes_to(self.rules, texts)
        for active in changes.removed:
            self._server.remove_rule(active)
        for rule in changes.added:
            self._server.add_rule(rule)

    def cut(self, session: int, *, reset: bool) -> bool:
        """End the connection of a session; return whether it was open."""
        return self._service.call_in_loop(lambda: self._service.instance.cut(session, reset=reset))

    def add_user(self, name: str, password: str) -> None:
        """Add a user, with an empty maildrop. Raises ConfigError."""
        self._server.add_user(name, password)

    def set_password(self, name: str, password: str) -> None:
        """Change the password of a user. Raises ConfigError."""
        self._server.set_password(name, password)

    def remove_user(self, name: str) -> None:
        """Refuse later logins of a user. Raises ConfigError."""
        self._server.remove_user(name)

    def add_token(self, token: str, user: str) -> None:
        """Add a token for OAuth, or renew one that has expired. Raises ConfigError."""
        self._server.add_token(token, user)

    def expire_token(self, token: str) -> None:
        """Let a token expire. Raises ConfigError."""
        self._server.expire_token(token)

    def messages(self, user: str) -> Sequence[Entry]:
        """The messages of a user."""
        return [Entry(one.uid, one.octets) for one in self._server.messages if one.user == user]

    def read_message(self, user: str, uid: str) -> bytes:
        """The octets of a message, not stuffed. Raises NoSuchUid."""
        for one in self._server.messages:
            if (one.user, one.uid) == (user, uid):
                return one.bytes
        raise NoSuchUid(user, uid)

    def add_message(self, user: str, octets: bytes) -> str:
        """Add a message as the last; return its unique-id. Raises ConfigError."""
        return self._server.add(octets, user=user)

    def remove_messages(self, user: str, uid: str | None) -> Sequence[str]:
        """Remove a message, or all; return their unique-ids. Raises NoSuchUid."""
        uids = [one.uid for one in self.messages(user) if uid in (None, one.uid)]
        if uid is not None and not uids:
            raise NoSuchUid(user, uid)
        for each in uids:
            self._server.remove(each, user)
        return uids

    @property
    def state(self) -> str:
        """What clients meet."""
        return self._service.state

    def pause(self) -> None:
        """Accept clients, and be silent until resume()."""
        self._server.pause()

    def refuse(self) -> None:
        """Refuse clients until resume()."""
        self._server.refuse()

    def resume(self) -> None:
        """Serve again."""
        self._server.resume()

    def reset(self) -> None:
        """Restore the messages and rules of the start, and forget all records."""
        self._server.reset()

    def quit(self) -> None:
        """Raises ConfigError: whoever has started the server stops it."""
        raise ConfigError("the test that has started this server stops it")


class WebDoor:
    """The door: open from start to stop, each time at a free port of loopback."""

    def __init__(
        self, control: TestedControl, service: ServerLifecycle, options: WebOptions
    ) -> None:
        """Raises ConfigError if a library is missing, or everybody could use the page."""
        check_libraries()
        check_strangers(options)
        self._control = control
        self._service = service
        self._options = options
        self._live = options.live or LiveEvents()
        self._server: WebServer | None = None
        self._url = ""

    def watch(self, instance: ServerInstance) -> Iterator[Listener]:
        """Yield the listeners of a new instance."""
        self._live.publish("reset", {})
        tell_changes(instance.rules, self._live)
        yield self._control.count(instance.events)
        yield SessionEvents(self._live, instance.sessions, instance.is_secret)

    @property
    def url(self) -> str:
        """The address of the page. Raises RuntimeError before the start."""
        if not self._url:
            raise RuntimeError("the server has no page yet: use `with`, or start()")
        return self._url

    def open(self) -> None:
        """Serve until close(). Raises OSError."""
        if self._server:
            return
        from pop3lab.web.web_server import web_server

        listener = listen_for_web(self._options)
        self._url = url_of(listener, self._options.access.token)
        self._live.open()
        self._server = web_server(self._context(), listener)
        self._server.start(self._drain)

    def _context(self) -> WebContext:
        from pop3lab.web.context import WebContext  # it needs the libraries

        options = self._options
        return WebContext(self._control, self._live, access_of(options), options.runs)

    async def _drain(self) -> None:
        """Pass on events while somebody may watch: nobody else does."""
        while True:
            await asyncio.sleep(0.05)
            await self._control.events.drain_in_pieces()

    def close(self) -> None:
        """End all streams and the server; return when it has ended.

        The loop that serves can't wait for it: requests may wait for that loop.
        """
        server, self._server = self._server, None
        if server:
            server.stop(wait=not self._service.is_within)
