"""Events with their times, as they are kept."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pop3lab.core.events import Event, LinesAnswered


class TimedEvent(NamedTuple):
    """An event and its time, in seconds since the epoch."""

    seconds: float
    event: Event


# An event, or many at the same time, which become events when they are read.
TimedLines = tuple[float, Event | LinesAnswered]


def single_events(kept: Iterable[TimedLines]) -> Iterator[TimedEvent]:
    """Yield each event by itself."""
    for seconds, event in kept:
        if isinstance(event, LinesAnswered):
            for single in event.events():
                yield TimedEvent(seconds, single)
        else:
            yield TimedEvent(seconds, event)
