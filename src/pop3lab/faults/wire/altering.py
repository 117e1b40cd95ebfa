"""Octets on the way that are not those that were sent."""

from collections.abc import Callable, Collection, Iterator
from functools import cache

from pop3lab.core.actions import Action
from pop3lab.core.exchange import Exchange
from pop3lab.core.script import Script
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.telling import Telling
from pop3lab.faults.values import COUNT, OCTETS, Parameter
from pop3lab.faults.wire.octets import altered

_INVERTED = bytes(255 - octet for octet in range(256))


class Alters(Telling):
    """Changes octets of a reply, so many from a place on; none is to add some there.

    change: gets the octets, and how many of them came before these.
    """

    replies: Collection[str] = ()

    def __init__(self, place: int, octets: int, change: Callable[[bytes, int], bytes]) -> None:
        self._begin = place
        self._end = place + octets
        self._change = change

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        fires = cache(self.fire)

        def change(data: bytes, before: int) -> bytes:
            return self._change(data, before) if fires() else data

        return altered(actions, self._begin, self._end, change)


def _replace(shared: Shared, octets: bytes, skip: int) -> Script:
    return Alters(skip, len(octets), lambda data, before: octets[before : before + len(data)])


def _insert(shared: Shared, octets: bytes, skip: int) -> Script:
    return Alters(skip, 0, lambda data, before: octets)


def _remove(shared: Shared, octets: int, skip: int) -> Script:
    return Alters(skip, octets, lambda data, before: b"")


def _corrupt(shared: Shared, octets: int, skip: int) -> Script:
    return Alters(skip, octets, lambda data, before: data.translate(_INVERTED))


_SKIP = Parameter("skip", COUNT, "so many octets of the reply or place first, as sent", 0)

ROWS = (
    Peculiarity(
        "replace",
        "octets of the reply or place are replaced, one by one",
        "Rony.Net Corrupted; network (D)",
        _replace,
        (Parameter("octets", OCTETS, "which come instead of as many"), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
    Peculiarity(
        "insert",
        "octets come that do not belong to the reply or place",
        "MockServer chaos; network (D)",
        _insert,
        (Parameter("octets", OCTETS, "which"), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
    Peculiarity(
        "remove",
        "octets of the reply or place do not come",
        "network (D)",
        _remove,
        (Parameter("octets", COUNT, "how many", 1), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
    Peculiarity(
        "corrupt",
        "octets of the reply or place come with all their bits inverted",
        "Rony.Net Corrupted; WireMock RANDOM_DATA_THEN_CLOSE",
        _corrupt,
        (Parameter("octets", COUNT, "how many", 1), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
)
