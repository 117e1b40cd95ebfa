"""The threads of a server: some for stores, some for hashes, and neither waits for the other."""

import asyncio
import os
import sys
import threading
from asyncio import Future
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import cached_property
from typing import Any, Generic, TypeVar

# Who is next: clients' networks take turns, each with a line of its own.

_Job = TypeVar("_Job")


class FairQueue(Generic[_Job]):
    """Jobs that wait, by the network from which they were asked for.

    A network that has a job under way stands behind all that have none: so a newcomer waits for no
    more than one job of each. Jobs are told apart by identity or equality, and are hashable.
    """

    def __init__(self, most: int) -> None:
        """most: jobs that may wait."""
        self._most = most
        self._lines: dict[str, dict[_Job, None]] = {}  # of each network, in the order of turns
        self._under_way: Counter[str] = Counter()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def join(self, network: str, job: _Job) -> _Job | None:
        """Stand in line. What comes back has to go instead, if there are too many.

        That is the last one of the longest line, so that nobody can fill the place of all.
        """
        self._lines.setdefault(network, {})[job] = None
        self._waiting += 1
        if self._waiting <= self._most:
            return None
        longest = max(len(line) for line in self._lines.values())
        crowd = network if len(self._lines[network]) == longest else self._first_of(longest)
        last = next(reversed(self._lines[crowd]))
        self.leave(crowd, last)
        return last

    def leave(self, network: str, job: _Job) -> None:
        """Go without having had a turn; one who does not wait is not missed."""
        line = self._lines.get(network, {})
        if job in line:
            del line[job]
            self._waiting -= 1
            if not line:
                del self._lines[network]

    def begin(self) -> tuple[str, _Job] | None:
        """Whose turn it is now, with its network, or nobody's. done() is to follow."""
        if not self._lines:
            return None
        idle = (network for network in self._lines if not self._under_way[network])
        network = next(idle, next(iter(self._lines)))
        job = next(iter(self._lines[network]))
        self.leave(network, job)
        self._under_way[network] += 1
        self._stand_behind(network)
        return network, job

    def done(self, network: str) -> None:
        """A job of this network is under way no more."""
        self._under_way[network] -= 1
        if not self._under_way[network]:
            del self._under_way[network]
        self._stand_behind(network)

    def _stand_behind(self, network: str) -> None:
        if line := self._lines.pop(network, None):
            self._lines[network] = line

    def _first_of(self, length: int) -> str:
        return next(network for network, line in self._lines.items() if len(line) == length)


_STORES = 16  # logins that may be slow at the same time before others wait for them
_LESS = 5  # by which the threads for hashes come after the loop, as nice(2) has it

_Done = TypeVar("_Done")


class HashJob:
    """A hash that was asked for."""

    __slots__ = ("_done", "_job", "_network", "_turns", "waits")

    def __init__(
        self,
        network: str,
        job: Callable[[], None],
        done: Callable[[], None],
        turns: "FairQueue[HashJob]",
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
        self.finish()

    def compute(self) -> None:
        """Called in a thread, which may come when it is too late."""
        if job := self._job:
            job()

    def finish(self) -> None:
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
        self._turns: FairQueue[HashJob] = FairQueue(waiting)
        self._computing = 0
        self._outstanding: set[Future[Any]] = set()
        self._made: list[Executor] = []

    def submit_store_job(self, job: Callable[[], _Done]) -> "Future[_Done]":
        """What the job answers in a thread of those for stores. Raises what keeps it from that."""
        return self._run(self._stores, job)

    def submit_hash_job(
        self, network: str, job: Callable[[], None], done: Callable[[], None]
    ) -> HashJob:
        """Call the job in a thread of those for hashes, when it is its network's turn.

        Then, or if there are too many already, done is called in the loop, not from here. The job
        must not fail.
        """
        loop = asyncio.get_running_loop()
        place = HashJob(network, job, done, self._turns)
        if refused := self._turns.join(network, place):
            loop.call_soon(refused.finish)
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

    def _ended(self, network: str, place: HashJob) -> None:
        self._computing -= 1
        self._turns.done(network)
        place.finish()
        self._begin()

    def _run(self, pool: Executor, job: Callable[[], _Done]) -> "Future[_Done]":
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
