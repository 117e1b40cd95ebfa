"""Conditions to wait for, and the error if they are not met in time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pop3lab.observe.session_record import SessionRecord

_Records = Sequence[SessionRecord]
Amount = int | Collection[str]  # at least this many, or these
_MOST = 10  # names listed in a message


class WaitTimeout(AssertionError):
    """A wait timed out. The text shows the missing conditions, and the status of each session."""


class WaitCondition(NamedTuple):
    """A condition to wait for. found: returns what has been found so far."""

    meaning: str
    wanted: Amount
    found: Callable[[_Records], list[str]]

    def met(self, records: _Records) -> bool:
        """Whether enough has been found."""
        found = self.found(records)
        if isinstance(self.wanted, int):
            return len(found) >= self.wanted
        return set(self.wanted) <= set(found)

    def progress(self, records: _Records) -> str:
        """Describe the progress: `2 of 3 retrieved: A-1, A-2`."""
        found = self.found(records)
        if isinstance(self.wanted, int):
            text = f"{len(found)} of {self.wanted} {self.meaning}"
        else:
            there = set(found)
            missing = [one for one in dict.fromkeys(self.wanted) if one not in there]
            most = len(set(self.wanted))
            text = f"{most - len(missing)} of {most} {self.meaning}"
            text += f", not {_last(missing)}" if missing else ""
        return f"{text}: {_last(found)}" if found else text


def _last(of: Sequence[str]) -> str:
    before = [f"{len(of) - _MOST} others"] if len(of) > _MOST else []
    return ", ".join([*before, *of[-_MOST:]])


def wait_conditions(
    *,
    sessions: int | None = None,
    logins: Amount | None = None,
    retrieved: Amount | None = None,
    deleted: Amount | None = None,
    commands: Mapping[str, int] | None = None,
) -> list[WaitCondition]:
    """Return a condition for each given argument.

    Raises TypeError if there is none, or for a value that can't be counted.
    """
    given: list[tuple[str, Amount | None, Callable[[_Records], list[str]]]] = [
        ("sessions closed", _number("sessions", sessions), _closed),
        ("logins", _wanted("logins", logins), _users),
        ("retrieved", _wanted("retrieved", retrieved), _retrieved),
        ("deleted", _wanted("deleted", deleted), _deleted),
        *((verb, _number(f"commands: {verb}", n), _sent(verb)) for verb, n in _each(commands)),
    ]
    wanted = [
        WaitCondition(name, number, found) for name, number, found in given if number is not None
    ]
    if not wanted:
        raise TypeError("nothing to wait for: write wait(sessions=1) or wait(retrieved=3)")
    return wanted


def _wanted(name: str, given: Amount | None) -> Amount | None:
    """Return the amount; a single name becomes a set."""
    if given is None or isinstance(given, int):
        return _number(name, given)
    if isinstance(given, str):
        return {given}
    if isinstance(given, bytes) or not isinstance(given, Collection):
        raise TypeError(f"{name}={given!r}: write a number, or a list of texts as ['1', '2']")
    for one in given:
        if not isinstance(one, str):
            raise TypeError(
                f"{name}: {one!r} is not a text: write {str(one)!r}, or how many there are"
            )
    return given


def _number(name: str, given: int | None) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and given >= 0):
        return given
    raise TypeError(f"{name}={given!r}: write a number, 0 or more")


def _each(commands: Mapping[str, int] | None) -> Collection[tuple[str, int]]:
    if isinstance(commands, Mapping | None):
        return (commands or {}).items()
    raise TypeError(f"commands={commands!r}: write how often which verb, as {{'RETR': 3}}")


def _closed(records: _Records) -> list[str]:
    return [f"session {record.number}" for record in records if record.closed]


def _users(records: _Records) -> list[str]:
    return [record.user for record in records if record.user is not None]


def _retrieved(records: _Records) -> list[str]:
    return [uid for record in records for uid in record.retrieved]


def _deleted(records: _Records) -> list[str]:
    return [uid for record in records for uid in record.deleted]


def _sent(verb: str) -> Callable[[_Records], list[str]]:
    def found(records: _Records) -> list[str]:
        return [
            line for r in records for line in r.lines if line.upper().split(" ")[0] == verb.upper()
        ]

    return found


def timeout_error(why: str, wanted: Sequence[WaitCondition], records: _Records) -> WaitTimeout:
    """Return the error for the conditions that are not met. why: such as `after 5 s`."""
    lacking = [one.progress(records) for one in wanted if not one.met(records)]
    first, *others = lacking or ["too late"]
    return WaitTimeout("; ".join([f"{why}, {first}", *others, *describe(records)]))


def describe(records: _Records) -> Iterator[str]:
    """Yield a clause for each session; only the last five if there are more."""
    if not records:
        yield "nobody has connected"
    if len(records) > 5:
        yield f"{len(records) - 5} sessions before these"
    for record in records[-5:]:
        yield f"session {record.number} {record.status}"
