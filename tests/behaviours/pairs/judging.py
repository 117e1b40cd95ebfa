"""Whether two behaviours show beside each other, and if one does not, whether it could."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from random import Random
from typing import NamedTuple

from pop3lab.core.actions import Action, OffloadNext, Send, Verify
from pop3lab.core.request import State
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.pairs.dialogues import DIALOGUES
from tests.behaviours.pairs.playing import Place, Playing, Step, Trace
from tests.behaviours.pairs.small import RULES
from tests.dialogue import sent

Seen = Sequence[Trace]  # what came back in each dialogue


class Unchecked(Rules):
    """Rules that stand together although they would be refused."""

    def add(self, rule: Rule, *, expected: bool = True) -> ActiveRule:
        script = rule.effect.hooks(self.server)
        active = ActiveRule(rule, script, Random(f"{self.seed} {rule}"), self._now, expected)
        self.active.append(active)
        self._changed()
        return active


def play(nth: int, *names: str, checked: bool = True) -> Trace:
    """A dialogue under these behaviours. Raises ConfigError if they are refused."""
    made = Rules if checked else Unchecked
    return Playing(made([RULES[name] for name in names], seed=1)).play(DIALOGUES[nth])


@cache
def alone(*names: str) -> Seen:
    """All dialogues under one behaviour, or none."""
    return [play(nth, *names) for nth in range(len(DIALOGUES))]


@cache
def nobodys(*names: str) -> Seen:
    """The same where there are no messages."""
    rules = [RULES[name] for name in names]
    return [Playing(Rules(rules, seed=1), MemoryStore()).play(one) for one in DIALOGUES]


@cache
def where(name: str) -> frozenset[int]:
    """The dialogues in which it shows."""
    return frozenset(nth for nth, book in enumerate(alone()) if alone(name)[nth] != book)


class Shows(NamedTuple):
    """Which of two show beside each other."""

    first: bool
    second: bool


BOTH = Shows(first=True, second=True)


def shown(one: str, two: str, *, checked: bool = True) -> Shows:
    """Which of them show, in this order. Raises ConfigError if they are refused."""
    first, second = alone(one), alone(two)
    shows = Shows(*[first == second] * 2)
    for nth in _likely(one, two):
        useful = (not shows.first and nth in where(one)) or (not shows.second and nth in where(two))
        if useful:
            both = play(nth, one, two, checked=checked)
            checked = False  # once is enough
            shows = Shows(shows.first or both != second[nth], shows.second or both != first[nth])
    return shows


def _likely(one: str, two: str) -> list[int]:
    """Dialogues in which either shows, those first in which it is told at once."""
    first, second = alone(one), alone(two)
    apart = where(one) ^ where(two)
    return sorted(
        where(one) | where(two),
        key=lambda nth: (nth in _SLOW, nth in apart, first[nth] == second[nth], len(alone()[nth])),
    )


# Those with a hash to compute
_SLOW = {nth for nth, one in enumerate(DIALOGUES) if any("SCRAM" in words for words in one)}


# Classes of exceptions, each found from what was seen of each alone


def ends_before(one: str, two: str) -> bool:
    """Whether the first ends the connection, or keeps the client out, before the other shows."""
    return not any(
        _is_reached(one, two, nth, place) for nth in where(two) for place in _firsts(two, nth)
    )


def shows_nothing_to(one: str, two: str) -> bool:
    """Whether the first shows an empty maildrop, in which the other has nothing to change."""
    shown_empty = _of_clients(alone(one)) == _of_clients(nobodys())
    return shown_empty and _of_clients(nobodys(two)) == _of_clients(nobodys())


_Told = tuple[State, State, list[Action | bytes]]


def _of_clients(seen: Seen) -> list[dict[Place, _Told]]:
    """What clients were told, where no message came but those of the beginning."""
    return [
        {place: _told(step) for place, step in trace.items() if place[0] < len(dialogue)}
        for trace, dialogue in zip(seen, DIALOGUES, strict=True)
        if all({"NEW", "COMES"}.isdisjoint(visit) for visit in dialogue)
    ]


def _told(step: Step) -> _Told:
    """Octets that follow each other are one, however they are sent."""
    told: list[Action | bytes] = []
    for sends, group in groupby(step.actions, lambda action: isinstance(action, Send)):
        actions = tuple(group)
        told += (sent(actions),) if sends else actions
    return step.before, step.after, told


EXCEPTIONS = (ends_before, shows_nothing_to)


@cache
def _firsts(name: str, nth: int) -> Sequence[Place]:
    """Where it first shows in each visit of a dialogue."""
    book, seen = alone()[nth], alone(name)[nth]
    changed = sorted(at for at in {*book, *seen} if book.get(at) != seen.get(at))
    return list({place[0]: place for place in reversed(changed)}.values())


def _is_reached(ender: str, other: str, nth: int, place: Place) -> bool:
    """Whether a session gets to where the other first shows in a visit."""
    seen, book = alone(ender)[nth].get(place), alone()[nth].get(place)
    if seen is None or any(visit < place[0] for visit in _cut_short(ender, nth)):
        return False
    if book is None:
        return True
    kept_out = seen.after != book.after and book.after is State.TRANSACTION
    if seen.before != book.before or kept_out:
        return False
    return not seen.ends or _differs_at(seen, book) > _shows_at(other, nth, place, book)


def _shows_at(name: str, nth: int, place: Place, book: Step) -> int:
    """How many octets of the book's answer come before it shows: in a status line, all of that."""
    status_line = len(book.octets.partition(b"\n")[0])
    shown = alone(name)[nth].get(place)
    return max(status_line, _differs_at(shown, book)) if shown else status_line


def _differs_at(one: Step, two: Step) -> int:
    """How many octets are the same in both, up to the first thing that is not."""
    streams = _stream(one), _stream(two)
    same = 0
    for a, b in zip(*streams, strict=False):
        if a != b:
            break
        same += 1
    return same


def _stream(step: Step) -> list[object]:
    """Octet by octet, and what else is done."""
    stream: list[object] = []
    for action in step.actions:
        if isinstance(action, Send):
            stream.extend(action.data)
        elif not isinstance(action, OffloadNext | Verify):
            stream.append(action)
    return stream


@cache
def _cut_short(name: str, nth: int) -> frozenset[int]:
    """The visits that it ends otherwise than the book does, or in which it lets nobody in."""
    book, seen = alone()[nth], alone(name)[nth]
    ended = {at[0] for at, step in seen.items() if step.ends and step != book.get(at)}
    return frozenset(ended | (_entered(book) - _entered(seen)))


def _entered(trace: Trace) -> set[int]:
    """The visits in which the client is let in."""
    return {at[0] for at, step in trace.items() if step.after is State.TRANSACTION}
