"""Replies that come late, slowly or in pieces.

Between two pieces is a pause: each is a write of its own, and so a segment, or a TLS record.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache

from pop3lab.core.actions import Action
from pop3lab.core.exchange import Exchange
from pop3lab.core.script import Script
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.telling import Telling
from pop3lab.faults.values import COUNT, SECONDS, Kind, Parameter
from pop3lab.faults.wire.endings import AT, Silence
from pop3lab.faults.wire.octets import Make, Piece, parted, silence

Cuts = Callable[[Piece], Iterable[int]]
Partition = Callable[[Iterator[Action], Make], Iterator[Action]]

_TICKS = 20  # pieces of a throttled reply in a second


class Paced(Telling):
    """Sends a reply in pieces, with so many seconds between two."""

    replies: Collection[str] = ()

    def __init__(self, part: Partition, gap: float) -> None:
        self._part = part
        self._gap = gap

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        fires = cache(self.fire)

        def pause() -> Iterator[Action]:
            if fires():
                yield silence(exchange, self._gap)

        return self._part(actions, pause)


def each(octets: int) -> Partition:
    """Pieces of so many octets."""

    def cuts(piece: Piece) -> Iterable[int]:
        return range(-piece.place % octets, len(piece.data), octets)

    return lambda actions, between: parted(actions, cuts, between)


def _delay(shared: Shared, seconds: float, jitter: float, at: str) -> Script:
    def length() -> float:
        return max(0.0, seconds + shared.random.uniform(-jitter, jitter))

    return Silence(length, at)


def _dribble(shared: Shared, octets: int, gap: float) -> Script:
    return Paced(each(octets), gap)


def _throttle(shared: Shared, rate: int) -> Script:
    octets = max(1, rate // _TICKS)
    return Paced(each(octets), octets / rate)


def _positive(given: object) -> int:
    count = int(COUNT.take(given))
    if not count:
        raise ValueError
    return count


POSITIVE = Kind("a whole number from 1", _positive)

ROWS = (
    Peculiarity(
        "delay",
        "so many seconds pass before the reply or place, or behind it",
        "toxiproxy latency; virus scanners, Sophos UTM docs (C)",
        _delay,
        (
            Parameter("seconds", SECONDS, "how long", 1.0),
            Parameter("jitter", SECONDS, "how much longer or shorter it may be, by chance", 0.0),
            AT,
        ),
        "fault",
        "wire",
        layer=Layer.LAST,
    ),
    Peculiarity(
        "dribble",
        "the reply comes in pieces of so many octets, each a segment or TLS record of its own",
        "curl test853 (A); WireMock chunked dribble",
        _dribble,
        (
            Parameter("octets", POSITIVE, "in a piece", 1),
            Parameter("gap", SECONDS, "between two pieces", 0.01),
        ),
        "fault",
        "wire",
        layer=Layer.LAST,
        needs=("octet in the answer to {on}",),
    ),
    Peculiarity(
        "throttle",
        "the reply comes with so many octets a second",
        "toxiproxy bandwidth",
        _throttle,
        (Parameter("rate", POSITIVE, "octets a second", 1024),),
        "fault",
        "wire",
        layer=Layer.LAST,
        needs=("octet in the answer to {on}",),
    ),
)
