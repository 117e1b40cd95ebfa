"""The event loop of a server: asyncio whole, with a shorter way for the sockets of connections.

asyncio makes a handle of each event, puts it in a line and calls it from there. Here the selector
itself, whose choice asyncio leaves to us, calls the handlers of our sockets, and asyncio hears of
nothing but its own: timers, threads, signals, sockets of others.
"""

import asyncio
import os
import select
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Mapping
from math import inf
from selectors import BaseSelector, DefaultSelector, SelectorKey
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakSet

_MOST = 256  # events in one round, then it is the turn of timers and tasks
_EVENTS = (select.EPOLLIN, select.EPOLLOUT) if hasattr(select, "epoll") else (1, 4)
_IN, _OUT = _EVENTS

_Call = Callable[[], object]
_Run = Callable[..., Any]  # Context.run
_Handler = tuple[_Run, _Call]  # and what is called in it
_T = TypeVar("_T")


class DispatchingSelector(BaseSelector):
    """Calls handlers of ours in select(), and tells asyncio of its own descriptors alone.

    Events are level-triggered, and a handler may come when there is nothing to do: its descriptor
    may have been another one's when the round began.

    now: when the last events came. called: set when asyncio has something to do since. debugs:
    asyncio itself is to call the handlers.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._others = DefaultSelector()  # for asyncio
        self._epoll = select.epoll()
        self._epoll.register(self._others.fileno(), _IN)
        self._readers: dict[int, _Handler] = {}
        self._writers: dict[int, _Handler] = {}
        self._soon: dict[int, list[asyncio.Handle]] = {}  # of this round, where asyncio calls them
        self._shared = False  # with a process that was forked
        self.now = clock()
        self.called = False
        self.debugs = False
        self.loop: AbstractEventLoop | None = None
        _selectors.add(self)

    # Handlers

    def set_reader(self, descriptor: int, call: _Call | None, run: _Run) -> None:
        """Have this called by run when there is something to read; None for no more."""
        self._set(self._readers, _IN, descriptor, call, run)

    def set_writer(self, descriptor: int, call: _Call | None, run: _Run) -> None:
        """Have this called by run when there is room to write; None for no more."""
        self._set(self._writers, _OUT, descriptor, call, run)

    def _set(
        self,
        handlers: dict[int, _Handler],
        event: int,
        descriptor: int,
        call: _Call | None,
        run: _Run,
    ) -> None:
        before = (descriptor in self._readers and _IN) | (descriptor in self._writers and _OUT)
        if call is None:
            handlers.pop(descriptor, None)
            self._take_back(descriptor)
            mask = before & ~event
        else:
            handlers[descriptor] = run, call
            mask = before | event
        if mask == before:
            return
        if not before:
            self._epoll.register(descriptor, mask)
        elif mask:
            self._epoll.modify(descriptor, mask)
        else:  # or its end would be told without end
            self._epoll.unregister(descriptor)

    def forget(self, descriptor: int) -> None:
        """Call nothing more for this one, which is about to be closed.

        The kernel then takes it out by itself, unless another process has it, too.
        """
        known = self._readers.pop(descriptor, None), self._writers.pop(descriptor, None)
        if self._soon:
            self._take_back(descriptor)
        if self._shared and any(known):
            self._epoll.unregister(descriptor)

    def _take_back(self, descriptor: int) -> None:
        for handle in self._soon.pop(descriptor, ()):
            handle.cancel()

    def share(self) -> None:
        """This process has been forked."""
        self._shared = True

    # What asyncio calls

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Call handlers until there is something for asyncio to do, or the time is over."""
        clock = self._clock
        end = inf if timeout is None else clock() + timeout
        self.called = False
        self._soon.clear()
        while True:
            events = self._epoll.poll(timeout, _MOST)
            self.now = clock()
            others = self._dispatch(events)
            if others:
                return self._others.select(0)
            if self.called or self.now >= end or not events:
                return []
            timeout = None if end == inf else max(0.0, end - clock())

    def _dispatch(self, events: list[tuple[int, int]]) -> bool:
        """Call the handlers; whether there is something for asyncio, too."""
        readers, writers, others = self._readers, self._writers, False
        for descriptor, event in events:
            if event & ~_IN and (handler := writers.get(descriptor)):
                self._call(descriptor, *handler)
            if event & ~_OUT and (handler := readers.get(descriptor)):
                self._call(descriptor, *handler)
            elif descriptor == self._others.fileno():
                others = True
        return others

    def _call(self, descriptor: int, run: _Run, call: _Call) -> None:
        loop = self.loop
        assert loop
        try:
            if self.debugs:
                # There it is seen how long that takes.
                self._soon.setdefault(descriptor, []).append(run(loop.call_soon, call))
            else:
                run(call)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - as asyncio does with each handle
            told = {"message": f"a connection failed in {call}", "exception": error}
            run(loop.call_exception_handler, told)

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """For asyncio."""
        return self._others.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:
        """For asyncio."""
        return self._others.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """For asyncio."""
        return self._others.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, SelectorKey]:
        """Of asyncio's own."""
        return self._others.get_map()

    def close(self) -> None:
        """With the loop."""
        self._readers.clear()
        self._writers.clear()
        self._others.close()
        self._epoll.close()


_selectors: "WeakSet[DispatchingSelector]" = WeakSet()


def _forked() -> None:
    for selector in tuple(_selectors):
        selector.share()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(after_in_parent=_forked)


class ServingLoop(asyncio.SelectorEventLoop):
    """A loop of asyncio's with that selector, where there is epoll; elsewhere as asyncio has it.

    clock: of all that has a time.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.dispatcher = DispatchingSelector(clock) if hasattr(select, "epoll") else None
        self.time = clock  # type: ignore[method-assign]
        super().__init__(self.dispatcher)
        if self.dispatcher:
            self.dispatcher.loop = self

    def call_soon(self, *args: Any, **named: Any) -> asyncio.Handle:  # type: ignore[override]
        """As asyncio does it; no poll may sleep before."""
        self._wake()
        return super().call_soon(*args, **named)

    def call_at(self, *args: Any, **named: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        """As asyncio does it; no poll may sleep for longer."""
        self._wake()
        return super().call_at(*args, **named)

    def set_debug(self, enabled: bool) -> None:
        """As asyncio does it; it sees handlers that take long, then."""
        if self.dispatcher:
            self.dispatcher.debugs = enabled
        super().set_debug(enabled)

    def stop(self) -> None:
        """As asyncio does it, though a handler says so."""
        self._wake()
        super().stop()

    def _wake(self) -> None:
        if self.dispatcher:
            self.dispatcher.called = True


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """As asyncio.run, in such a loop."""
    with asyncio.Runner(loop_factory=ServingLoop) as runner:
        return runner.run(main)
