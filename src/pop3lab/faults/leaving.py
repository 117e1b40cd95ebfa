"""Rules that leave another one nothing to work on, found before the first session."""

from collections.abc import Iterable
from typing import NamedTuple

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


class Made(NamedTuple):
    """A rule, and the script that is made for it."""

    rule: Rule
    script: Script


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
    if not taker.rule.what.kind.takes and type(taker.script).commands is Script.commands:
        return ""
    taken = _taken(taker, left)
    if not taken:
        return ""
    lost = [wanted for wanted in _wanted(left) if wanted and wanted <= taken]
    return " or ".join(sorted(lost[0] - {RESPONSES})) if lost else ""


def _wanted(left: Made) -> list[set[str]]:
    """What it needs, each with what does as well."""
    what, on = left.rule.what, _verbs(left)
    wanted = [what.versions(text, on) for text in what.kind.needs]
    elsewhere = type(left.script).line is not Script.line or bends_maildrop(left.script)
    if not elsewhere and not what.kind.refusals:
        own = own_verbs(left.script)
        # A verb that is its own is not taken with those of the book.
        wanted += [own] if own <= {*COMMANDS, RESPONSES} else []
    return wanted


def _taken(taker: Made, left: Made) -> set[str]:
    """What there is not for it: commands that are obeyed, and more."""
    rule = taker.rule
    if rule.aim or rule.times is not None or not _is_of_verbs(rule.when):
        return set()
    on = _verbs(taker)
    texts = rule.what.kind.takes
    if rule.when != ALWAYS and not _verbs(left) <= on:
        # What it takes for its commands, it takes of them whatever the other is about.
        return set().union(*(rule.what.versions(text, on) for text in texts if _ON in text))
    table = taker.script.commands(COMMANDS)
    taken = {verb for verb in COMMANDS if not is_obeyed(table.get(verb))}
    taken = taken.union(*(rule.what.versions(text, on) for text in texts))
    return taken | ({RESPONSES} if _AUTH in taken else set())


def _verbs(made: Made) -> set[str]:
    """The verbs about which it is, if it is not about all."""
    return met_verbs(made.rule.when) or own_verbs(made.script)


def _is_of_verbs(when: When) -> bool:
    """Whether it is a condition of verbs, or none."""
    if isinstance(when, AnyOf):
        return all(_is_of_verbs(member) for member in when.members)
    return when == ALWAYS or (isinstance(when, Command) and when.number is None)
