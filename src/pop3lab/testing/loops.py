"""The one thread in which all servers of a process run, for as long as there are any."""

import asyncio
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from threading import Lock, Thread
from typing import Any, TypeVar

_PATIENCE = 10.0  # seconds, after which something has gone badly wrong
_UNKNOWN = "in the event loop of all servers of this process; whose error it is, is not known"

Done = TypeVar("Done")
Errors = list[BaseException]

# The errors of the server for which something runs in a loop.
OWNER: ContextVar[Errors] = ContextVar("OWNER")


class LoopThread:
    """An event loop in a thread of its own.

    An error that nobody caught is added to those of its OWNER. everybody: what answers those of
    each server, to which it is added where that is not known. The thread is a daemon: a process
    that ends does not wait for it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self._note)
        self.everybody: list[Callable[[], Errors]] = []
        self.holders = 0
        self._thread = Thread(target=self._run, name="pop3lab", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def _note(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        if error := context.get("exception"):
            self._charge(error, _owner(context))
        loop.default_exception_handler(context)

    def _charge(self, error: BaseException, owner: Errors | None) -> None:
        known = [errors() for errors in self.everybody]
        if any(error in errors for errors in known):
            return
        if owner is None:
            error.add_note(_UNKNOWN)
        for errors in known if owner is None else [owner]:
            errors.append(error)

    def end(self) -> None:
        """Back when the thread is gone."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


def _owner(context: dict[str, Any]) -> Errors | None:
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


def call(loop: AbstractEventLoop, act: Callable[[], Done]) -> Done:
    """What act answers, called in the loop, whose thread may be this one."""
    if running() is loop:
        return act()

    async def acted() -> Done:
        return act()

    return wait(loop, acted())


def wait(loop: AbstractEventLoop, doing: Coroutine[Any, Any, Done]) -> Done:
    """What becomes of it in the loop, which must be another thread's."""
    return asyncio.run_coroutine_threadsafe(doing, loop).result(_PATIENCE)


async def wait_async(loop: AbstractEventLoop, doing: Coroutine[Any, Any, Done]) -> Done:
    """The same from a loop, which may be this one."""
    if running() is loop:
        return await doing
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, loop))


def running() -> AbstractEventLoop | None:
    """The loop that runs in this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class _Loops:
    """The thread of this process, if there is one now."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.current: LoopThread | None = None


_loops = _Loops()


def hold() -> LoopThread:
    """The thread; it stays until all who hold it have let it go."""
    with _loops.lock:
        if _loops.current is None:
            _loops.current = LoopThread()
        _loops.current.holders += 1
        return _loops.current


def let_go(held: LoopThread) -> None:
    """The last one to do so ends the thread. One held before a fork is not this process's."""
    with _loops.lock:
        if held is not _loops.current:
            return
        held.holders -= 1
        if held.holders:
            return
        _loops.current = None
    held.end()


@contextmanager
def held() -> Iterator[None]:
    """Keep the thread alive meanwhile, so that no server has to start one."""
    thread = hold()
    try:
        yield
    finally:
        let_go(thread)


def _forget() -> None:
    """A thread is not there any more in a process that has been forked."""
    _loops.lock = Lock()
    _loops.current = None


os.register_at_fork(after_in_child=_forget)
