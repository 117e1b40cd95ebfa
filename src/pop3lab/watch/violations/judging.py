"""All rules about a line, each asked only when the facts that it goes by are sure."""

from collections.abc import Callable, Iterator

from pop3lab.watch.violations import (
    arguments,
    attempts,
    credentials,
    lines,
    messages,
    pipelining,
    responses,
    states,
    tls,
)
from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

Rule = Callable[[Said, Seen], Iterator[Violation]]

_ALWAYS: tuple[Rule, ...] = (lines.judge,)
_IN_STEP: tuple[Rule, ...] = (arguments.judge, pipelining.judge, tls.judge, credentials.judge)
_ANSWERED: tuple[Rule, ...] = (states.judge, responses.judge, attempts.judge, messages.judge)


def judge(said: Said, seen: Seen) -> Iterator[Violation]:
    """What the line breaks. Of an early one it is not known what the client thought it knew."""
    rules = _ALWAYS
    if seen.in_step:
        rules += _IN_STEP if said.early else _IN_STEP + _ANSWERED
    for rule in rules:
        yield from rule(said, seen)
