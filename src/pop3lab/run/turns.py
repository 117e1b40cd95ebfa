"""Who is next: clients' networks take turns, each with a line of its own."""

from collections import Counter
from typing import Generic, TypeVar

Job = TypeVar("Job")


class Turns(Generic[Job]):
    """Jobs that wait, by the network from which they were asked for.

    A network that has a job under way stands behind all that have none: so a newcomer waits for no
    more than one job of each. Jobs are told apart by identity or equality, and are hashable.
    """

    def __init__(self, most: int) -> None:
        """most: jobs that may wait."""
        self._most = most
        self._lines: dict[str, dict[Job, None]] = {}  # of each network, in the order of turns
        self._under_way: Counter[str] = Counter()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def join(self, network: str, job: Job) -> Job | None:
        """Stand in line. What comes back has to go instead, if there are too many.

        That is the last one of the longest line, so that nobody can fill the place of all.
        """
        self._lines.setdefault(network, {})[job] = None
        self._waiting += 1
        if self._waiting <= self._most:
            return None
        longest = max(len(line) for line in self._lines.values())
        crowd = network if len(self._lines[network]) == longest else self._first_of(longest)
        last = next(reversed(self._lines[crowd]))
        self.leave(crowd, last)
        return last

    def leave(self, network: str, job: Job) -> None:
        """Go without having had a turn; one who does not wait is not missed."""
        line = self._lines.get(network, {})
        if job in line:
            del line[job]
            self._waiting -= 1
            if not line:
                del self._lines[network]

    def begin(self) -> tuple[str, Job] | None:
        """Whose turn it is now, with its network, or nobody's. done() is to follow."""
        if not self._lines:
            return None
        idle = (network for network in self._lines if not self._under_way[network])
        network = next(idle, next(iter(self._lines)))
        job = next(iter(self._lines[network]))
        self.leave(network, job)
        self._under_way[network] += 1
        self._stand_behind(network)
        return network, job

    def done(self, network: str) -> None:
        """A job of this network is under way no more."""
        self._under_way[network] -= 1
        if not self._under_way[network]:
            del self._under_way[network]
        self._stand_behind(network)

    def _stand_behind(self, network: str) -> None:
        if line := self._lines.pop(network, None):
            self._lines[network] = line

    def _first_of(self, length: int) -> str:
        return next(network for network, line in self._lines.items() if len(line) == length)
