"""One instance of a server under test, from its start or reset to its end, with its records."""

import asyncio
import sys
from asyncio import Task
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from socket import socket

from pop3lab.conformance.checker import check_clients
from pop3lab.conformance.history import MessageHistory
from pop3lab.core.events import Event, SessionEnded
from pop3lab.observe.event_queue import EventQueue, Listener
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.server import Server
from pop3lab.testing.event_loop import OWNER
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.options import Options
from pop3lab.transport.listener import ListeningSocket
from pop3lab.transport.tls import Certificates

_AT_MOST = 0.04  # seconds for data in transit at the end
_LONGEST = 0.5  # approximate limit of these turns together, in seconds
_TURNS = 16  # turns of the loop in which a whole session is seen


class _FailureListener:
    """Keeps the errors that made sessions fail."""

    wants_lines = False

    def __init__(self) -> None:
        self.errors: list[BaseException] = []

    def on_event(self, seconds: float, event: Event) -> None:
        """Keep the error: a failed session ends while its error is being handled."""
        if isinstance(event, SessionEnded) and event.end_reason == "failed":
            error = sys.exception() or RuntimeError(f"session {event.session} failed")
            self.errors.append(error)


class ConsumedSessions:
    """The sessions that wait_session() has returned, by place: most often the first so many."""

    def __init__(self) -> None:
        self._first = 0
        self._later: set[int] = set()

    def add(self, place: int) -> None:
        """Note that it has returned this session."""
        if place > self._first:
            self._later.add(place)
        while self._first + 1 in self._later:
            self._first += 1
            self._later.remove(self._first)

    def others(self, count: int) -> Iterator[int]:
        """Yield the places of those among so many that it has not returned."""
        return (n for n in range(self._first + 1, count + 1) if n not in self._later)


def _nobody(instance: "ServerInstance") -> Iterable[Listener]:
    return ()


class ServerInstance:
    """A server, its sessions and its errors. Use it only in its loop."""

    def __init__(
        self,
        options: Options,
        store: InMemoryStore,
        tls: Certificates | None,
        changes: Notifier | None = None,
        message_history: MessageHistory | None = None,
        *,
        watch: Callable[["ServerInstance"], Iterable[Listener]] = _nobody,
    ) -> None:
        """message_history: of earlier instances, if they had the same messages.

        watch: returns listeners of the events, besides the records of the sessions.
        """
        accounts = options.accounts
        self.claims = options.claims
        self._known = [accounts]  # earlier ones, too: their secrets stay secret
        self.events = EventQueue(changes)
        self.sessions = SessionRecorder(self.events, self.is_secret)
        self.consumed = ConsumedSessions()
        self._failures = _FailureListener()
        self.errors = self._failures.errors
        self._context = copy_context()  # for everything that runs in the loop
        self._context.run(OWNER.set, self.errors)
        self.rules = options.make_rules()
        self._implicit = options.tls == "implicit"
        self.events.at_once.append(self._failures)
        self.events.listeners.append(self.sessions)
        self.events.listeners += watch(self)
        check_clients(self.events, message_history)
        self._server = Server(
            accounts,
            store,
            rules=self.rules,
            limits=options.bounds,
            capabilities=options.capabilities,
            throttle=options.throttle(),
            tls=tls,
            sink=self.events,
        )
        self._serving: Task[None] | None = None
        self._accepting: dict[socket, Callable[[], None]] = {}  # with what ends it

    def is_secret(self, text: str) -> bool:
        """Whether it is a password or token of a user, now or earlier."""
        return any(accounts.is_secret(text) for accounts in self._known)

    def renew(self, options: Options) -> None:
        """Use these accounts for future logins. Any thread may call it."""
        accounts = options.accounts
        if accounts not in self._known:
            self._known.append(accounts)
        self._server.renew(accounts, self._server.tls)

    def begin(self) -> None:
        """Start serving."""
        loop = asyncio.get_running_loop()
        self._serving = loop.create_task(self._server.serve(), context=self._context)

    def listen(self, listeners: Iterable[socket]) -> None:
        """Accept clients, including those that have connected already."""
        self.close_listener()
        for listener in listeners:
            listening = ListeningSocket(listener, self._implicit)
            self._accepting[listener] = self._context.copy().run(self._server.accept, listening)

    def close_listener(self) -> None:
        """Accept no more clients; sessions continue."""
        accepting, self._accepting = self._accepting, {}
        for end in accepting.values():
            end()

    def abandon(self) -> None:
        """Close the listeners if the loop no longer runs, or belongs to another process."""
        for listener in self._accepting:
            listener.close()

    def cut(self, session: int, *, reset: bool) -> bool:
        """End the connection of a session; return whether it was there."""
        return self._server.cut(session, reset=reset)

    async def drain(self) -> None:
        """Accept the clients that the kernel has accepted, and read data that has arrived."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + _LONGEST
        self._server.accept_waiting()
        for _ in range(_TURNS if self._accepting else 0):
            if loop.time() < ends:  # a turn is long where clients pipeline without end
                await asyncio.sleep(0)

    async def end(self) -> None:
        """Reset open connections; return when all are closed."""
        await self.drain()
        self.close_listener()
        self._server.stop()
        hurry = asyncio.get_running_loop().call_later(_AT_MOST, self._server.stop)
        if self._serving:
            await self._serving
        hurry.cancel()
        await self.sessions.changes.until_async(self._all_closed, _AT_MOST)
        self.sessions.close(self.events.now)

    def _all_closed(self) -> bool:
        return all(record.closed for record in self.sessions.records.kept)
