"""What can be waited for, and what is said when it does not come."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pop3lab.watch.sessions import SessionRecord

Records = Sequence[SessionRecord]
Wanted = int | Collection[str]  # so many at least, or these


class WaitTimeout(AssertionError):
    """What was waited for did not come; the text says what did."""


class Goal(NamedTuple):
    """Something to wait for. found: as much of it as there is."""

    meaning: str
    wanted: Wanted
    found: Callable[[Records], list[str]]

    def met(self, records: Records) -> bool:
        """Whether there is enough."""
        found = self.found(records)
        if isinstance(self.wanted, int):
            return len(found) >= self.wanted
        return set(self.wanted) <= set(found)

    def progress(self, records: Records) -> str:
        """How near it is: `2 of 3 retrieved: A-1, A-2`."""
        found = self.found(records)
        if isinstance(self.wanted, int):
            done, most = len(found), self.wanted
        else:
            done, most = len({*self.wanted} & {*found}), len({*self.wanted})
        told = f"{done} of {most} {self.meaning}"
        if not isinstance(self.wanted, int):
            missing = [uid for uid in self.wanted if uid not in found]
            told += f", not {', '.join(missing)}" if missing else ""
        return f"{told}: {', '.join(found)}" if found else told


def goals(
    *,
    sessions: int | None = None,
    logins: Wanted | None = None,
    retrieved: Wanted | None = None,
    deleted: Wanted | None = None,
    commands: Mapping[str, int] | None = None,
) -> list[Goal]:
    """A goal for each that is given. Raises TypeError if none is."""
    given: list[tuple[str, Wanted | None, Callable[[Records], list[str]]]] = [
        ("sessions over", sessions, _over),
        ("logins", logins, lambda records: [r.user for r in records if r.user is not None]),
        ("retrieved", retrieved, lambda records: [uid for r in records for uid in r.retrieved]),
        ("deleted", deleted, lambda records: [uid for r in records for uid in r.deleted]),
    ]
    wanted = [Goal(name, number, found) for name, number, found in given if number is not None]
    wanted += [Goal(verb, times, _sent(verb)) for verb, times in (commands or {}).items()]
    if not wanted:
        raise TypeError("what to wait for? as in wait(sessions=1) or wait(retrieved=3)")
    return [
        goal._replace(wanted={goal.wanted}) if isinstance(goal.wanted, str) else goal
        for goal in wanted
    ]


def _over(records: Records) -> list[str]:
    return [f"session {record.number}" for record in records if record.over]


def _sent(verb: str) -> Callable[[Records], list[str]]:
    def found(records: Records) -> list[str]:
        return [
            line for r in records for line in r.lines if line.upper().split(" ")[0] == verb.upper()
        ]

    return found


def timed_out(seconds: float, wanted: Sequence[Goal], records: Records) -> WaitTimeout:
    """What is said after so many seconds."""
    missed = [goal.progress(records) for goal in wanted if not goal.met(records)]
    return WaitTimeout(
        "; ".join([f"after {seconds:g} s, {missed[0]}", *missed[1:], *told(records)])
    )


def told(records: Records) -> Iterator[str]:
    """A clause for each session, the last few of many."""
    if not records:
        yield "nobody has connected"
    if len(records) > 5:
        yield f"{len(records) - 5} sessions before these"
    for record in records[-5:]:
        yield f"session {record.number} {record.standing}"
