"""Splits streams of actions at octets. The place of an octet is the number of octets before it."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, HalfClose, Part, Pause, Reset, Send, StartTLS
from pop3lab.core.request import CONNECT, Request

_FOLLOWS = StartTLS | HalfClose | Close | Reset  # on the last octet of a reply
_BEFORE_TLS = frozenset({CONNECT.verb, "STLS"})

ActionFactory = Callable[[], Iterator[Action]]


def pause_for(request: Request, seconds: float) -> Pause:
    """Return a pause within an exchange; before TLS, input is left for the handshake."""
    return Pause(seconds, leave_unread=request.verb in _BEFORE_TLS)


def append(actions: Iterator[Action], make: ActionFactory) -> Iterator[Action]:
    """Yield the actions, with others after the last octet, before a following TLS or close."""
    made = False
    for action in actions:
        if isinstance(action, _FOLLOWS) and not made:
            made = True
            yield from make()
        yield action
    if not made:
        yield from make()


class Piece(NamedTuple):
    """Octets of a stream. place: of the first one. tail: the two octets before; LF at the start."""

    data: bytes
    part: Part
    place: int
    tail: bytes


def split_at(
    actions: Iterator[Action], cuts: Callable[[Piece], Iterable[int]], between: ActionFactory
) -> Iterator[Action]:
    """Yield the actions, with others at each cut.

    cuts: the indexes in the piece of the octets before which it is cut, ascending.
    """
    place, tail = 0, b"\n"
    for action in actions:
        if not isinstance(action, Send):
            yield action
            continue
        data, part = action
        begin = 0
        for index in cuts(Piece(data, part, place, tail)):
            if place + index == 0:
                continue
            if index > begin:
                yield Send(data[begin:index], part)
            yield from between()
            begin = index
        yield Send(data[begin:], part)
        place += len(data)
        tail = (tail + data)[-2:]


def replace_range(
    actions: Iterator[Action], begin: int, end: int, change: Callable[[bytes, int], bytes]
) -> Iterator[Action]:
    """Yield the actions with octets from begin to end changed, or some added at begin.

    change: gets each piece of them, and the number of octets to change before it.
    """
    place = 0
    for action in actions:
        if not isinstance(action, Send):
            yield action
            continue
        data, part = action
        first, last = (min(max(at - place, 0), len(data)) for at in (begin, end))
        place += len(data)
        if first < last or (begin == end and first < len(data) and place - len(data) <= begin):
            changed = change(data[first:last], place - len(data) + first - begin)
            data = data[:first] + changed + data[last:]
        if data:
            yield Send(data, part)
