"""Writing what is told to files and to stderr."""

import asyncio
from collections import deque
from typing import TextIO

from pop3lab.core.events import Event, Failed
from pop3lab.watch.transcript import Transcript

_DELAY = 0.05  # seconds that events wait, so that many are written at once


class TranscriptFile:
    """Writes the transcript to a file while sessions go on, some milliseconds behind them."""

    lines = True

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._transcript = Transcript()
        self._noted: deque[tuple[float, Event]] = deque()

    def note(self, seconds: float, event: Event) -> None:
        """Put it in the queue of what is to be written."""
        self._noted.append((seconds, event))

    async def keep_writing(self) -> None:
        """Write what was noted, again and again until cancelled."""
        while True:
            await asyncio.sleep(_DELAY)
            self.write()

    def write(self) -> None:
        """Write all that was noted until now."""
        while self._noted:
            seconds, event = self._noted.popleft()
            for line in self._transcript.lines_for(seconds, event):
                self._file.write(line + "\n")
        self._file.flush()

    def close(self) -> None:
        """Write the rest."""
        self.write()
        self._file.close()


class Complaints:
    """Tells the operator what stores could not do."""

    lines = False

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def note(self, seconds: float, event: Event) -> None:
        """Write a line for each failure."""
        if isinstance(event, Failed):
            print(f"pop3lab: session {event.session}: {event.reason}", file=self._file, flush=True)
