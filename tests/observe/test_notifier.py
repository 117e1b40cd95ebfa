"""Waiting for changes wakes a loop once a turn, however much changes."""

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import Any

from pop3lab.observe.notifier import Notifier


class Counting(asyncio.SelectorEventLoop):
    """A loop that counts how often it is called from elsewhere."""

    calls = 0

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        self.calls += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


def wait_through(change: Callable[[Notifier, list[int]], None]) -> tuple[int, int]:
    """Wait for ten thousand changes, made between two turns; the last one seen, and the calls."""

    async def wait() -> int:
        changes, seen = Notifier(), [0]
        waiting = asyncio.create_task(changes.until_async(lambda: seen[0] == 10_000, 5))
        await asyncio.sleep(0)
        change(changes, seen)
        await waiting
        return seen[0]

    with asyncio.Runner(loop_factory=Counting) as runner:
        found = runner.run(wait())
        loop = runner.get_loop()
        assert isinstance(loop, Counting)
        return found, loop.calls


def count_up(changes: Notifier, seen: list[int]) -> None:
    for _ in range(10_000):
        with changes:
            seen[0] += 1


def test_changes_in_the_loop_itself_need_no_call() -> None:
    assert wait_through(count_up) == (10_000, 0)


def test_changes_in_another_thread_call_it_once_a_turn() -> None:
    def elsewhere(changes: Notifier, seen: list[int]) -> None:
        thread = Thread(target=count_up, args=(changes, seen))
        thread.start()
        thread.join()

    assert wait_through(elsewhere) == (10_000, 1)


def test_a_change_after_the_call_rings_anew() -> None:
    async def wait() -> bool:
        changes, seen = Notifier(), [0]
        waiting = asyncio.create_task(changes.until_async(lambda: seen[0] == 2, 5))
        for _ in range(2):
            await asyncio.sleep(0)

            def change() -> None:
                with changes:
                    seen[0] += 1

            await asyncio.to_thread(change)
        return await waiting

    assert asyncio.run(wait())
