"""How long a client is waited for: as long as it may still be about something."""

import time
from collections.abc import Callable

from pop3lab.cases.evidence import Ended

LONGEST_RUN = 30.0  # seconds of a run in all
_LONGEST = 8  # timeouts of the client that a run has in all, where that is more
_SLOWEST = 2 << 20  # octets a second that a client reads which the system has for it
_QUIET = 0.3  # seconds without an octet
_LATE = 0.25  # seconds by which a look may come late
_STEP = 0.1  # seconds between two looks, about


class RunPatience:
    """Looks at what the server has sent, again and again.

    It is over when the server has said nothing for three times the timeout and a second, or the run
    takes too long in all. disturbed: the looks came so late that the client may have been kept,
    too.
    """

    def __init__(
        self,
        sent: Callable[[], int],
        timeout: float,
        kills: Callable[[], bool] = lambda: False,
        longest: float = LONGEST_RUN,
        known: int | None = None,
    ) -> None:
        """Begin to wait.

        sent: how many octets the server has sent. timeout: of the client, in seconds. kills:
        whether the client is to be killed as soon as the server is quiet. longest: seconds of the
        run in all, at least. known: what had been sent before the run; None for all until now.
        """
        self._sent = sent
        self._kills = kills
        self._longest = max(longest, _LONGEST * timeout)
        self._killed = False
        self._timeout = timeout
        self._began = self._changed = self._looked = time.monotonic()
        self._octets = self._began_at = sent() if known is None else known
        self.disturbed = False

    def _silence(self) -> float:
        now = time.monotonic()
        self.disturbed = self.disturbed or now - self._looked > _STEP + _LATE
        self._looked = now
        octets = self._sent()
        if octets != self._octets:
            self._octets, self._changed = octets, now
        return now - self._changed

    @property
    def _most(self) -> float:
        """Seconds of silence: of the last octets, many may be on their way still."""
        return 3 * self._timeout + 1 + (self._octets - self._began_at) / _SLOWEST

    def is_quiet(self) -> bool:
        """Whether the server has sent nothing for a moment."""
        return self._silence() > _QUIET

    def is_over(self) -> bool:
        """Whether the client had time enough."""
        silence = self._silence()
        self._killed = self._killed or (silence > _QUIET and self._kills())
        long = silence > self._most or self._looked - self._began > self._longest
        return self._killed or long

    @property
    def until_last_octet(self) -> float:
        """Seconds from the beginning of the run to the last octet of the server."""
        return self._changed - self._began

    @property
    def ended(self) -> Ended:
        """What a run is that did not end in this time."""
        if self._killed:
            return "killed"
        return "hung" if self._looked - self._changed > self._most else "stopped"
