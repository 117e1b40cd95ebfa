"""The verdict on a test, in sentences, besides what the test itself asserts."""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, Self, TypeVar

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.core.events import ViolationFound
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.rules import RuleScopes, unused_message

_T = TypeVar("_T")


class Verdict(NamedTuple):
    """Everything that is wrong at the end of a test.

    Attributes:
        errors: Errors of the server.
        unused_rules: Rules that never took effect.
        violations: Clients' violations of the RFCs.
        unfinished_rules: Conditions without do().
    """

    errors: tuple[BaseException, ...] = ()
    unused_rules: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    unfinished_rules: tuple[str, ...] = ()

    @property
    def failures(self) -> list[str]:
        """The errors of the server and the unfinished rules, which always fail the test."""
        return [*map(_failure, self.errors), *self.unfinished_rules]

    def plus(self, other: Self) -> "Verdict":
        """Return both together."""
        return Verdict(
            self.errors + other.errors,
            self.unused_rules + other.unused_rules,
            self.violations + other.violations,
            self.unfinished_rules + other.unfinished_rules,
        )

    def minus(self, reported: Self) -> "Verdict":
        """Return what has not been reported."""
        return Verdict(
            _less(self.errors, reported.errors, id),
            _less(self.unused_rules, reported.unused_rules, str),
            _less(self.violations, reported.violations, _violation_key),
            _less(self.unfinished_rules, reported.unfinished_rules, str),
        )


class _Told(str):
    """A sentence about one instance of a server: an equal one about another is not the same."""

    __slots__ = ("nth",)
    nth: int

    def __new__(cls, text: str, nth: int) -> Self:
        """nth: of the instances of the server."""
        told = super().__new__(cls, text)
        told.nth = nth
        return told


def _violation_key(told: str) -> Hashable:
    return getattr(told, "nth", 0), str(told)


def _verdict_of(instance: ServerInstance, rule_scopes: RuleScopes, nth: int) -> Verdict:
    """Return the verdict on one instance until now, the nth of the server."""
    unused = rule_scopes.unused(instance)
    told = tuple(_Told(text, nth) for text in _violations(instance))
    return Verdict(tuple(instance.errors), tuple(map(unused_message, unused)), told)


def _applied(instance: ServerInstance) -> Iterable[str]:
    """Return the messages of rules that took effect, as they would read if they had not."""
    return [unused_message(active) for active in instance.rules.active if active.hits]


def _less(
    mine: tuple[_T, ...], its: tuple[_T, ...], key: Callable[[_T], Hashable]
) -> tuple[_T, ...]:
    """Return mine without its, once for each time; the first ones go."""
    left = Counter(map(key, its))
    rest = []
    for one in mine:
        if left[key(one)]:
            left[key(one)] -= 1
        else:
            rest.append(one)
    return tuple(rest)


def _failure(error: BaseException) -> str:
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return f"the server failed: {type(error).__name__}: {error}{notes}"


def _violations(instance: ServerInstance) -> Iterable[str]:
    recorder = instance.sessions
    for violation in recorder.changes.look(lambda: recorder.violations):
        yield f"session {violation.session}: {_sentence(violation, instance.claims)}"


def _sentence(violation: ViolationFound, claims: Sequence[str]) -> str:
    row = VIOLATIONS[violation.id]
    return f"{row.id} ({row.level_for(claims)}, {row.clause}): {violation.meaning}"


_KEPT = 20  # transcripts


class VerdictLog:
    """The verdicts on earlier instances of a server, until they are reported.

    transcripts: of the last of those instances.
    """

    def __init__(self, rule_scopes: RuleScopes) -> None:
        self._rule_scopes = rule_scopes
        self.transcripts: deque[Transcript] = deque(maxlen=_KEPT)
        self._earlier = Verdict()
        self._applied: set[str] = set()
        self._reported = Verdict()  # of the current instance
        self._nth = 1  # of the instances, the current one

    def append(self, instance: ServerInstance) -> None:
        """Keep the verdict on an instance that is being replaced."""
        self._earlier = self._earlier.plus(self._of(instance).minus(self._reported))
        self._applied.update(_applied(instance))
        self._rule_scopes.instance_ended(instance)
        self._reported = Verdict()
        self._nth += 1
        if instance.sessions.records:
            self.transcripts.append(instance.sessions.transcript)

    def verdict(self, instance: ServerInstance) -> Verdict:
        """Return the verdict on all instances. A rule must take effect in one of them."""
        both = self._earlier.plus(self._of(instance))
        applied = self._applied.union(_applied(instance))
        unused = dict.fromkeys(both.unused_rules)
        return both._replace(
            unused_rules=tuple(message for message in unused if message not in applied),
            unfinished_rules=tuple(self._rule_scopes.unfinished),
        )

    def unseen(self, instance: ServerInstance) -> Verdict:
        """Return the verdict without errors and violations that were reported."""
        seen = self._reported._replace(unused_rules=(), unfinished_rules=())
        return self.verdict(instance).minus(seen)

    def _of(self, instance: ServerInstance) -> Verdict:
        return _verdict_of(instance, self._rule_scopes, self._nth)

    def mark_reported(self, instance: ServerInstance) -> None:
        """Forget what was reported, except unused rules of the current instance."""
        self._earlier = Verdict()
        self._applied.clear()
        self._reported = self._of(instance)
        self._rule_scopes.mark_reported()
        self.transcripts.clear()
