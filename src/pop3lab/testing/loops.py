"""The one thread in which all servers of a process run, for as long as there are any."""

import asyncio
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any, TypeVar

_PATIENCE = 10.0  # seconds, after which something has gone badly wrong

Done = TypeVar("Done")


class LoopThread:
    """An event loop in a thread of its own.

    errors: lists, one for each server, to all of which an error that nobody caught is added unless
    one of them has it. The thread is a daemon: a process that ends does not wait for it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self._note)
        self.errors: list[list[BaseException]] = []
        self.holders = 0
        self._thread = Thread(target=self._run, name="pop3lab", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def _note(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error and not any(error in known for known in self.errors):
            for known in self.errors:
                known.append(error)
        loop.default_exception_handler(context)

    def end(self) -> None:
        """Back when the thread is gone."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


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
