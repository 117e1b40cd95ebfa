"""All rules about a line, each asked only when the facts that it goes by are sure."""

from collections.abc import Callable, Iterator

from pop3lab.watch.violations.arguments import check_arguments
from pop3lab.watch.violations.attempts import check_attempts
from pop3lab.watch.violations.credentials import check_credentials
from pop3lab.watch.violations.lines import check_octets
from pop3lab.watch.violations.messages import check_messages
from pop3lab.watch.violations.pipelining import check_pipelining
from pop3lab.watch.violations.responses import check_response
from pop3lab.watch.violations.states import check_state
from pop3lab.watch.violations.tls import check_tls
from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

Rule = Callable[[Said, Seen], Iterator[Violation]]

_ALWAYS: tuple[Rule, ...] = (check_octets,)
_IN_STEP: tuple[Rule, ...] = (check_arguments, check_pipelining, check_tls, check_credentials)
_ANSWERED: tuple[Rule, ...] = (check_state, check_response, check_attempts, check_messages)


def check(said: Said, seen: Seen) -> Iterator[Violation]:
    """What the line breaks. Of an early one it is not known what the client thought it knew."""
    rules = _ALWAYS
    if seen.in_step:
        rules += _IN_STEP if said.early else _IN_STEP + _ANSWERED
    for rule in rules:
        yield from rule(said, seen)
