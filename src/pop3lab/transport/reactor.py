"""What a server has of the loop in which it runs: readiness of sockets, and deadlines."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol

from pop3lab.transport.deadlines import Deadlines
from pop3lab.transport.dispatching import DispatchingSelector, ServingLoop

_Call = Callable[[], object]


class Reactor(Protocol):
    """Calls handlers in the context in which it was made."""

    loop: AbstractEventLoop
    deadlines: Deadlines

    @property
    def now(self) -> float:
        """When the event came that is handled, by the loop's clock."""

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
        self._selector = selector
        self._context = copy_context()

    @property
    def now(self) -> float:
        return self._selector.now

    def set_reader(self, descriptor: int, call: _Call | None) -> None:
        self._selector.set_reader(descriptor, call, self._context)

    def set_writer(self, descriptor: int, call: _Call | None) -> None:
        self._selector.set_writer(descriptor, call, self._context)

    def forget(self, descriptor: int) -> None:
        self._selector.forget(descriptor)


class _LoopReactor:
    """In any loop that tells of sockets that are ready."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.deadlines = Deadlines(loop)

    @property
    def now(self) -> float:
        return self.loop.time()

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
