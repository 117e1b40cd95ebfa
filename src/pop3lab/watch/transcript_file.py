"""A transcript written to a file."""

import asyncio
from collections import deque
from contextlib import suppress
from threading import Lock
from typing import TextIO

from pop3lab.core.actions import Send
from pop3lab.core.events import Did, Event, Received
from pop3lab.watch.known import Knows, knows_nothing
from pop3lab.watch.operator import tell_operator
from pop3lab.watch.transcript import Transcript

_DELAY = 0.05  # seconds that events wait, so that many are written at once
_MOST = 1_048_576  # octets of lines that wait at most
_OVERHEAD = 100  # octets that a line of the client takes besides its own, as it is short


class TranscriptFile:
    """Writes the transcript to a file while sessions go on, some milliseconds behind them.

    complaints: told once if the file can't be written any more; the sessions go on. knows: which
    words are secrets of users.
    """

    lines = True

    def __init__(self, file: TextIO, complaints: TextIO, knows: Knows = knows_nothing) -> None:
        self._file: TextIO | None = file
        self._complaints = complaints
        self._transcript = Transcript(knows)
        self._noted: deque[tuple[float, Event]] = deque()
        self._octets = 0
        self._writing = Lock()

    def note(self, seconds: float, event: Event) -> None:
        """Put it in the queue of what is to be written."""
        self._noted.append((seconds, event))
        match event:
            case Did(_, Send(data)):
                self._octets += len(data)
            case Received(_, line):
                self._octets += len(line) + _OVERHEAD
        if self._octets > _MOST:
            self.write()

    async def keep_writing(self) -> None:
        """Write what was noted, again and again until cancelled."""
        while True:
            await asyncio.sleep(_DELAY)
            self.write()

    def write(self) -> None:
        """Write all that was noted until now."""
        with self._writing:
            self._octets = 0
            noted = [self._noted.popleft() for _ in range(len(self._noted))]
            text = "".join(self._transcript.text(seconds, event) for seconds, event in noted)
            if text and self._file:
                self._write(self._file, text)

    def _write(self, file: TextIO, text: str) -> None:
        try:
            file.write(text)
            file.flush()
        except OSError as error:
            tell_operator(self._complaints, f"pop3lab: the transcript ends here: {error.strerror}")
            self._file = None

    def close(self) -> None:
        """Write the rest."""
        self.write()
        if self._file:
            with suppress(OSError):
                self._file.close()
