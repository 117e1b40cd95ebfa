"""What a server has been through before its last start or reset, and is to be judged for."""

from collections import deque

from pop3lab.testing.arming import Arming
from pop3lab.testing.running import Run
from pop3lab.testing.verdict import Verdict, happened, verdict_of
from pop3lab.watch.recorded import Recorded

_KEPT = 20  # transcripts


class History:
    """Verdicts of earlier runs, until they have been told. transcripts: of the last of them."""

    def __init__(self, arming: Arming) -> None:
        self._arming = arming
        self.transcripts: deque[Recorded] = deque(maxlen=_KEPT)
        self._before = Verdict()
        self._happened: set[str] = set()
        self._told = Verdict()  # of the run of now

    def keep(self, run: Run) -> None:
        """It is over, and another one will begin."""
        self._before = self._before.plus(self._of(run).minus(self._told))
        self._arming.keep(run)
        self._happened.update(happened(run))
        self._told = Verdict()
        if run.sessions.records:
            self.transcripts.append(run.sessions.transcript)

    def verdict(self, run: Run) -> Verdict:
        """Of all runs. A fault that has happened in one of them has happened."""
        both = self._before.plus(self._of(run))
        done = self._happened.union(happened(run))
        return both._replace(
            unused=tuple(u for u in dict.fromkeys(both.unused) if u not in done),
            unfinished=tuple(self._arming.unfinished),
        )

    def _of(self, run: Run) -> Verdict:
        return verdict_of(run, self._arming)

    def told(self, run: Run) -> None:
        """All until now; of the run of now it may be told again until the run is over."""
        self._before = Verdict()
        self._happened.clear()
        self._told = self._of(run)
        self._arming.told()
        self.transcripts.clear()
