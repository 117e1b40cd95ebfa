"""Replies that are not whole."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import Annotated, Literal

from pop3lab.behaviours.faults_endings import CONNECTION_ENDS, ENDING_ASPECT, ConnectionEnd
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import append, replace_range
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Count

fault = BehaviourDecorator("fault", category="wire")

_AN_OCTET = ("octet in the answer to {on}",)
_A_DOT = ("dot behind {on}",)

_EndOrGoOn = Literal[ConnectionEnd, "go-on"]


class _CutAfter(LateEffect):
    """So many octets, then the end; or, to go on, the rest of the reply is left out."""

    sends = None

    def __init__(self, octets: int, then: _EndOrGoOn) -> None:
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
        return left < octets or (left == octets and self._then != "go-on")

    def _cut(self, rest: Send, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.claim():
            yield from chain([rest] if rest.data else [], actions)
        elif self._then != "go-on":
            yield from CONNECTION_ENDS[self._then]
        else:
            yield from (action for action in actions if not isinstance(action, Send))


@fault(
    "so many octets of the reply or place come, then the connection ends, or the rest lacks",
    source="toxiproxy limit_data",
    bugs="a truncated message delivered as if whole, and deleted",
    aspect=ENDING_ASPECT,
    needs=_AN_OCTET,
)
def cut_after(
    octets: Annotated[Count, "how many come, as sent, the status line's among them"],
    then: Annotated[
        _EndOrGoOn, "how the connection ends, or go-on: only the rest is missing"
    ] = "close",
) -> Hooks:
    return _CutAfter(octets, then)


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


@fault(
    "the line with the dot that closes a listing or a message does not come",
    source="Dovecot, POP3 UIDLs couldn't be listed (A)",
    needs=_A_DOT,
    takes=_A_DOT,
)
def drop_terminator() -> Hooks:
    return _DropTerminator()


class _DropAfterDot(LateEffect):
    """Ends the connection behind what closes a reply of several lines."""

    sends = None

    def __init__(self, then: ConnectionEnd) -> None:
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


@fault(
    "the connection ends right behind the dot that closes a listing or a message",
    source="hMailServer's own tests of fetching (A)",
    aspect=ENDING_ASPECT,
    needs=_A_DOT,
)
def drop_after_dot(
    then: Annotated[ConnectionEnd, "how the connection ends"] = "close",
) -> Hooks:
    return _DropAfterDot(then)


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


_Skip = Annotated[Count, "so many octets of the reply or place first, as sent"]
_HowMany = Annotated[Count, "how many"]


@fault(
    "octets of the reply or place are replaced, one by one",
    source="Rony.Net Corrupted; network (D)",
    needs=_AN_OCTET,
)
def replace(octets: Annotated[bytes, "which come instead of as many"], skip: _Skip = 0) -> Hooks:
    return _Alters(skip, len(octets), lambda data, before: octets[before : before + len(data)])


@fault(
    "octets come that do not belong to the reply or place",
    source="MockServer chaos; network (D)",
    needs=_AN_OCTET,
)
def insert(octets: Annotated[bytes, "which"], skip: _Skip = 0) -> Hooks:
    return _Alters(skip, 0, lambda data, before: octets)


@fault("octets of the reply or place do not come", source="network (D)", needs=_AN_OCTET)
def remove(octets: _HowMany = 1, skip: _Skip = 0) -> Hooks:
    return _Alters(skip, octets, lambda data, before: b"")


@fault(
    "octets of the reply or place come with all their bits inverted",
    source="Rony.Net Corrupted; WireMock RANDOM_DATA_THEN_CLOSE",
    needs=_AN_OCTET,
)
def corrupt(octets: _HowMany = 1, skip: _Skip = 0) -> Hooks:
    return _Alters(skip, octets, lambda data, before: data.translate(_INVERTED))
