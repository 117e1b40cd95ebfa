"""Deadlines of many connections at little cost: those that are near one another share a timer."""

import math
from asyncio import AbstractEventLoop, Handle
from typing import Protocol

_PARTS = 16  # a deadline is met within a sixteenth of the time until then
_TURN = 256  # connections that are looked at, then it is the turn of others


class DeadlineHolder(Protocol):
    """Who has a deadline."""

    def on_deadline(self) -> None:
        """It has come, or is near enough."""


class Deadlines:
    """Those of one server. A deadline is late by no more than a sixteenth, never early."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._due: dict[
            float, dict[DeadlineHolder, None]
        ] = {}  # who, by the time when they are told
        self._timers: dict[float, Handle] = {}

    def enter(self, seconds: float, timed: DeadlineHolder) -> float:
        """Tell it in so many seconds, or a little later; return what leave wants to know."""
        end = self._loop.time() + seconds
        step = math.ldexp(1.0, math.frexp(max(seconds, 0.001) / _PARTS)[1] - 1)
        when = math.ceil(end / step) * step
        due = self._due.get(when)
        if due is None:
            due = self._due[when] = {}
            self._timers[when] = self._loop.call_at(when, self._tell, when)
        due[timed] = None
        return when

    def leave(self, when: float, timed: DeadlineHolder) -> None:
        """Do not tell it any more; it may have been told."""
        if due := self._due.get(when):
            due.pop(timed, None)

    def _tell(self, when: float) -> None:
        due = self._due[when]
        for _ in range(min(_TURN, len(due))):
            if not due:
                break
            timed, _ = due.popitem()
            try:
                timed.on_deadline()
            except Exception as error:  # noqa: BLE001 - the others have deadlines, too
                told = {"message": f"a deadline of {timed} failed", "exception": error}
                self._loop.call_exception_handler(told)
        if due:
            self._timers[when] = self._loop.call_soon(self._tell, when)
        else:
            del self._due[when], self._timers[when]

    def close(self) -> None:
        """Tell nobody any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._due.clear()
        self._timers.clear()
