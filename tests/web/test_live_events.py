"""Live events: nobody is waited for, and whoever is too slow is told what is missing."""

import asyncio
import logging
import socket
import threading
from collections.abc import Sequence
from contextlib import aclosing
from threading import Thread

import httpx
import pytest

from pop3lab import Pop3Server
from pop3lab.web.live_events import KEPT, MOST_BEHIND, LiveEvent, LiveEvents, LiveReader
from tests.web.test_sessions import fetch


def publish(live: LiveEvents, count: int) -> None:
    for _ in range(count):
        live.publish("opened", {})


async def read(reader: LiveReader) -> Sequence[LiveEvent]:
    """The next batch that has something in it."""
    async with aclosing(reader.batches(10)) as batches:
        async for batch in batches:
            if batch:
                return batch
    raise AssertionError("no more events come")


def numbers(batch: Sequence[LiveEvent]) -> tuple[int, int]:
    return batch[0].number, batch[-1].number


def test_a_reader_has_what_comes_from_now_on() -> None:
    async def run() -> None:
        live = LiveEvents()
        publish(live, 2)
        reader = LiveReader(live)
        Thread(target=publish, args=(live, 3)).start()
        found: list[int] = []
        while len(found) < 3:
            found += [event.number for event in await read(reader)]
        assert found == [3, 4, 5]
        assert live.readers == 0

    asyncio.run(run())


def test_a_reader_who_is_too_slow_is_told_how_much_is_missing() -> None:
    async def run() -> None:
        live = LiveEvents()
        reader = LiveReader(live)
        publish(live, MOST_BEHIND + 500)
        skipped, *rest = await read(reader)
        assert (skipped.kind, skipped.data) == ("skipped", {"events": 500})
        assert numbers(rest) == (501, MOST_BEHIND + 500)

    asyncio.run(run())


def test_who_comes_back_too_late_is_told_of_the_gap() -> None:
    async def run() -> None:
        live = LiveEvents()
        publish(live, KEPT + 10)
        gap, *rest = await read(LiveReader(live, 5))
        assert (gap.kind, gap.data) == ("gap", {"events": 5})
        assert numbers(rest) == (11, KEPT + 10)
        assert numbers(await read(LiveReader(live, KEPT))) == (KEPT + 1, KEPT + 10)
        gap, *rest = await read(LiveReader(live, KEPT + 11))
        assert (gap.kind, gap.data) == ("gap", {"events": None})
        assert numbers(rest) == (11, KEPT + 10)

    asyncio.run(run())


def test_a_close_ends_all_reading_after_the_last_event() -> None:
    async def run() -> None:
        live = LiveEvents()
        reader = LiveReader(live)
        publish(live, 1)
        live.close()
        batches = [batch async for batch in reader.batches(10)]
        assert [[event.number for event in batch] for batch in batches] == [[1]]
        await LiveReader(live).closed()

    asyncio.run(run())


def test_silence_is_told_so_that_a_lost_reader_is_noticed() -> None:
    async def run() -> None:
        async for batch in LiveReader(LiveEvents()).batches(0.01):
            assert batch == ()
            break

    asyncio.run(run())


def ask_for_events(reader: socket.socket, server: Pop3Server) -> None:
    host, _, port = server.web_url.removeprefix("http://").strip("/").rpartition(":")
    reader.connect((host, int(port)))
    reader.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    assert reader.recv(16).startswith(b"HTTP/1.1 200")


def test_a_reader_who_never_reads_hinders_nobody(server: Pop3Server) -> None:
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        ask_for_events(deaf, server)
        for _ in range(50):
            fetch(server, 1, 2)
    assert len(server.sessions) == 50


def test_a_stop_ends_open_streams_and_waits_for_none(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), Pop3Server(web=True) as server, socket.socket() as reader:
        ask_for_events(reader, server)
        server.stop()
        reader.settimeout(10)
        while reader.recv(65_536):
            pass
    assert caplog.records == []  # of streams that had to be cut


def test_a_stop_in_the_loop_that_serves_fails_in_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)

    async def run() -> None:
        async with Pop3Server(web=True) as server:
            url = f"{server.web_url}api/v1/livez"
            answer = await asyncio.to_thread(httpx.get, url, verify=False)
            assert answer.status_code == 200

    asyncio.run(run())
    for thread in threading.enumerate():
        if thread.name == "pop3lab-web":
            thread.join(10)
    assert failed == []
