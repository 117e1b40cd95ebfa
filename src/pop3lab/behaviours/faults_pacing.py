"""Faults that send replies late, slowly or in pieces.

A pause between two pieces makes each a write of its own, so a segment or a TLS record.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated

from pop3lab.behaviours.faults_endings import At, PauseReply
from pop3lab.core.actions import Action, OffloadNext, Part, Pause, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import ActionFactory, Piece, pause_for, split_at
from pop3lab.rules.behaviour import Layer, ServerContext
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import COUNT, NUMBERS, Seconds, ValueType, choice

fault = BehaviourDecorator("fault", category="wire")

_Cuts = Callable[[Piece], Iterable[int]]
_Partition = Callable[[Iterator[Action], ActionFactory], Iterator[Action]]

_AN_OCTET = ("octet in the reply to {on}",)
_TICKS = 20  # pieces of a throttled reply in a second


@fault(
    "waits before or after the reply or selected part",
    source="toxiproxy latency; virus scanners, Sophos UTM docs (C)",
    layer=Layer.LAST,
)
def delay(
    server: ServerContext,
    seconds: Annotated[Seconds, "how long"] = 1.0,
    jitter: Annotated[Seconds, "random variation of the delay, up or down"] = 0.0,
    at: At = "start",
) -> Hooks:
    def length() -> float:
        return max(0.0, seconds + server.random.uniform(-jitter, jitter))

    return PauseReply(length, at)


class Pacing(LateEffect):
    """Sends a reply in pieces, with a pause between two."""

    sends: Collection[str] | None = None

    def __init__(self, part: _Partition, gap: float) -> None:
        self._part = part
        self._gap = gap

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        fires = cache(self.claim)

        def pause() -> Iterator[Action]:
            if fires():
                yield pause_for(request, self._gap)

        return self._part(actions, pause)


def pieces_of(octets: int) -> _Partition:
    """Return a partition into pieces of this many octets."""

    def cuts(piece: Piece) -> Iterable[int]:
        return range(-piece.place % octets, len(piece.data), octets)

    return lambda actions, between: split_at(actions, cuts, between)


def _positive(given: object) -> int:
    count = int(COUNT.take(given))
    if not count:
        raise ValueError
    return count


_Positive = Annotated[int, ValueType("a whole number from 1", _positive, accepts="int")]


@fault(
    "sends the reply in small pieces, each in its own segment or TLS record",
    source="curl test853 (A); WireMock chunked dribble",
    layer=Layer.LAST,
    needs=_AN_OCTET,
)
def dribble(
    octets: Annotated[_Positive, "octets per piece"] = 1,
    gap: Annotated[Seconds, "pause between two pieces"] = 0.01,
) -> Hooks:
    return Pacing(pieces_of(octets), gap)


@fault(
    "sends the reply at a limited rate",
    source="toxiproxy bandwidth",
    layer=Layer.LAST,
    needs=_AN_OCTET,
)
def throttle(rate: Annotated[_Positive, "octets per second"] = 1024) -> Hooks:
    octets = max(1, rate // _TICKS)
    return Pacing(pieces_of(octets), octets / rate)


# Cuts at octets that parsers stumble over.

_LINE_END = re.compile(rb"\r?\n?\Z")
_TERMINATOR = range(1, 5)  # places of the octets of CRLF . CRLF, except the first


def _behind(pattern: re.Pattern[bytes]) -> _Cuts:
    """Return cuts after each match, including a match that ends where a piece begins."""

    def cuts(piece: Piece) -> Iterator[int]:
        known = len(piece.tail)
        for match in pattern.finditer(piece.tail + piece.data):
            if known <= match.end() < known + len(piece.data):
                yield match.end() - known

    return cuts


_FIRST_DOTS = _behind(re.compile(rb"(?<=\n)\.(?=\.)"))


def _dots(piece: Piece) -> Iterable[int]:
    return _FIRST_DOTS(piece) if piece.part is Part.BODY else ()


def _at(places: Iterable[int]) -> _Cuts:
    wanted = sorted(set(places))

    def cuts(piece: Piece) -> Iterable[int]:
        return [at - piece.place for at in wanted if 0 <= at - piece.place < len(piece.data)]

    return cuts


class _Terminator:
    """Cuts before these octets of CRLF . CRLF; the first two end the line before the dot."""

    def __init__(self, *wanted: int) -> None:
        self._wanted = wanted

    def __call__(self, actions: Iterator[Action], between: ActionFactory) -> Iterator[Action]:
        held: Send | None = None  # a line end that may belong to the terminator
        place = 0
        for action in actions:
            if not isinstance(action, Send):
                if held and not isinstance(action, Pause | OffloadNext):
                    yield held
                    held = None
                yield action
            elif action.part is Part.END:
                if held and action.data.startswith(b"\r"):  # then it has a CRLF of its own
                    yield held
                    held = None
                for octets in (held, action) if held else (action,):
                    yield from self._cut(octets, place, between)
                    place += len(octets.data)
                held = None
            else:
                before, held = _line_end_apart(held, action)
                yield from before
        if held:
            yield held

    def _cut(self, octets: Send, place: int, between: ActionFactory) -> Iterator[Action]:
        for at, octet in enumerate(octets.data, place):
            if at in self._wanted:
                yield from between()
            yield Send(bytes((octet,)), octets.part)


def _line_end_apart(held: Send | None, action: Send) -> tuple[list[Send], Send | None]:
    """Return the held and the new octets, and apart from them the line end that closes them."""
    data, part = action
    before = []
    if held and held.part is part:
        data = held.data + data
    elif held:
        before = [held]
    end = _LINE_END.search(data)
    assert end
    if end.start():
        before.append(Send(data[: end.start()], part))
    return before, Send(end[0], part) if end[0] else None


def _parted(cuts: _Cuts) -> _Partition:
    return lambda actions, between: split_at(actions, cuts, between)


_NAMED: Mapping[str, _Partition] = {
    "crlf": _parted(_behind(re.compile(rb"\r(?=\n)"))),
    "lines": _parted(_behind(re.compile(rb"\n"))),
    "dots": _parted(_dots),
    "terminator": _Terminator(*_TERMINATOR),
    **{f"terminator-{place}": _Terminator(place) for place in _TERMINATOR},
}


def _place(given: object) -> object:
    text = given.decode("ascii", "replace") if isinstance(given, bytes) else given
    return text if isinstance(text, str) and text in _NAMED else NUMBERS.take(given)


def _show(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else NUMBERS.show(value)


_Places = Annotated[
    str | tuple[int, ...],
    ValueType(
        f"places of octets with commas, or one of {', '.join(_NAMED)}",
        _place,
        _show,
        tuple(_NAMED),
        f"{choice(*_NAMED).accepts} | int | Iterable[int]",
    ),
]


def slice_at(at: str | Iterable[int], gap: float) -> Pacing:
    """Return hooks that cut replies at a named place, or before these octets, and pause there."""
    return Pacing(_NAMED[at] if isinstance(at, str) else _parted(_at(at)), gap)


@fault(
    "cuts the reply at certain octets and sends each piece in its own segment or TLS record",
    source="toxiproxy slicer; plala, Mew PR#188 (B)",
    bugs="Outlook Express took a dot at the start of a segment for the end; node-pop3#26 (B)",
    layer=Layer.LAST,
    needs=_AN_OCTET,
)
def slice(  # noqa: A001
    at: Annotated[
        _Places,
        "the octets before which it is cut, counted as sent; or crlf: between CR and LF;"
        " lines: after each line; dots: between the two dots of a stuffed line; terminator: before"
        " each octet of the final CR LF dot CR LF except the first; terminator-1 to terminator-4:"
        " before only one of them",
    ] = "terminator",
    gap: Annotated[Seconds, "pause between two pieces"] = 0.1,
) -> Hooks:
    return slice_at(at, gap)
