"""A rule: when it holds and what it does, one value however it was written."""

from dataclasses import dataclass

from pop3lab.rules.behaviour import Effect
from pop3lab.rules.conditions import ALWAYS, AnyOf, Condition
from pop3lab.rules.target import Target

ARROW = "->"


@dataclass(frozen=True)
class Rule:
    """When and what. times: how often it takes effect at most, None for any number.

    str is the rule as it is written, `RETR 2 nth=1 -> cut-after 512 then reset`; one that always
    holds is only what it does: `no-uidl`.
    """

    what: Effect
    when: Condition = ALWAYS
    aim: Target | None = None
    times: int | None = None

    @property
    def always(self) -> bool:
        """Whether it holds for all there is."""
        return not self.condition

    @property
    def changes(self) -> bool:
        """Whether it may hold now and not the next time, all else being the same."""
        return self.when.counts or self.times is not None

    @property
    def condition(self) -> str:
        """When, as it is written; empty if always."""
        extra = [str(self.aim)] if self.aim else []
        extra += [f"times={self.times}"] if self.times else []
        when = str(self.when)
        grouped = f"({when})" if extra and isinstance(self.when, AnyOf) else when
        return " ".join([grouped, *extra] if grouped else extra)

    def __str__(self) -> str:
        return str(self.what) if self.always else f"{self.condition} {ARROW} {self.what}"
