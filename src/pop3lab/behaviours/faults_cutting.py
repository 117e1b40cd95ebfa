"""Faults that cut replies short, or change octets in transit."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import Annotated, Literal

from pop3lab.behaviours.faults_endings import (
    CONNECTION_ENDS,
    ENDING_ASPECT,
    ConnectionEnd,
    Then,
)
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import append, replace_range
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Count

fault = BehaviourDecorator("fault", category="wire")

_AN_OCTET = ("octet in the reply to {on}",)
_A_DOT = ("dot after {on}",)

_EndOrGoOn = Literal[ConnectionEnd, "go-on"]


class _CutAfter(LateEffect):
    """Sends so many octets, then ends the connection or omits the rest of the reply."""

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
        """Whether the cut falls within these octets, or the connection ends right after them."""
        return left < octets or (left == octets and self._then != "go-on")

    def _cut(self, rest: Send, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.claim():
            yield from chain([rest] if rest.data else [], actions)
        elif self._then != "go-on":
            yield from CONNECTION_ENDS[self._then]
        else:
            yield from (action for action in actions if not isinstance(action, Send))


@fault(
    "cuts the reply or selected part, then ends the connection or goes on without the rest",
    source="toxiproxy limit_data",
    bugs="delivers the truncated message as if complete, and deletes it",
    aspect=ENDING_ASPECT,
    needs=_AN_OCTET,
)
def cut_after(
    octets: Annotated[Count, "how many come, counted as sent and including the status line"],
    then: Annotated[_EndOrGoOn, "how the connection ends, or go-on: omit only the rest"] = "close",
) -> Hooks:
    return _CutAfter(octets, then)


class _DropTerminator(LateEffect):
    """Omits the dot line that ends a multi-line reply."""

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
    "omits the final dot line of a listing or message",
    source="Dovecot, POP3 UIDLs couldn't be listed (A)",
    needs=_A_DOT,
    takes=_A_DOT,
)
def drop_terminator() -> Hooks:
    return _DropTerminator()


class _DropAfterDot(LateEffect):
    """Ends the connection after the dot line of a multi-line reply."""

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
    "ends the connection right after the final dot of a listing or message",
    source="hMailServer's own tests of fetching (A)",
    aspect=ENDING_ASPECT,
    needs=_A_DOT,
)
def drop_after_dot(then: Then = "close") -> Hooks:
    return _DropAfterDot(then)


# Octets that change in transit.

_INVERTED = bytes(255 - octet for octet in range(256))


class _Alters(LateEffect):
    """Changes so many octets of a reply, from a place on; with 0, adds octets there.

    change: gets the octets, and the number of octets to change that came before them.
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


_Skip = Annotated[Count, "octets to skip first, counted as sent"]
_HowMany = Annotated[Count, "how many octets"]


@fault(
    "replaces octets of the reply or selected part, one for one",
    source="Rony.Net Corrupted; network (D)",
    needs=_AN_OCTET,
)
def replace(octets: Annotated[bytes, "the new octets"], skip: _Skip = 0) -> Hooks:
    return _Alters(skip, len(octets), lambda data, before: octets[before : before + len(data)])


@fault(
    "inserts octets into the reply or selected part",
    source="MockServer chaos; network (D)",
    needs=_AN_OCTET,
)
def insert(octets: Annotated[bytes, "the octets"], skip: _Skip = 0) -> Hooks:
    return _Alters(skip, 0, lambda data, before: octets)


@fault("removes octets from the reply or selected part", source="network (D)", needs=_AN_OCTET)
def remove(octets: _HowMany = 1, skip: _Skip = 0) -> Hooks:
    return _Alters(skip, octets, lambda data, before: b"")


@fault(
    "inverts all bits in octets of the reply or selected part",
    source="Rony.Net Corrupted; WireMock RANDOM_DATA_THEN_CLOSE",
    needs=_AN_OCTET,
)
def corrupt(octets: _HowMany = 1, skip: _Skip = 0) -> Hooks:
    return _Alters(skip, octets, lambda data, before: data.translate(_INVERTED))
