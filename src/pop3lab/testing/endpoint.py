"""A port and what runs at it, from the start of a server to its stop."""

import asyncio
import socket
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import ExitStack, suppress

from pop3lab.core.errors import ConfigError
from pop3lab.observe.notifier import Notifier
from pop3lab.testing.instance import ServerInstance

# A port that stays a server's own, whether the server listens at it or not.

_LOCALHOST = "localhost"

_BACKLOG = 1024
_TRIES = 20  # to find a port that is free at all addresses
# By which two sockets of ours may have the port, as long as only one listens.
_SHARED = (
    (socket.SO_REUSEADDR,)
    if sys.platform == "linux"
    else (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
)


class ReservedPort:
    """A TCP port, kept by sockets that never listen: who connects then is refused."""

    def __init__(self, host: str, port: int) -> None:
        """host: an address, or localhost for both of loopback; other names are not resolved.

        port: 0 for one that is free. Raises ConfigError, and OSError with the address in its text.
        """
        self._addresses = addresses_of(host)
        self._kept = self._keep(port)
        self.host: str = host
        self.port: int = self._kept[0].getsockname()[1]

    def _keep(self, port: int) -> list[socket.socket]:
        """Bound to each address. One that is free at the first may be taken at the next."""
        for tries in range(_TRIES):
            kept: list[socket.socket] = []
            try:
                for address in self._addresses:
                    kept.append(_bound(address, kept[0].getsockname()[1] if kept else port))
                return kept
            except OSError:
                for one in kept:
                    one.close()
                if port or not kept or tries == _TRIES - 1:
                    raise
        raise AssertionError

    def listen(self) -> list[socket.socket]:
        """Sockets that listen: as soon as they are there, clients can connect. Raises OSError."""
        listeners: list[socket.socket] = []
        try:
            for address in self._addresses:
                listeners.append(_bound(address, self.port))
                _listen(listeners[-1], address, self.port)
        except OSError:
            for listener in listeners:
                listener.close()
            raise
        return listeners

    def close(self) -> None:
        """Give the port away."""
        for one in self._kept:
            one.close()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(_family_of(host))
    try:
        for option in _SHARED:
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _at(host, port, error) from None
    return bound


def _listen(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.listen(_BACKLOG)
    except OSError as error:
        raise _at(host, port, error) from None


def addresses_of(host: str) -> tuple[str, ...]:
    """The addresses that a server of this host listens on. Raises ConfigError."""
    if host == _LOCALHOST:
        return "127.0.0.1", "::1"
    _family_of(host)
    return (host,)


def _family_of(host: str) -> socket.AddressFamily:
    """Of an address. Raises ConfigError for what is none."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, TypeError, ValueError):
            continue
        return family
    raise ConfigError(f"host={host!r} is not an address: write 127.0.0.1, ::1 or localhost")


def _at(host: str, port: int, error: OSError | OverflowError) -> OSError:
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(error, OverflowError):
        return OSError(f"can't listen at {at}: {error}")
    return type(error)(error.errno, f"can't listen at {at}: {error.strerror}")


class Endpoint:
    """Listens from the moment it is made. All but that, and abandon, is for its loop alone.

    So nothing that several threads ask for at once can meet halfway: what ends a run takes its
    turn, and all else is done between two turns of the loop. ended: whether it has been.
    """

    def __init__(
        self, make: Callable[[], ServerInstance], changes: Notifier, host: str, port: int
    ) -> None:
        """make: what is to run, and once more at each restart. Raises OSError."""
        with ExitStack() as undone:
            self.port = ReservedPort(host, port)
            undone.callback(self.port.close)
            self._listeners: list[socket.socket] = self.port.listen()
            for listener in self._listeners:
                undone.callback(listener.close)
            self._make = make
            self._changes = changes
            self._make_instance()
            undone.pop_all()
        self.ended = False
        self._turn = asyncio.Lock()

    def _make_instance(self) -> None:
        instance = self._make()
        with self._changes:
            self.instance = instance

    def begin(self, loop: AbstractEventLoop, here: bool) -> None:
        """Serve in this loop. here: it is the loop that runs in this thread."""
        if here:
            self._begin()
        else:
            loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self.instance.begin()
        self._listen()

    def pause(self) -> None:
        """The kernel takes clients, and nobody else. Raises RuntimeError."""
        if self._is_settled():
            self.instance.close_listener()

    def refuse(self) -> None:
        """Nobody takes them; the port is kept. Raises RuntimeError."""
        if self._is_settled():
            self.close_listener()

    def resume(self) -> None:
        """Take clients, those too who wait. Raises OSError, RuntimeError."""
        if self._is_settled():
            self._listen()

    def _is_settled(self) -> bool:
        """Whether no run is about to end; what was asked for meanwhile was asked before."""
        self._check()
        return not self._turn.locked()

    def _check(self) -> None:
        if self.ended:
            raise RuntimeError("the server is stopped")

    def _listen(self) -> None:
        self._listeners = self._listeners or self.port.listen()
        self.instance.listen([listener.dup() for listener in self._listeners])

    async def restart(self, between: Callable[[], None]) -> None:
        """Reset what is open, and begin anew. between: what to do between. Raises RuntimeError."""
        async with self._turn:
            self._check()
            await self.instance.end()
            between()
            self._make_instance()
            self._begin()

    async def end(self) -> None:
        """Reset what is open, and let the port go; again, it is only back when that is done."""
        async with self._turn:
            if self.ended:
                return
            try:
                await self.instance.end()
            finally:
                self.abandon(at_once=True)
                self.ended = True

    def close_listener(self) -> None:
        """Take no more clients: what comes first, where the end can't be waited for."""
        self.instance.close_listener()
        self._close_listeners(at_once=True)

    def abandon(self, at_once: bool = False) -> None:
        """Close the sockets that are ours.

        at_once: also where the loop keeps the listener for some turns, the kernel refuses from here
        on. Not for a copy that a fork has made: it would shut that of the other process.
        """
        self.instance.abandon()
        self._close_listeners(at_once)
        self.port.close()

    def _close_listeners(self, at_once: bool) -> None:
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            if at_once:
                with suppress(OSError):  # of systems where only close does that
                    listener.shutdown(socket.SHUT_RDWR)
            listener.close()
