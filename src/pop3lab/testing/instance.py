"""One server in an event loop, from its start, or reset, to its end, and what is known of it."""

import asyncio
import sys
from asyncio import Task
from collections.abc import Callable, Iterable
from contextvars import copy_context
from socket import socket

from pop3lab.conformance.checker import with_checks
from pop3lab.conformance.history import MessageHistory
from pop3lab.core.events import Event, SessionEnded
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.session_record import SessionRecorder
from pop3lab.server import Server
from pop3lab.testing.event_loop import OWNER
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.options import Options
from pop3lab.transport.listener import Listening
from pop3lab.transport.tls import Certificates

_AT_MOST = 0.04  # seconds that octets on their way get at the end
_LONGEST = 0.5  # seconds that these turns take together, about
_TURNS = 16  # of the loop, in which a client is seen from its coming to its going


class Failures:
    """Keeps the errors by which sessions failed."""

    wants_lines = False

    def __init__(self) -> None:
        self.errors: list[BaseException] = []

    def on_event(self, seconds: float, event: Event) -> None:
        """Take note. A session that fails ends while its error is being handled."""
        if isinstance(event, SessionEnded) and event.end_reason == "failed":
            error = sys.exception() or RuntimeError(f"session {event.session} failed")
            self.errors.append(error)


class ServerInstance:
    """A server, the sessions that it has seen, and its errors. All but these is for its loop."""

    def __init__(
        self,
        options: Options,
        shelf: InMemoryStore,
        tls: Certificates | None,
        changes: Notifier | None = None,
        lives: MessageHistory | None = None,
    ) -> None:
        """lives: what is known of messages from runs before, if they are the same ones."""
        accounts = options.accounts
        self.claims = options.claims
        self._known = [accounts]  # those before, too: what they knew stays secret
        self.sessions = SessionRecorder(changes, self._is_secret)
        self.handed: set[int] = set()  # sessions that somebody has waited for and got
        self._failures = Failures()
        self.errors = self._failures.errors
        self._context = copy_context()  # of all that is done in the loop
        self._context.run(OWNER.set, self.errors)
        self.rules = options.rules()
        self._implicit = options.tls == "implicit"
        self._record = with_checks([self.sessions, self._failures], lives)
        self._server = Server(
            accounts,
            shelf,
            rules=self.rules,
            limits=options.bounds,
            capabilities=options.capabilities,
            throttle=options.throttle(),
            tls=tls,
            sink=self._record,
        )
        self._serving: Task[None] | None = None
        self._accepting: dict[socket, Task[Callable[[], None]]] = {}

    def _is_secret(self, text: str) -> bool:
        return any(accounts.is_secret(text) for accounts in self._known)

    def renew(self, options: Options) -> None:
        """From now on these accounts, for logins to come. From any thread."""
        accounts = options.accounts
        if accounts not in self._known:
            self._known.append(accounts)
        self._server.renew(accounts, self._server.tls)

    def begin(self) -> None:
        """Serve those who connect, once it listens."""
        loop = asyncio.get_running_loop()
        self._serving = loop.create_task(self._server.serve(), context=self._context)

    def listen(self, listeners: Iterable[socket]) -> None:
        """Take clients, from now on, who have connected or will."""
        self.close_listener()
        loop = asyncio.get_running_loop()
        for listener in listeners:
            accepting = self._server.accept(Listening(listener, self._implicit))
            self._accepting[listener] = loop.create_task(accepting, context=self._context)

    def close_listener(self) -> None:
        """Take no more clients; sessions go on."""
        listening, self._accepting = self._accepting, {}
        for listener, accepting in listening.items():
            if accepting.done():
                accepting.result()()
            else:
                accepting.cancel()
                asyncio.get_running_loop().remove_reader(listener)
                listener.close()

    def abandon(self) -> None:
        """Leave it to a loop that does not run any more, or is another process's."""
        for listener in self._accepting:
            listener.close()

    async def see_the_last(self) -> None:
        """Take the clients whom the kernel has taken, and the octets that have come."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + _LONGEST
        for _ in range(_TURNS if self._accepting else 0):
            if loop.time() < ends:  # a turn is long where clients pipeline without end
                await asyncio.sleep(0)

    async def end(self) -> None:
        """Reset what is open; back when all is gone."""
        await self.see_the_last()
        self.close_listener()
        self._server.stop()
        hurry = asyncio.get_running_loop().call_later(_AT_MOST, self._server.stop)
        if self._serving:
            await self._serving
        hurry.cancel()
        await self.sessions.changes.until_async(self._all_over, _AT_MOST)
        self.sessions.close(self._record.now)

    def _all_over(self) -> bool:
        return all(record.closed for record in self.sessions.records)
