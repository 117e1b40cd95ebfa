"""Events with their times, as they are kept."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pop3lab.core.events import Event
from pop3lab.observe.answered_run import AnsweredRun


class TimedEvent(NamedTuple):
    """An event and its time, in seconds since the epoch."""

    seconds: float
    event: Event


# An event, or many, which become events when they are read; with the seconds of the first.
TimedLines = tuple[float, Event | AnsweredRun]


def single_events(kept: Iterable[TimedLines]) -> Iterator[TimedEvent]:
    """Yield each event by itself."""
    for seconds, event in kept:
        if isinstance(event, AnsweredRun):
            for timed in event.events():
                yield TimedEvent(*timed)
        else:
            yield TimedEvent(seconds, event)
