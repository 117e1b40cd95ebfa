"""What is counted of the events of sessions."""

import asyncio
import json
from collections.abc import Iterable

from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import ConnectionClosed, ConnectionOpened, Event, SessionEnded
from pop3lab.observe.counters import COUNTED, Counters, Statistics
from pop3lab.observe.event_queue import EventQueue
from tests.dialogue import done, fed, session
from tests.immediate import immediate_queue


def told(*events: Event) -> Counters:
    counts = Counters(Statistics())
    tell(counts, events)
    return counts


def tell(counts: Counters, events: Iterable[Event]) -> None:
    for event in events:
        counts.on_event(0.0, event)


def test_a_whole_session() -> None:
    statistics = Statistics()
    counts = Counters(statistics)
    played = session(sink=immediate_queue([statistics, counts]))
    done(played.greeting())
    login, fetch = "USER ann|PASS secret|", "TOP 1 9|RETR 1|RETR 9|retr 2|DELE 2|xx|QUIT|"
    done(fed(played, (login + fetch).replace("|", "\r\n").encode()))
    assert json.loads(counts.as_json())["sessions"] == 0
    played.session_ended("closed")
    assert json.loads(counts.as_json())["sessions"] == 0
    played.connection_closed("closed")
    assert json.loads(counts.as_json()) == {
        "sessions": 1,
        "logins": 1,
        "retrieved": 2,
        "deleted": 1,
        "connections": 1,
        "rules_applied": 0,
        "violations": 0,
        "verbs": {"DELE": 1, "PASS": 1, "QUIT": 1, "RETR": 3, "TOP": 1, "USER": 1, "XX": 1},
    }
    assert str(counts).startswith("sessions=1 logins=1 ")
    assert statistics.logins == 1
    counts.clear()
    assert str(statistics) == "0\n"
    assert str(counts) == " ".join(f"{name}=0" for name in COUNTED)


def test_a_session_is_over_when_it_has_ended_and_left_in_any_order() -> None:
    ends: list[Event] = [
        SessionEnded(1, "quit", None, BoundedCounter()),
        ConnectionClosed(1, "closed"),
    ]
    for order in (ends, ends[::-1]):
        counts = told(ConnectionOpened(1, ""), order[0])
        assert "sessions=0" in str(counts)
        tell(counts, order[1:])
        assert "sessions=1" in str(counts)


async def reach(counts: Counters, *, seconds: float = 5.0, **wanted: int) -> bool:
    return await counts.wait_for(wanted, seconds)


def test_what_is_reached_is_not_waited_for() -> None:
    counts = told(ConnectionOpened(1, ""))
    assert asyncio.run(reach(counts, connections=1, seconds=0))
    assert not asyncio.run(reach(counts, connections=2, seconds=0))
    assert not asyncio.run(reach(counts, connections=1, logins=1, seconds=0.01))
    assert not asyncio.run(reach(counts, RETR=1, seconds=0))


def test_an_event_of_another_thread_ends_the_waiting() -> None:
    async def run() -> bool:
        counts = Counters(Statistics(), events := EventQueue())
        events.listeners.append(counts)
        waiting = asyncio.create_task(reach(counts, connections=1, seconds=600))
        await asyncio.sleep(0)
        await asyncio.to_thread(events.emit, ConnectionOpened(1, ""))
        async with asyncio.timeout(10):
            return await waiting

    assert asyncio.run(run())


def test_in_a_hurry_nothing_is_waited_for() -> None:
    async def run() -> bool:
        counts = told()
        waiting = asyncio.create_task(reach(counts, connections=1, seconds=60))
        await asyncio.sleep(0)
        counts.cancel_waits()
        return await waiting or await reach(counts, connections=1, seconds=60)

    assert not asyncio.run(run())
