"""Whether a rule fits what it does: whether there is anything for which it could take effect."""

from collections.abc import Iterable

from pop3lab.core.actions import Part
from pop3lab.core.commands import COMMANDS, OF_ONE_LINE
from pop3lab.core.errors import ConfigError
from pop3lab.core.exchange import CONNECT, GREETING, SILENCE, State
from pop3lab.core.script import Script
from pop3lab.faults.active import Active
from pop3lab.faults.possible import why_never
from pop3lab.faults.reach import RESPONSES, is_of_both, met_verbs, reached_verbs, states_of
from pop3lab.faults.visit import LOGIN, bends_maildrop
from pop3lab.faults.when import written


def check_fit(active: Active, before: Iterable[Active]) -> None:
    """Whether it may ever take effect, behind these. Raises ConfigError that says why not."""
    rule = active.rule
    if rule.aim and type(active.script).actions is Script.actions:
        raise ConfigError(
            f"{rule.what.kind.name} bends what is said, not how it is sent: "
            f"{rule.aim} has no meaning for it"
        )
    verbs = reached_verbs(rule.when)
    if is_of_both(rule.when):
        raise ConfigError(
            f"{rule.condition!r} is about commands and about silence: give a rule for each"
        )
    if verbs == set():
        raise ConfigError(f"no command is all of {rule.condition!r}: put or between the verbs")
    _check_state(active, verbs)
    if reason := why_never(rule.when):
        raise ConfigError(f"{rule.condition!r} never holds: {reason}")
    _check_place(active, before)
    if bends_maildrop(active.script):
        if verbs is not None and LOGIN.verb not in verbs:
            raise ConfigError(
                f"{rule.what.kind.name} bends the maildrop, which is opened at LOGIN: "
                f"{rule.condition!r} never holds then"
            )
    else:
        _check_verbs(active, verbs)


def _check_state(active: Active, verbs: set[str] | None) -> None:
    """Whether there is an exchange in a state for which the rule holds.

    Any command can come in any state: the client may be wrong. Raises ConfigError.
    """
    condition, states = active.rule.condition, states_of(active.rule.when)
    if not states:
        raise ConfigError(f"a session is in one state at a time: {condition!r} never holds")
    at = {LOGIN.verb} if bends_maildrop(active.script) else verbs
    if at is not None and at <= _BEFORE_LOGIN and State.AUTHORIZATION.value not in states:
        where = " and ".join(sorted(map(written, at)))
        raise ConfigError(f"AUTHORIZATION is the state at {where}: {condition!r} never holds then")


_BEFORE_LOGIN = {CONNECT.verb, GREETING.verb, LOGIN.verb}


def _check_place(active: Active, before: Iterable[Active]) -> None:
    """Whether there is an answer with such a place. Raises ConfigError.

    Which lines and octets there are depends on what else is in force, and on the messages.
    """
    aim, verbs = active.rule.aim, met_verbs(active.rule.when)
    if aim is None or verbs is None:
        return
    if verbs <= {CONNECT.verb, SILENCE.verb}:
        where = "at CONNECT" if CONNECT.verb in verbs else "in silence"
        raise ConfigError(f"{where} nothing is answered: {active.rule.condition!r} never holds")
    several = aim.value in (Part.BODY.value, Part.END.value)
    if several and verbs <= _OF_ONE_LINE and not any(_answers(a.script, verbs) for a in before):
        where = " and ".join(sorted(map(written, verbs)))
        raise ConfigError(
            f"{where} is answered by one line, its head: {active.rule.condition!r} never holds"
        )


# The commands whose answer has one line (RFC 1939, RFC 2595, RFC 6856), and the greeting.
_OF_ONE_LINE = {GREETING.verb, CONNECT.verb, *OF_ONE_LINE}


def _answers(script: Script, verbs: set[str]) -> bool:
    """Whether what it has answered to one of these verbs may have other lines."""
    return script.replies is None or bool(verbs.intersection(script.replies))


def _check_verbs(active: Active, verbs: set[str] | None) -> None:
    """Whether there is an exchange for which the rule holds, and in which its script does a thing.

    Raises ConfigError.
    """
    own = own_verbs(active.script)
    if own and verbs is not None and not own & verbs:
        name, where = active.rule.what.kind.name, ", ".join(sorted(map(written, own)))
        raise ConfigError(f"{name} is about {where}: {active.rule.condition!r} never holds then")


def own_verbs(script: Script) -> set[str]:
    """The verbs that it is about; none if it may be about all."""
    replies, sends = script.replies, script.sends
    if replies is None or sends is None:
        return set()
    table = script.commands(COMMANDS)
    changed = {v for v in COMMANDS.keys() | table.keys() if table.get(v) is not COMMANDS.get(v)}
    responses = {RESPONSES} if "AUTH" in (*replies, *sends) else set()
    return changed.union(replies, sends, responses)
