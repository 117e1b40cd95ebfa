"""Which threads do what, and when they are gone."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps

import pytest

from pop3lab.transport.threads import HashJob, Threads

Test = Callable[[], Coroutine[None, None, None]]


def in_loop(test: Test) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(asyncio.wait_for(test(), 10))

    return run


class Hashing:
    """Asks for hashes that last until they are let go, and notes what happens in which order."""

    def __init__(self, threads: Threads) -> None:
        self.threads = threads
        self.begun: list[str] = []
        self.told: list[str] = []
        self.names: set[str] = set()
        self.places: dict[str, HashJob] = {}
        self._gates: dict[str, threading.Event] = {}

    def ask(self, *jobs: str) -> None:
        """Each begins with the letter of its network."""
        for job in jobs:
            gate = self._gates[job] = threading.Event()

            def compute(job: str = job, gate: threading.Event = gate) -> None:
                self.names.add(threading.current_thread().name)
                self.begun.append(job)
                gate.wait(10)

            def tell(job: str = job) -> None:
                self.told.append(job)

            self.places[job] = self.threads.submit_hash_job(job[0], compute, tell)

    async def let_go(self, *jobs: str) -> None:
        """And wait until that is told."""
        for job in jobs:
            self._gates[job].set()
            await until(lambda job=job: job in self.told)  # type: ignore[misc]

    def let_all_go(self) -> None:
        for gate in self._gates.values():
            gate.set()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


@asynccontextmanager
async def hashing(count: int = 1, waiting: int = 100) -> AsyncIterator[Hashing]:
    asked = Hashing(Threads(count, waiting))
    yield asked
    asked.let_all_go()
    await asked.threads.close()


@in_loop
async def test_no_more_hashes_at_once_than_threads() -> None:
    async with hashing(2) as asked:
        asked.ask("a1", "a2", "a3", "b1")
        await until(lambda: len(asked.begun) == 2)
        assert asked.threads.waiting == 2
        await asked.let_go("a1")
        await until(lambda: len(asked.begun) == 3)
        assert asked.begun[2] == "b1"
        assert asked.threads.waiting == 1
        asked.let_all_go()
        await until(lambda: len(asked.told) == 4)
        assert len(asked.names) == 2
        assert all(name.startswith("pop3lab-hash") for name in asked.names)


@in_loop
async def test_networks_take_turns() -> None:
    async with hashing() as asked:
        asked.ask("a1", "a2", "a3", "b1", "c1")
        asked.let_all_go()
        await until(lambda: len(asked.told) == 5)
        assert asked.begun == asked.told == ["a1", "b1", "c1", "a2", "a3"]


@in_loop
async def test_stores_do_not_wait_for_hashes_nor_hashes_for_stores() -> None:
    async with hashing() as asked:
        gate = threading.Event()
        asked.ask("a1")
        slow = [asked.threads.submit_store_job(lambda: gate.wait(10)) for _ in range(15)]
        name = await asked.threads.submit_store_job(lambda: threading.current_thread().name)
        assert name.startswith("pop3lab-store")
        await asked.let_go("a1")
        gate.set()
        assert await asyncio.gather(*slow) == [True] * 15


@in_loop
async def test_what_is_too_much_is_told_without_having_been_computed() -> None:
    async with hashing(waiting=1) as asked:
        asked.ask("a1", "a2", "a3")
        assert asked.told == []  # not from within, but soon
        await until(lambda: asked.told == ["a3"])
        asked.ask("b1")
        await until(lambda: asked.told == ["a3", "b1"])
        await asked.let_go("a1", "a2")
        assert asked.begun == ["a1", "a2"]


@in_loop
async def test_who_leaves_loses_the_place_and_hears_no_more() -> None:
    async with hashing() as asked:
        asked.ask("a1", "a2", "b1")
        await until(lambda: asked.begun == ["a1"])
        asked.places["b1"].leave()
        assert asked.threads.waiting == 1
        asked.places["a1"].leave()  # it is computed to its end
        asked.let_all_go()
        await until(lambda: asked.told == ["a2"])
        assert asked.begun == ["a1", "a2"]


@in_loop
async def test_who_gives_up_is_told_so() -> None:
    async with hashing() as asked:
        asked.ask("a1", "b1")
        assert asked.places["b1"].waits
        asked.places["b1"].give_up()
        assert asked.told == ["b1"]
        await until(lambda: asked.begun == ["a1"])
        assert not asked.places["a1"].waits
        assert asked.threads.waiting == 0


@in_loop
async def test_no_thread_is_left_and_none_is_made_without_need() -> None:
    before = threading.active_count()
    async with hashing() as asked:
        assert threading.active_count() == before
        asked.ask("a1")
        await asked.threads.submit_store_job(lambda: None)
        asked.let_all_go()
    assert threading.active_count() == before
    assert asked.told == ["a1"]


@in_loop
async def test_hashes_come_after_the_loop() -> None:
    async with hashing() as asked:
        nice: list[int] = []
        done = asyncio.Event()
        asked.threads.submit_hash_job(
            "a", lambda: nice.append(os.getpriority(os.PRIO_PROCESS, 0)), done.set
        )
        await done.wait()
        assert nice == [min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)]


@in_loop
async def test_without_a_thread_the_hash_is_put_off() -> None:
    with pytest.MonkeyPatch.context() as patch:
        async with hashing(2) as asked:

            def none(thread: threading.Thread) -> None:
                raise RuntimeError("can't start new thread")

            patch.setattr(threading.Thread, "start", none)
            asked.ask("a1", "a2")
            await until(lambda: asked.told == ["a1", "a2"])
            patch.undo()
            asked.ask("b1")
            await asked.let_go("b1")
            assert asked.begun == ["b1"]  # and none comes too late
