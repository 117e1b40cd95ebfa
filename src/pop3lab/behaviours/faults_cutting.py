"""Replies that are not whole."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

from pop3lab.behaviours.faults_endings import CONNECTION_ENDS, ENDING_ASPECT, THEN_PARAMETER
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import append, replace_range
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import COUNT, OCTETS, Parameter, choice

_GO_ON = "go-on"


class _CutAfter(LateEffect):
    """So many octets, then the end; or, to go on, the rest of the reply is left out."""

    sends = None

    def __init__(self, server: ServerContext, octets: int, then: str) -> None:
        self._octets = octets
        self._then = then

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        left = self._octets
        for action in actions:
            if not isinstance(action, Send):
                yield action
                continue
            data, part = action
            if self._falls(left, len(data)):
                if left:
                    yield Send(data[:left], part)
                yield from self._cut(Send(data[left:], part), actions)
                return
            left -= len(data)
            yield action

    def _falls(self, left: int, octets: int) -> bool:
        """Whether the cut is within so many octets, or an end right behind them."""
        return left < octets or (left == octets and self._then != _GO_ON)

    def _cut(self, rest: Send, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.claim():
            yield from chain([rest] if rest.data else [], actions)
        elif self._then != _GO_ON:
            yield from CONNECTION_ENDS[self._then]
        else:
            yield from (action for action in actions if not isinstance(action, Send))


class _DropTerminator(LateEffect):
    """Leaves out what closes a reply of several lines."""

    sends = None

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        dropped: bool | None = None
        for action in actions:
            if isinstance(action, Send) and action.part is Part.END:
                dropped = self.claim() if dropped is None else dropped
                if dropped:
                    continue
            yield action


class _DropAfterDot(LateEffect):
    """Ends the connection behind what closes a reply of several lines."""

    sends = None

    def __init__(self, server: ServerContext, then: str) -> None:
        self._end = CONNECTION_ENDS[then]

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        closed = False

        def noted() -> Iterator[Action]:
            nonlocal closed
            for action in actions:
                closed = closed or (isinstance(action, Send) and action.part is Part.END)
                yield action

        def end() -> Iterator[Action]:
            if closed and self.claim():
                yield from self._end

        return append(noted(), end)


_CUTTING_ROWS = (
    Behaviour(
        "cut-after",
        "so many octets of the reply or place come, then the connection ends, or the rest lacks",
        "toxiproxy limit_data",
        _CutAfter,
        (
            Parameter("octets", COUNT, "how many come, as sent, the status line's among them"),
            Parameter(
                "then",
                choice(*CONNECTION_ENDS, _GO_ON),
                "how the connection ends, or go-on: only the rest is missing",
                "close",
            ),
        ),
        "fault",
        "wire",
        "a truncated message delivered as if whole, and deleted",
        ENDING_ASPECT,
        needs=("octet in the answer to {on}",),
    ),
    Behaviour(
        "drop-terminator",
        "the line with the dot that closes a listing or a message does not come",
        "Dovecot, POP3 UIDLs couldn't be listed (A)",
        lambda server: _DropTerminator(),
        (),
        "fault",
        "wire",
        needs=("dot behind {on}",),
        takes=("dot behind {on}",),
    ),
    Behaviour(
        "drop-after-dot",
        "the connection ends right behind the dot that closes a listing or a message",
        "hMailServer's own tests of fetching (A)",
        _DropAfterDot,
        (THEN_PARAMETER,),
        "fault",
        "wire",
        aspect=ENDING_ASPECT,
        needs=("dot behind {on}",),
    ),
)


# Octets on the way that are not those that were sent.

_INVERTED = bytes(255 - octet for octet in range(256))


class _Alters(LateEffect):
    """Changes octets of a reply, so many from a place on; none is to add some there.

    change: gets the octets, and how many of them came before these.
    """

    sends = None

    def __init__(self, place: int, octets: int, change: Callable[[bytes, int], bytes]) -> None:
        self._begin = place
        self._end = place + octets
        self._change = change

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        fires = cache(self.claim)

        def change(data: bytes, before: int) -> bytes:
            return self._change(data, before) if fires() else data

        return replace_range(actions, self._begin, self._end, change)


def _replace(server: ServerContext, octets: bytes, skip: int) -> Hooks:
    return _Alters(skip, len(octets), lambda data, before: octets[before : before + len(data)])


def _insert(server: ServerContext, octets: bytes, skip: int) -> Hooks:
    return _Alters(skip, 0, lambda data, before: octets)


def _remove(server: ServerContext, octets: int, skip: int) -> Hooks:
    return _Alters(skip, octets, lambda data, before: b"")


def _corrupt(server: ServerContext, octets: int, skip: int) -> Hooks:
    return _Alters(skip, octets, lambda data, before: data.translate(_INVERTED))


_SKIP = Parameter("skip", COUNT, "so many octets of the reply or place first, as sent", 0)

_ALTERING_ROWS = (
    Behaviour(
        "replace",
        "octets of the reply or place are replaced, one by one",
        "Rony.Net Corrupted; network (D)",
        _replace,
        (Parameter("octets", OCTETS, "which come instead of as many"), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
    Behaviour(
        "insert",
        "octets come that do not belong to the reply or place",
        "MockServer chaos; network (D)",
        _insert,
        (Parameter("octets", OCTETS, "which"), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
    Behaviour(
        "remove",
        "octets of the reply or place do not come",
        "network (D)",
        _remove,
        (Parameter("octets", COUNT, "how many", 1), _SKIP),
        "fault",
        "wire",
        needs=("octet in the answer to {on}",),
    ),
    Behaviour(
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

ROWS = (*_CUTTING_ROWS, *_ALTERING_ROWS)
