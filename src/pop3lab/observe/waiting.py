"""Conditions to wait for, and the error if they are not met in time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.session_recorder import Counted, SessionRecords

Amount = int | Collection[str]  # at least this many, or these
_MOST = 10  # names listed in a message
_MOST_SESSIONS = 5


class WaitTimeout(AssertionError):
    """A wait timed out. The text shows the missing conditions, and the status of each session."""


class Progress(NamedTuple):
    """What has been found so far. names: in sessions with a record. past: in those without."""

    names: list[str]
    past: Counted

    @property
    def times(self) -> int:
        """How much that is."""
        return len(self.names) + self.past.times

    def missing(self, wanted: Collection[str]) -> list[str]:
        """Return the names that are wanted and not found, each once."""
        names = set(self.names)
        one_each = dict.fromkeys(wanted)
        return [one for one in one_each if one not in names and one not in self.past.names]


class WaitCondition(NamedTuple):
    """A condition to wait for. found: returns what has been found so far."""

    meaning: str
    wanted: Amount
    found: Callable[[SessionRecords], Progress]

    def met(self, records: SessionRecords) -> bool:
        """Whether enough has been found."""
        found = self.found(records)
        if isinstance(self.wanted, int):
            return found.times >= self.wanted
        return not found.missing(self.wanted)

    def progress(self, records: SessionRecords) -> str:
        """Describe the progress: `2 of 3 retrieved: A-1, A-2`."""
        found = self.found(records)
        if isinstance(self.wanted, int):
            text = f"{found.times} of {self.wanted} {self.meaning}"
        else:
            missing, most = found.missing(self.wanted), len(set(self.wanted))
            text = f"{most - len(missing)} of {most} {self.meaning}"
            text += f", not {_last(missing)}" if missing else ""
        return f"{text}: {_last(found.names, found.past.times)}" if found.times else text


def _last(of: Sequence[str], before: int = 0) -> str:
    """Return the last names. before: how many came before these."""
    others = before + max(0, len(of) - _MOST)
    return ", ".join([f"{others} others"] * bool(others) + [*of[-_MOST:]])


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
    given: list[tuple[str, Amount | None, Callable[[SessionRecords], Progress]]] = [
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


def _closed(records: SessionRecords) -> Progress:
    closed = [f"session {record.number}" for record in records.kept if record.closed]
    return Progress(closed, records.past.closed)


def _users(records: SessionRecords) -> Progress:
    users = [record.user for record in records.kept if record.user is not None]
    return Progress(users, records.past.users)


def _retrieved(records: SessionRecords) -> Progress:
    retrieved = [uid for record in records.kept for uid in record.retrieved]
    return Progress(retrieved, records.past.retrieved)


def _deleted(records: SessionRecords) -> Progress:
    return Progress(
        [uid for record in records.kept for uid in record.deleted], records.past.deleted
    )


def _sent(verb: str) -> Callable[[SessionRecords], Progress]:
    wanted = verb.upper()

    def found(records: SessionRecords) -> Progress:
        lines = [line for record in records.kept for line in record.lines]
        own = [line for line in lines if line.upper().split(" ")[0] == wanted]
        return Progress(own, records.past.commands(wanted))

    return found


def timeout_error(
    why: str, wanted: Sequence[WaitCondition], records: SessionRecords
) -> WaitTimeout:
    """Return the error for the conditions that are not met. why: such as `after 5 s`."""
    lacking = [one.progress(records) for one in wanted if not one.met(records)]
    first, *others = lacking or ["too late"]
    return WaitTimeout("; ".join([f"{why}, {first}", *others, *describe(records)]))


def describe(records: Sequence[SessionRecord], places: Sequence[int] = ()) -> Iterator[str]:
    """Yield a clause for each session; only the last five if there are more.

    places: of the sessions, 1 for the first; all by default.
    """
    shown = places or range(1, len(records) + 1)
    if not shown:
        yield "nobody has connected"
    if len(shown) > _MOST_SESSIONS:
        yield f"{len(shown) - _MOST_SESSIONS} sessions before these"
    for place in shown[-_MOST_SESSIONS:]:
        yield _status(records, place)


def _status(records: Sequence[SessionRecord], place: int) -> str:
    try:
        record = records[place - 1]
    except LookupError as past:
        return str(past)
    return f"session {record.number} {record.status}"
