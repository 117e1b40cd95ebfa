"""The threads of a server: some for stores, some for hashes, and neither waits for the other."""

import asyncio
import os
import sys
import threading
from asyncio import Future
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

from pop3lab.run.turns import Turns

_STORES = 16  # logins that may be slow at the same time before others wait for them
_LESS = 5  # by which the threads for hashes come after the loop, as nice(2) has it

Done = TypeVar("Done")


class Place:
    """A hash that was asked for."""

    __slots__ = ("_done", "_job", "_network", "_turns", "waits")

    def __init__(
        self, network: str, job: Callable[[], None], done: Callable[[], None], turns: "Turns[Place]"
    ) -> None:
        self._network = network
        self._job: Callable[[], None] | None = job
        self._done: Callable[[], None] | None = done
        self._turns = turns
        self.waits = True  # for its turn

    def leave(self) -> None:
        """Nobody wants to know any more. What is being computed is computed to its end."""
        self._done = None
        self._turns.leave(self._network, self)

    def give_up(self) -> None:
        """Tell at once that it is done, though it has not had its turn."""
        self._turns.leave(self._network, self)
        self.tell()

    def compute(self) -> None:
        """Called in a thread, which may come when it is too late."""
        if job := self._job:
            job()

    def tell(self) -> None:
        """Called in the loop."""
        self.waits = False
        self._job = None
        if done := self._done:
            self._done = None
            done()


class Threads:
    """Made for one loop; threads are started when they are first needed.

    hashing: threads that compute hashes, each with the memory that one takes. waiting: hashes that
    may wait for them.
    """

    def __init__(self, hashing: int = 2, waiting: int = 256) -> None:
        self._hashing = hashing
        self._turns: Turns[Place] = Turns(waiting)
        self._computing = 0
        self._outstanding: set[Future[Any]] = set()
        self._made: list[Executor] = []

    def ask_store(self, job: Callable[[], Done]) -> "Future[Done]":
        """What the job answers in a thread of those for stores. Raises what keeps it from that."""
        return self._run(self._stores, job)

    def hash(self, network: str, job: Callable[[], None], done: Callable[[], None]) -> Place:
        """Call the job in a thread of those for hashes, when it is its network's turn.

        Then, or if there are too many already, done is called in the loop, not from here. The job
        must not fail.
        """
        loop = asyncio.get_running_loop()
        place = Place(network, job, done, self._turns)
        if refused := self._turns.join(network, place):
            loop.call_soon(refused.tell)
        self._begin()
        return place

    @property
    def waiting(self) -> int:
        """Hashes that have not had their turn."""
        return len(self._turns)

    async def close(self) -> None:
        """Back when no thread is left; nobody may ask for anything any more."""
        while self._outstanding:
            await asyncio.wait(self._outstanding)
        for pool in self._made:
            pool.shutdown()

    def _begin(self) -> None:
        while self._computing < self._hashing and (turn := self._turns.begin()):
            network, place = turn
            self._computing += 1
            try:
                computed = self._run(self._hashes, place.compute)
            except Exception:  # noqa: BLE001 - whatever keeps a thread from being had
                asyncio.get_running_loop().call_soon(self._ended, network, place)
            else:
                place.waits = False
                computed.add_done_callback(lambda _, at=network, of=place: self._ended(at, of))  # type: ignore[misc]

    def _ended(self, network: str, place: Place) -> None:
        self._computing -= 1
        self._turns.done(network)
        place.tell()
        self._begin()

    def _run(self, pool: Executor, job: Callable[[], Done]) -> "Future[Done]":
        running = asyncio.get_running_loop().run_in_executor(pool, job)
        self._outstanding.add(running)
        running.add_done_callback(self._outstanding.discard)
        return running

    @cached_property
    def _stores(self) -> Executor:
        return self._pool(_STORES, "pop3lab-store")

    @cached_property
    def _hashes(self) -> Executor:
        return self._pool(self._hashing, "pop3lab-hash", _come_after)

    def _pool(self, most: int, name: str, begin: Callable[[], None] | None = None) -> Executor:
        from concurrent.futures import ThreadPoolExecutor  # not for servers that need none

        self._made.append(ThreadPoolExecutor(most, name, begin))
        return self._made[-1]


def _come_after() -> None:
    """Hashes take all of a core for long: the loop comes first. Threads have that in Linux only."""
    if sys.platform == "linux":
        with suppress(OSError):
            nice = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice + _LESS)
