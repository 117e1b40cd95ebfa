"""Reading anew beside the loop: which thread does what, how often, what comes in force."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Coroutine

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.transport.reloading import Reloading, free_slowly

LOOP = threading.main_thread()


class Told:
    """What was told and used, in order."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.over = asyncio.Event()

    def reloading(self) -> None:
        self.words.append("reloading")

    def reloaded(self) -> None:
        self.words.append("reloaded")

    def not_reloaded(self, reason: str) -> None:
        self.words.append(reason)

    def ready(self) -> None:
        self.words.append("ready")
        self.over.set()

    def use(self, what: str) -> None:
        assert threading.current_thread() is LOOP
        self.words.append(f"use {what}")


class Reader:
    """Reads in its time."""

    def __init__(self, *what: str | Exception) -> None:
        self.what = list(what)
        self.go = threading.Event()
        self.begun = threading.Event()
        self.collects: list[bool] = []

    def read(self) -> str:
        assert threading.current_thread() is not LOOP
        self.collects.append(gc.isenabled())
        self.begun.set()
        assert self.go.wait(5)
        what = self.what.pop(0)
        if isinstance(what, Exception):
            raise what
        return what


def in_loop(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(asyncio.wait_for(test(), 10))

    return run


async def reloaded(reader: Reader) -> list[str]:
    """What one SIGHUP comes to."""
    told = Told()
    reader.go.set()
    Reloading(reader.read, told.use, told).ask()
    await told.over.wait()
    return told.words


@in_loop
async def test_it_is_read_in_a_thread_and_comes_in_force_in_the_loop() -> None:
    reader = Reader("new")
    assert await reloaded(reader) == ["reloading", "use new", "reloaded", "ready"]
    assert reader.collects == [False]
    assert gc.isenabled()


@in_loop
async def test_what_is_wrong_changes_nothing() -> None:
    wrong = ConfigError("users line 1: no password")
    assert await reloaded(Reader(wrong)) == ["reloading", str(wrong), "ready"]
    assert gc.isenabled()


@in_loop
async def test_an_error_that_nobody_foresaw_changes_nothing_and_shows_nothing() -> None:
    words = await reloaded(Reader(KeyError("secret")))
    assert words == ["reloading", "a KeyError, which is a fault of pop3lab", "ready"]


@in_loop
async def test_asked_again_while_it_reads_it_reads_once_more() -> None:
    told, reader = Told(), Reader("old", "new")
    reloading = Reloading(reader.read, told.use, told)
    for _ in range(3):
        reloading.ask()
    reader.go.set()
    await told.over.wait()
    expected = ["reloading", "use old", "reloaded", "use new", "reloaded", "ready"]
    assert told.words == expected
    assert reader.what == []


@in_loop
async def test_after_the_end_nothing_comes_in_force() -> None:
    told, reader = Told(), Reader("new")
    reloading = Reloading(reader.read, told.use, told)
    reloading.ask()
    reader.begun.wait(5)
    reloading.end()
    reader.go.set()
    while any(thread.name == "pop3lab-reload" for thread in threading.enumerate()):
        await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    reloading.ask()
    assert told.words == ["reloading", "the server is about to end"]


def test_the_end_does_not_wait_for_what_is_read() -> None:
    reader, words = Reader("new"), []

    async def begin() -> None:
        told = Told()
        words.append(told.words)
        Reloading(reader.read, told.use, told).ask()

    asyncio.run(begin())
    reader.go.set()
    assert words == [["reloading"]]


@in_loop
async def test_without_a_thread_it_says_so() -> None:
    def none(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", none)
        words = await reloaded(Reader("new"))
    assert words == ["reloading", "can't start new thread", "ready"]


class Thing:
    """Notes in which thread it is freed."""

    def __init__(self, freed: list[threading.Thread]) -> None:
        self.freed = freed

    def __del__(self) -> None:
        self.freed.append(threading.current_thread())


class Owner:
    def __init__(self, things: list[Thing]) -> None:
        self.things = things


@pytest.mark.parametrize(("count", "aside"), [(10, False), (5_000, True)])
def test_a_large_table_is_freed_aside_when_its_owner_has_gone(count: int, aside: bool) -> None:
    @in_loop
    async def run() -> None:
        freed: list[threading.Thread] = []
        owner = Owner([Thing(freed) for _ in range(count)])
        free_slowly(owner, list(owner.things))
        assert freed == []
        gone = weakref.ref(owner)
        del owner
        assert gone() is None
        while len(freed) < count:
            await asyncio.sleep(0.001)
        assert all((thread is not LOOP) is aside for thread in freed)

    run()
