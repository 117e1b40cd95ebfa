"""The thread with the event loop that all servers of a process share, while there are any."""

import asyncio
import os
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from threading import Event, RLock, Thread, get_ident
from typing import Any, NamedTuple, TypeVar

from pop3lab.clock import steady
from pop3lab.transport.dispatching import ServingLoop

_PATIENCE = 10.0  # seconds after which something is badly wrong
_UNKNOWN = "in the event loop of all servers of this process; whose error it is, is not known"

_T = TypeVar("_T")
_Errors = list[BaseException]

# The error list of the server on whose behalf a callback or task runs.
OWNER: ContextVar[_Errors] = ContextVar("OWNER")


def _no_lock() -> bool:
    return False


class Holder(NamedTuple):
    """Callbacks of a server that needs the thread.

    errors: returns its errors. locked: returns whether this thread holds a lock that the loop may
    wait for.
    """

    errors: Callable[[], _Errors] = list
    locked: Callable[[], bool] = _no_lock


class _Loop(ServingLoop):
    """The loop of the thread: a selector loop, whatever policy the application has set.

    On Windows the default loop can't watch sockets. thread: the thread that it runs in.
    """

    thread: int | None = None

    def __init__(self) -> None:
        super().__init__(steady)  # continues when a test freezes the time

    def run_forever(self) -> None:
        """Run until stop."""
        self.thread = get_ident()
        super().run_forever()


class LoopThread:
    """An event loop in its own thread.

    An uncaught error is added to the errors of its OWNER, or of all holders if the owner is
    unknown. holders: the servers that need the thread. It is a daemon: a process does not wait for
    it.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=_Loop)
        self.loop = self._runner.get_loop()
        self.loop.set_exception_handler(self._note)
        self.holders: dict[object, Holder] = {}
        self._thread = Thread(target=self._run, name="pop3lab", daemon=True)
        runs = Event()
        self.loop.call_soon(runs.set)
        self._thread.start()
        runs.wait(_PATIENCE)  # somebody may ask at once whether the loop runs

    def _run(self) -> None:
        with self._runner:  # cancels unfinished tasks
            self.loop.run_forever()

    def _note(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        if error := context.get("exception"):
            self._charge(error, _owner(context))
        loop.default_exception_handler(context)

    def _charge(self, error: BaseException, owner: _Errors | None) -> None:
        known = [holder.errors() for holder in tuple(self.holders.values())]
        if any(error in errors for errors in known):
            return
        if owner is None:
            error.add_note(_UNKNOWN)
        for errors in known if owner is None else [owner]:
            errors.append(error)

    @property
    def locked(self) -> bool:
        """Whether the calling thread holds a lock that the loop may wait for."""
        return any(holder.locked() for holder in tuple(self.holders.values()))

    def end(self) -> None:
        """End the thread and wait for it; in the thread itself, only begin to end it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        if running() is not self.loop:
            self._thread.join()


def _owner(context: dict[str, Any]) -> _Errors | None:
    """Return the owner of the failed callback or task, or else of what runs now."""
    for name in ("handle", "task", "future"):
        within = _context_of(context.get(name))
        if within is not None and OWNER in within:
            return within[OWNER]
    return OWNER.get(None)


def _context_of(thing: Any) -> Context | None:
    get = getattr(thing, "get_context", None)  # from Python 3.12 on
    found: Context | None = get() if get else getattr(thing, "_context", None)
    return found


def call(loop: AbstractEventLoop, act: Callable[[], _T]) -> _T:
    """Call act in the loop, which may run in this thread; return its result."""
    if running() is loop:
        return act()

    async def acted() -> _T:
        return act()

    return wait(loop, acted())


def wait(loop: AbstractEventLoop, doing: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine in the loop of another thread; return its result."""
    return asyncio.run_coroutine_threadsafe(doing, loop).result(_PATIENCE)


async def call_beside_trio(act: Callable[[], _T]) -> _T:
    """Call act, which waits, in a thread of trio's. Raises RuntimeError where trio is not there."""
    trio = sys.modules.get("trio")
    if trio is None:
        raise RuntimeError("neither asyncio nor trio runs: use the method without _async")
    found: _T = await trio.to_thread.run_sync(act, abandon_on_cancel=True)
    return found


async def wait_async(loop: AbstractEventLoop, doing: Coroutine[Any, Any, _T]) -> _T:
    """Await a coroutine in a loop, which may be the running one."""
    if running() is None:
        return await call_beside_trio(lambda: wait(loop, doing))
    if running() is loop:
        return await doing
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, loop))


def running() -> AbstractEventLoop | None:
    """Return the loop that runs in this thread, or None.

    With gevent all threads are one, and asyncio reports the same loop for all.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    elsewhere = isinstance(loop, _Loop) and loop.thread != get_ident()
    return None if elsewhere else loop


def watches_sockets(loop: AbstractEventLoop) -> bool:
    """Whether the loop can watch sockets; the default loop of Windows can't."""
    return not isinstance(loop, getattr(asyncio, "ProactorEventLoop", ()))


class _Loops:
    """The shared thread of this process, if there is one.

    A signal handler may interrupt the holder of the lock, and start or stop a server.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.current: LoopThread | None = None


_loops = _Loops()


def acquire(holder: object, asked: Holder = Holder()) -> LoopThread:
    """Return the thread, which runs until all its holders have released it."""
    with _loops.lock:
        thread = _loops.current = _loops.current or LoopThread()
        thread.holders[holder] = asked
        return thread


def release(thread: LoopThread, holder: object) -> None:
    """Release the thread; the last holder ends it. In a fork this does nothing."""
    with _loops.lock:
        if thread.holders.pop(holder, None) is None or thread.holders:
            return
        if thread is _loops.current:
            _loops.current = None
    thread.end()


@contextmanager
def keep_alive() -> Iterator[None]:
    """Keep the thread alive meanwhile, so that servers need not start one."""
    holder = object()
    thread = acquire(holder)
    try:
        yield
    finally:
        release(thread, holder)


@contextmanager
def pinned(thread: LoopThread) -> Iterator[bool]:
    """Yield whether this thread still runs; if so, it keeps running meanwhile."""
    holder = object()
    with _loops.lock:
        there = bool(thread.holders)
        if there:
            thread.holders[holder] = Holder()
    try:
        yield there
    finally:
        release(thread, holder)


def _forget() -> None:
    """Forget the thread in a forked process, which does not have it."""
    if _loops.current:
        _loops.current.holders.clear()
    _loops.lock = RLock()
    _loops.current = None


if hasattr(os, "register_at_fork"):  # on systems with fork()
    os.register_at_fork(after_in_child=_forget)
