"""Rules that leave another one nothing to work on, found before the first session."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from pop3lab.core.commands import COMMANDS
from pop3lab.core.errors import ConfigError
from pop3lab.core.script import Script
from pop3lab.faults.bending.turns import is_obeyed
from pop3lab.faults.fitting import own_verbs
from pop3lab.faults.reach import RESPONSES, met_verbs
from pop3lab.faults.rule import Rule
from pop3lab.faults.visit import bends_maildrop
from pop3lab.faults.when import ALWAYS, AnyOf, Command, When

_AUTH = "AUTH"
_ON = "{on}"


class Made:
    """A rule, and the script that is made for it; what follows from these is found once."""

    def __init__(self, rule: Rule, script: Script) -> None:
        self.rule = rule
        self.script = script

    @cached_property
    def verbs(self) -> set[str]:
        """The verbs about which it is, if it is not about all."""
        return met_verbs(self.rule.when) or own_verbs(self.script)

    @cached_property
    def takes(self) -> bool:
        """Whether there may be anything that there is no more where it holds."""
        rule = self.rule
        may = bool(rule.what.kind.takes) or type(self.script).commands is not Script.commands
        return may and not rule.aim and rule.times is None and _is_of_verbs(rule.when)

    @cached_property
    def taken(self) -> set[str]:
        """What there is not where it holds: commands that are obeyed, and more."""
        table = self.script.commands(COMMANDS)
        taken = {verb for verb in COMMANDS if not is_obeyed(table.get(verb))}
        taken = taken.union(*self._versions(self.rule.what.kind.takes))
        return taken | ({RESPONSES} if _AUTH in taken else set())

    @cached_property
    def taken_of_its_verbs(self) -> set[str]:
        """What it takes of its own commands, whatever another rule is about."""
        return set().union(*self._versions(t for t in self.rule.what.kind.takes if _ON in t))

    @cached_property
    def wanted(self) -> list[set[str]]:
        """What it needs, each with what does as well."""
        what = self.rule.what
        wanted = list(self._versions(what.kind.needs))
        elsewhere = type(self.script).line is not Script.line or bends_maildrop(self.script)
        if not elsewhere and not what.kind.refusals:
            own = own_verbs(self.script)
            # A verb that is its own is not taken with those of the book.
            wanted += [own] if own <= {*COMMANDS, RESPONSES} else []
        return wanted

    def _versions(self, texts: Iterable[str]) -> Iterator[set[str]]:
        return (self.rule.what.versions(text, self.verbs) for text in texts)


def check_left(made: Made, others: Iterable[Made]) -> None:
    """Whether it leaves these something, and they it. Raises ConfigError that says why not."""
    for other in others:
        for taker, left in ((made, other), (other, made)):
            if missing := _missing(taker, left):
                one, two = taker.rule.what.kind.name, left.rule.what.kind.name
                raise ConfigError(
                    f"{str(other.rule)!r} and {str(made.rule)!r} can't stand together: "
                    f"where {one} holds there is no {missing}, so that {two} has nothing to work "
                    f"on; leave one of them out, or let {one} hold less often"
                )


def _missing(taker: Made, left: Made) -> str:
    """What there is not for it, or nothing."""
    if not taker.takes:
        return ""
    partly = taker.rule.when != ALWAYS and not left.verbs <= taker.verbs
    taken = taker.taken_of_its_verbs if partly else taker.taken
    lost = [wanted for wanted in left.wanted if wanted and wanted <= taken] if taken else []
    return " or ".join(sorted(lost[0] - {RESPONSES})) if lost else ""


def _is_of_verbs(when: When) -> bool:
    """Whether it is a condition of verbs, or none."""
    if isinstance(when, AnyOf):
        return all(_is_of_verbs(member) for member in when.members)
    return when == ALWAYS or (isinstance(when, Command) and when.number is None)
