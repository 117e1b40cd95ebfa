"""The thread with an event loop in which all servers of a process run, while there are any."""

import asyncio
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from threading import Event, RLock, Thread, get_ident
from typing import Any, NamedTuple, TypeVar

from pop3lab.clock import steady
from pop3lab.transport.dispatching import ServingLoop

_PATIENCE = 10.0  # seconds, after which something has gone badly wrong
_UNKNOWN = "in the event loop of all servers of this process; whose error it is, is not known"

_T = TypeVar("_T")
_Errors = list[BaseException]

# The errors of the server for which something runs in a loop.
OWNER: ContextVar[_Errors] = ContextVar("OWNER")


def _no_lock() -> bool:
    return False


class Holder(NamedTuple):
    """What is asked of somebody for whom the thread is there.

    errors: its own. locked: whether this thread holds a lock of it, for which the loop may wait.
    """

    errors: Callable[[], _Errors] = list
    locked: Callable[[], bool] = _no_lock


class _Loop(ServingLoop):
    """The loop of the thread: of one kind, whatever policy the application has set.

    On Windows the usual kind tells of no socket that is ready. thread: in which it runs.
    """

    thread: int | None = None

    def __init__(self) -> None:
        super().__init__(steady)  # which goes on where a test stops the time

    def run_forever(self) -> None:
        """Run until stop."""
        self.thread = get_ident()
        super().run_forever()


class LoopThread:
    """An event loop in a thread of its own.

    An error that nobody caught is added to those of its OWNER, or of all holders where that is not
    known. holders: for whom the thread is there. The thread is a daemon: a process that ends does
    not wait for it.
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
        runs.wait(_PATIENCE)  # whoever asks whether the loop runs may come at once

    def _run(self) -> None:
        with self._runner:  # which leaves nothing that has been begun
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
        """Whether the thread that asks holds a lock for which the loop may have to wait."""
        return any(holder.locked() for holder in tuple(self.holders.values()))

    def end(self) -> None:
        """Back when the thread is gone; in the thread itself, that has then only begun."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        if running() is not self.loop:
            self._thread.join()


def _owner(context: dict[str, Any]) -> _Errors | None:
    """Whose: as the callback or task says that failed, else as what runs now says."""
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
    """What act answers, called in the loop, whose thread may be this one."""
    if running() is loop:
        return act()

    async def acted() -> _T:
        return act()

    return wait(loop, acted())


def wait(loop: AbstractEventLoop, doing: Coroutine[Any, Any, _T]) -> _T:
    """What becomes of it in the loop, which must be another thread's."""
    return asyncio.run_coroutine_threadsafe(doing, loop).result(_PATIENCE)


async def wait_async(loop: AbstractEventLoop, doing: Coroutine[Any, Any, _T]) -> _T:
    """Wait in a loop, which may be the same one."""
    if running() is loop:
        return await doing
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, loop))


def running() -> AbstractEventLoop | None:
    """Return the loop that runs in this thread, or None.

    Where gevent makes all threads one, asyncio takes the loop of one for that of all.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    elsewhere = isinstance(loop, _Loop) and loop.thread != get_ident()
    return None if elsewhere else loop


def watches_sockets(loop: AbstractEventLoop) -> bool:
    """Whether it tells of sockets that are ready: the usual loop of Windows does not."""
    return not isinstance(loop, getattr(asyncio, "ProactorEventLoop", ()))


class _Loops:
    """The thread of this process, if there is one now.

    A signal handler may come in between whatever holds the lock, and start or stop a server.
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
    """Keep the thread alive meanwhile, so that no server has to start one."""
    holder = object()
    thread = acquire(holder)
    try:
        yield
    finally:
        release(thread, holder)


@contextmanager
def pinned(thread: LoopThread) -> Iterator[bool]:
    """Yield whether this thread still runs; meanwhile it stays, and does what it is asked."""
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
    """A thread is not there any more in a process that has been forked."""
    if _loops.current:
        _loops.current.holders.clear()
    _loops.lock = RLock()
    _loops.current = None


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(after_in_child=_forget)
