"""What goes wrong in the event loop, told the operator in measure."""

import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

_AGAIN = 1.0  # seconds between two words about exhausted descriptors


class Troubles:
    """Takes the loop's word of errors; write gets one line for each, without line end."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._told = -_AGAIN

    def note(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        """As an exception handler of asyncio. For want of descriptors a loop fails very often."""
        message = str(context.get("message"))
        if "_start_serving" in message:
            return  # the loop tries again on a listener that was closed meanwhile
        if "out of system resource" not in message:
            loop.default_exception_handler(context)
            return
        if self._clock() - self._told >= _AGAIN:
            self._told = self._clock()
            self._write(f"clients can't be accepted: {context.get('exception')}")
