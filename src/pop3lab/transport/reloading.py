"""Reading anew what the server was started with, beside its loop."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from pop3lab.core.errors import ConfigError

_SMALL = 1_000  # objects that may be freed at once

Fresh = TypeVar("Fresh")
Tabled = TypeVar("Tabled")


class ReloadListener(Protocol):
    """Whoever has to know of it."""

    def reloading(self) -> None:
        """It begins."""

    def reloaded(self) -> None:
        """What was read is in force."""

    def not_reloaded(self, reason: str) -> None:
        """Nothing has changed."""

    def ready(self) -> None:
        """It is over."""


class Reloading(Generic[Fresh]):
    """Reads in a thread, then puts all that was read in force in one step, or nothing of it.

    Asked again meanwhile, it reads once more, since what has been read may be older than that.
    """

    def __init__(
        self, read: Callable[[], Fresh], use: Callable[[Fresh], None], listener: ReloadListener
    ) -> None:
        """read: called in a thread; raises ConfigError. use: called in the loop; must not fail."""
        self._read = read
        self._use = use
        self._listener = listener
        self._reads = False
        self._again = False
        self._over = False

    def ask(self) -> None:
        """Read anew. Called in the loop."""
        if self._over:
            self._listener.not_reloaded("the server is about to end")
        elif self._reads:
            self._again = True
        else:
            self._listener.reloading()
            self._begin(asyncio.get_running_loop())

    def end(self) -> None:
        """Nothing more comes in force; what is being read is forgotten."""
        self._over = True

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._again = False
        self._reads = True
        # A daemon: an end does not wait for it.
        reading = threading.Thread(
            target=self._read_aside, args=(loop,), name="pop3lab-reload", daemon=True
        )
        try:
            reading.start()
        except RuntimeError as error:
            self._done(loop, None, str(error))

    def _read_aside(self, loop: asyncio.AbstractEventLoop) -> None:
        fresh, reason = None, ""
        try:
            with _without_collections():
                fresh = self._read()
        except ConfigError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - its text may show what is secret
            reason = f"a {type(error).__name__}, which is a fault of pop3lab"
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(self._done, loop, fresh, reason)

    def _done(self, loop: asyncio.AbstractEventLoop, fresh: Fresh | None, reason: str) -> None:
        self._reads = False
        if self._over:
            return
        if fresh is None:
            self._listener.not_reloaded(reason)
        else:
            self._use(fresh)
            self._listener.reloaded()
        if self._again:
            self._begin(loop)
        else:
            self._listener.ready()


class _without_collections:  # noqa: N801 - it is used as a function
    """While very much is made that stays, looking for what is garbage would stop all threads.

    So it would later: what is there at the end is looked at no more, but freed when let go.
    """

    def __enter__(self) -> None:
        self._enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            gc.freeze()
        if self._enabled:
            gc.enable()


def free_slowly(owner: object, table: list[Tabled]) -> None:
    """As soon as the owner is gone, let the table's objects go one by one, in a thread.

    To free a very large table is one step, which would stop all other threads. The owner has to go
    in a loop.
    """
    if len(table) > _SMALL:
        weakref.finalize(owner, _free_aside, table).atexit = False


def _free_aside(table: list[Tabled]) -> None:
    freeing = threading.Thread(target=_free, args=(table,), name="pop3lab-free", daemon=True)
    with suppress(RuntimeError):  # there is no loop
        # Not now, while the owner, which is about to go, still has what is in the table.
        asyncio.get_running_loop().call_soon(freeing.start)


def _free(table: list[Tabled]) -> None:
    while table:
        table.pop()
