"""A rule: a condition and an effect, the same value however it was written."""

from dataclasses import dataclass

from pop3lab.rules.behaviour import Behaviour, Effect
from pop3lab.rules.conditions import ALWAYS, AnyOf, Condition
from pop3lab.rules.target import Target

ARROW = "->"


@dataclass(frozen=True)
class Rule:
    """A condition and an effect.

    `str(rule)` is its text, such as `RETR 2 nth=1 -> cut-after 512 then reset`. A rule that always
    holds is written as its effect alone, such as `uidl-unsupported`.

    Attributes:
        effect: The quirk, fault or attack, with its values.
        condition: When the rule holds.
        target: The part of the reply that it changes, or None for all of it.
        times: How often it takes effect at most, or None for any number.
    """

    effect: Effect
    condition: Condition = ALWAYS
    target: Target | None = None
    times: int | None = None

    @property
    def behaviour(self) -> Behaviour:
        """The quirk, fault or attack that is its effect."""
        return self.effect.behaviour

    @property
    def always(self) -> bool:
        """Whether it has no condition, target or limit."""
        return not self.condition_text

    @property
    def changes(self) -> bool:
        """Whether it may hold now and not the next time in the same situation."""
        return self.condition.counts or self.times is not None

    @property
    def condition_text(self) -> str:
        """The condition as text; empty if the rule always holds."""
        extra = [str(self.target)] if self.target else []
        extra += [f"times={self.times}"] if self.times else []
        condition = str(self.condition)
        grouped = f"({condition})" if extra and isinstance(self.condition, AnyOf) else condition
        return " ".join([grouped, *extra] if grouped else extra)

    def __str__(self) -> str:
        return str(self.effect) if self.always else f"{self.condition_text} {ARROW} {self.effect}"
