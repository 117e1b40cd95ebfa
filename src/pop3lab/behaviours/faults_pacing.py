"""Replies that come late, slowly or in pieces.

Between two pieces is a pause: each is a write of its own, and so a segment, or a TLS record.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache

from pop3lab.behaviours.faults_endings import AT_PARAMETER, PauseReply
from pop3lab.core.actions import Action, OffloadNext, Part, Pause, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import ActionFactory, Piece, pause_for, split_at
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import COUNT, NUMBERS, SECONDS, Parameter, ValueType, choice

_Cuts = Callable[[Piece], Iterable[int]]
_Partition = Callable[[Iterator[Action], ActionFactory], Iterator[Action]]

_TICKS = 20  # pieces of a throttled reply in a second


class Pacing(LateEffect):
    """Sends a reply in pieces, with so many seconds between two."""

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
    """Pieces of so many octets."""

    def cuts(piece: Piece) -> Iterable[int]:
        return range(-piece.place % octets, len(piece.data), octets)

    return lambda actions, between: split_at(actions, cuts, between)


def _delay(server: ServerContext, seconds: float, jitter: float, at: str) -> Hooks:
    def length() -> float:
        return max(0.0, seconds + server.random.uniform(-jitter, jitter))

    return PauseReply(length, at)


def _dribble(server: ServerContext, octets: int, gap: float) -> Hooks:
    return Pacing(pieces_of(octets), gap)


def _throttle(server: ServerContext, rate: int) -> Hooks:
    octets = max(1, rate // _TICKS)
    return Pacing(pieces_of(octets), octets / rate)


def _positive(given: object) -> int:
    count = int(COUNT.take(given))
    if not count:
        raise ValueError
    return count


_POSITIVE = ValueType("a whole number from 1", _positive, accepts="int")

_PACING_ROWS = (
    Behaviour(
        "delay",
        "so many seconds pass before the reply or place, or behind it",
        "toxiproxy latency; virus scanners, Sophos UTM docs (C)",
        _delay,
        (
            Parameter("seconds", SECONDS, "how long", 1.0),
            Parameter("jitter", SECONDS, "how much longer or shorter it may be, by chance", 0.0),
            AT_PARAMETER,
        ),
        "fault",
        "wire",
        layer=Layer.LAST,
    ),
    Behaviour(
        "dribble",
        "the reply comes in pieces of so many octets, each a segment or TLS record of its own",
        "curl test853 (A); WireMock chunked dribble",
        _dribble,
        (
            Parameter("octets", _POSITIVE, "in a piece", 1),
            Parameter("gap", SECONDS, "between two pieces", 0.01),
        ),
        "fault",
        "wire",
        layer=Layer.LAST,
        needs=("octet in the answer to {on}",),
    ),
    Behaviour(
        "throttle",
        "the reply comes with so many octets a second",
        "toxiproxy bandwidth",
        _throttle,
        (Parameter("rate", _POSITIVE, "octets a second", 1024),),
        "fault",
        "wire",
        layer=Layer.LAST,
        needs=("octet in the answer to {on}",),
    ),
)


# Replies cut at octets that parsers stumble over.

_LINE_END = re.compile(rb"\r?\n?\Z")
_TERMINATOR = range(1, 5)  # places of the octets of CRLF . CRLF but the first


def _behind(pattern: re.Pattern[bytes]) -> _Cuts:
    """Cuts behind each match, those that end where a piece begins among them."""

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
    """Cuts before these octets of CRLF . CRLF, the first two of which end what comes before."""

    def __init__(self, *wanted: int) -> None:
        self._wanted = wanted

    def __call__(self, actions: Iterator[Action], between: ActionFactory) -> Iterator[Action]:
        held: Send | None = None  # a line end, which may be the terminator's
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
    """What was held and this, and the line end that it ends with."""
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


def _parted(cuts: _Cuts) -> Callable[[Iterator[Action], ActionFactory], Iterator[Action]]:
    return lambda actions, between: split_at(actions, cuts, between)


_NAMED: Mapping[str, Callable[[Iterator[Action], ActionFactory], Iterator[Action]]] = {
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


_PLACES = ValueType(
    f"places of octets with commas, or one of {', '.join(_NAMED)}",
    _place,
    _show,
    tuple(_NAMED),
    f"{choice(*_NAMED).accepts} | int | Iterable[int]",
)


def slice_at(at: str | Iterable[int], gap: float) -> Pacing:
    """Cuts replies at one of the named places, or before these octets, with seconds between."""
    return Pacing(_NAMED[at] if isinstance(at, str) else _parted(_at(at)), gap)


_SLICING_ROWS = (
    Behaviour(
        "slice",
        "the reply is cut at these octets, each piece a segment or TLS record of its own",
        "toxiproxy slicer; plala, Mew PR#188 (B)",
        lambda server, at, gap: slice_at(at, gap),
        (
            Parameter(
                "at",
                _PLACES,
                "the octets before which it is cut, as sent, or: crlf, between each CR and LF;"
                " lines, behind each; dots, between the two that begin a stuffed line; terminator,"
                " within CR LF dot CR LF before each octet, or only one, from 1",
                "terminator",
            ),
            Parameter("gap", SECONDS, "between two pieces", 0.1),
        ),
        "fault",
        "wire",
        "Outlook Express left message mode at a dot that began a segment; node-pop3#26 (B)",
        layer=Layer.LAST,
        needs=("octet in the answer to {on}",),
    ),
)

ROWS = (*_PACING_ROWS, *_SLICING_ROWS)
