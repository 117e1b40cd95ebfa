"""What a server has of the loop in which it runs: readiness of sockets, and deadlines."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol

from pop3lab.transport.deadlines import Deadlines
from pop3lab.transport.dispatching import DispatchingSelector, ServingLoop

_Call = Callable[[], object]


class EventClock(Protocol):
    """By the loop's clock."""

    @property
    def now(self) -> float:
        """When the event came that is handled."""


class Reactor(Protocol):
    """Calls handlers in the context in which it was made."""

    loop: AbstractEventLoop
    deadlines: Deadlines

    @property
    def clock(self) -> EventClock:
        """Asked often, as each line that comes has a time."""

    def set_reader(self, descriptor: int, call: _Call | None) -> None:
        """Have this called while there is something to read; None for no more."""

    def set_writer(self, descriptor: int, call: _Call | None) -> None:
        """Have this called while there is room to write; None for no more."""

    def forget(self, descriptor: int) -> None:
        """Call nothing more for this one, which is about to be closed."""


def reactor_here() -> Reactor:
    """One for the loop that runs."""
    loop = asyncio.get_running_loop()
    dispatcher = loop.dispatcher if isinstance(loop, ServingLoop) else None
    return _SelectorReactor(loop, dispatcher) if dispatcher else _LoopReactor(loop)


class _SelectorReactor:
    """In a loop of ours."""

    def __init__(self, loop: AbstractEventLoop, selector: DispatchingSelector) -> None:
        self.loop = loop
        self.deadlines = Deadlines(loop)
        self.clock = self._selector = selector
        self._run = copy_context().run
        self.forget = selector.forget

    def set_reader(self, descriptor: int, call: _Call | None) -> None:
        self._selector.set_reader(descriptor, call, self._run)

    def set_writer(self, descriptor: int, call: _Call | None) -> None:
        self._selector.set_writer(descriptor, call, self._run)


class _LoopReactor:
    """In any loop that tells of sockets that are ready."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.deadlines = Deadlines(loop)
        self.clock = _LoopClock(loop)

    def set_reader(self, descriptor: int, call: _Call | None) -> None:
        if call:
            self.loop.add_reader(descriptor, call)
        else:
            self.loop.remove_reader(descriptor)

    def set_writer(self, descriptor: int, call: _Call | None) -> None:
        if call:
            self.loop.add_writer(descriptor, call)
        else:
            self.loop.remove_writer(descriptor)

    def forget(self, descriptor: int) -> None:
        self.loop.remove_reader(descriptor)
        self.loop.remove_writer(descriptor)


class _LoopClock:
    """Of a loop that does not tell when an event has come."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    @property
    def now(self) -> float:
        return self._loop.time()
