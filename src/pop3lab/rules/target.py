"""The part of a reply that a rule changes: a line, a part, or everything from an octet on."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pop3lab.core.actions import Action, OffloadNext, Part, Pause, Send

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")

_WITHIN = Send | Pause | OffloadNext  # actions that may occur within a target; any other ends it

_Alter = Callable[[Iterator[Action]], Iterator[Action]]


class Target(NamedTuple):
    """A place in a reply. name: line, part or octet.

    line: 0 is the status line, 1 the line after it. octet: the number of octets before it, as sent.
    """

    name: str
    value: int | str

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


def _whole(value: str) -> int:
    if not value.isdecimal():
        raise ValueError("a number from 0 is wanted")
    return int(value)


def _part(value: str) -> str:
    parts = [part.value for part in Part]
    if value not in parts:
        raise ValueError(f"a part is one of {', '.join(parts)}")
    return value


TARGETS: dict[str, Callable[[str], Target]] = {
    "line": lambda value: Target("line", _whole(value)),
    "part": lambda value: Target("part", _part(value)),
    "octet": lambda value: Target("octet", _whole(value)),
}


def at_target(target: Target, actions: Iterator[Action], alter: _Alter) -> Iterator[Action]:
    """Yield the actions, changed only at the target; unchanged if it does not exist.

    Actions of the target that alter does not yield are dropped.
    """
    pieces = _Pieces(target, actions)
    yield from pieces.until(inside=True)
    if pieces.more:
        place = pieces.until(inside=False)
        yield from alter(place)
        deque(place, maxlen=0)
        yield from pieces.until(inside=None)


class _Pieces:
    """Actions, split at the start and end of the target."""

    def __init__(self, target: Target, actions: Iterator[Action]) -> None:
        self._cut = _cut(target, actions)
        self._ahead: tuple[bool, Action] | None = None

    @property
    def more(self) -> bool:
        if self._ahead is None:  # an action is performed before the next is pulled
            self._ahead = next(self._cut, None)
        return self._ahead is not None

    def until(self, inside: bool | None) -> Iterator[Action]:
        """Yield the actions before the next that is inside, or not inside; all if None."""
        while self.more and self._ahead and self._ahead[0] is not inside:
            action = self._ahead[1]
            self._ahead = None
            yield action


_Cut = Iterator[tuple[bool, Action]]


def _cut(target: Target, actions: Iterator[Action]) -> _Cut:
    if isinstance(target.value, str):
        return _by_part(target.value, actions)
    return (
        _by_line(target.value, actions)
        if target.name == "line"
        else _by_octet(target.value, actions)
    )


def _by_part(part: str, actions: Iterator[Action]) -> _Cut:
    inside = False
    for action in actions:
        if isinstance(action, Send):
            inside = action.part.value == part
        yield inside and isinstance(action, _WITHIN), action


def _by_octet(octet: int, actions: Iterator[Action]) -> _Cut:
    left = octet
    for action in actions:
        if not isinstance(action, Send):
            yield left <= 0 and isinstance(action, _WITHIN), action
            continue
        data, part = action
        if 0 < left < len(data):
            yield False, Send(data[:left], part)
            yield True, Send(data[left:], part)
        else:
            yield left <= 0, action
        left -= len(data)


def _by_line(line: int, actions: Iterator[Action]) -> _Cut:
    """Find a line with its CRLF, which may arrive in several pieces."""
    now = 0
    begun = False
    for action in actions:
        if not isinstance(action, Send):
            yield begun and now == line and isinstance(action, _WITHIN), action
            continue
        for piece in _LINE.findall(action.data) if now <= line else [action.data]:
            yield now == line, Send(piece, action.part)
            begun = not piece.endswith(b"\n")
            now += not begun
