"""Finds rules that can't be combined, before the first session."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from pop3lab.core.actions import Part
from pop3lab.core.command import COMMANDS, OF_ONE_LINE
from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import CONNECT, GREETING, SILENCE, State
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.command_wrappers import is_obeyed
from pop3lab.rules.condition_scope import RESPONSES, is_of_both, met_verbs, reached_verbs, states_of
from pop3lab.rules.conditions import ALWAYS, AnyOf, Chance, CommandIs, Condition, Nth, written
from pop3lab.rules.rule import Rule
from pop3lab.rules.satisfiable import may_meet, why_never
from pop3lab.rules.session_rule import LOGIN, changes_maildrop
from pop3lab.rules.smtp_rule import check_smtp_rule, is_for_smtp


def check_beside(rule: Rule, others: Iterable[Rule]) -> None:
    """Check that a rule can be combined with others. Raises ConfigError with the reason."""
    for other in others:
        reason = _between(rule, other)
        if reason:
            raise ConfigError(f"{str(other)!r} and {str(rule)!r} can't stand together: {reason}")


def _between(rule: Rule, other: Rule) -> str:
    one, two = rule.behaviour, other.behaviour
    against = one.name in two.against or two.name in one.against
    both = rule.effect.aspects & other.effect.aspects
    if not (against or both) or not _may_meet(rule, other):
        return ""
    if against:
        taker, left = (one, two) if one.name in two.against else (two, one)
        return f"{taker.name} leaves {left.name} nothing to work on"
    return f"both decide {min(both)}; give each a condition of its own"


def _may_meet(rule: Rule, other: Rule) -> bool:
    """Whether both rules can hold for the same exchange, as far as their conditions tell.

    Rules that depend on chance or on different counters may be combined: if they meet, the later
    one, next to the wire, wins.
    """
    one, two = met_verbs(rule.condition), met_verbs(other.condition)
    if one is not None and two is not None and not one & two:
        return False
    if (
        rule.target
        and other.target
        and rule.target.name == other.target.name
        and rule.target != other.target
    ):
        return False
    terms, others = list(rule.condition.terms()), list(other.condition.terms())
    if any(isinstance(term, Chance) for term in terms + others) or _counted_apart(terms, others):
        return False
    return may_meet(rule.condition, other.condition)


def _counted_apart(terms: list[Condition], others: list[Condition]) -> bool:
    nths = [[t.range for t in some if isinstance(t, Nth)] for some in (terms, others)]
    if not all(nths):
        return False
    beside = [[str(t) for t in some if not isinstance(t, Nth)] for some in (terms, others)]
    return beside[0] != beside[1] or not all(a.meets(b) for a in nths[0] for b in nths[1])


# Checks that a rule can take effect at all.


def check_fit(active: ActiveRule, before: Iterable[ActiveRule]) -> None:
    """Check that a rule can take effect after the others. Raises ConfigError with the reason."""
    rule = active.rule
    if is_for_smtp(rule):
        check_smtp_rule(rule)
        return
    if rule.target and type(active.hooks).actions is Hooks.actions:
        raise ConfigError(
            f"{rule.behaviour.name} changes what is said, not how it is sent: "
            f"{rule.target} has no meaning for it"
        )
    verbs = reached_verbs(rule.condition)
    if is_of_both(rule.condition):
        raise ConfigError(
            f"{rule.condition_text!r} is about commands and about silence: give a rule for each"
        )
    if verbs == set():
        raise ConfigError(f"no command is all of {rule.condition_text!r}: put or between the verbs")
    _check_state(active, verbs)
    if reason := why_never(rule.condition):
        raise ConfigError(f"{rule.condition_text!r} never holds: {reason}")
    _check_place(active, before)
    if changes_maildrop(active.hooks):
        if verbs is not None and LOGIN.verb not in verbs:
            raise ConfigError(
                f"{rule.behaviour.name} changes the maildrop, which is opened at LOGIN: "
                f"{rule.condition_text!r} never holds then"
            )
    else:
        _check_verbs(active, verbs)


def _check_state(active: ActiveRule, verbs: set[str] | None) -> None:
    """Check that the rule can hold in some state. Raises ConfigError.

    Any command can arrive in any state, because a client may be wrong.
    """
    text, states = active.rule.condition_text, states_of(active.rule.condition)
    if not states:
        raise ConfigError(f"a session is in one state at a time: {text!r} never holds")
    at = {LOGIN.verb} if changes_maildrop(active.hooks) else verbs
    if at is not None and at <= _BEFORE_LOGIN and State.AUTHORIZATION.value not in states:
        where = " and ".join(sorted(map(written, at)))
        raise ConfigError(f"AUTHORIZATION is the state at {where}: {text!r} never holds then")


_BEFORE_LOGIN = {CONNECT.verb, GREETING.verb, LOGIN.verb}


def _check_place(active: ActiveRule, before: Iterable[ActiveRule]) -> None:
    """Check that some reply can have the target. Raises ConfigError.

    The lines and octets of a reply depend on other rules and on the messages, so they are not
    checked.
    """
    target, verbs = active.rule.target, met_verbs(active.rule.condition)
    if target is None or verbs is None:
        return
    if verbs <= {CONNECT.verb, SILENCE.verb}:
        where = "at CONNECT" if CONNECT.verb in verbs else "in silence"
        raise ConfigError(
            f"{where} nothing is answered: {active.rule.condition_text!r} never holds"
        )
    several = target.value in (Part.BODY.value, Part.END.value)
    if several and verbs <= _OF_ONE_LINE and not any(_answers(a.hooks, verbs) for a in before):
        where = " and ".join(sorted(map(written, verbs)))
        raise ConfigError(
            f"{where} is answered by one line, its head: {active.rule.condition_text!r} never holds"
        )


# Commands with one-line replies (RFC 1939, RFC 2595, RFC 6856), and the greeting.
_OF_ONE_LINE = {GREETING.verb, CONNECT.verb, *OF_ONE_LINE}


def _answers(hooks: Hooks, verbs: set[str]) -> bool:
    """Whether the hooks may change the reply to one of these verbs to several lines."""
    return hooks.replies is None or bool(verbs.intersection(hooks.replies))


def _check_verbs(active: ActiveRule, verbs: set[str] | None) -> None:
    """Check that the hooks act on a verb of the condition. Raises ConfigError."""
    own = _own_verbs(active.hooks)
    if own and verbs is not None and not own & verbs:
        name, where = active.rule.behaviour.name, ", ".join(sorted(map(written, own)))
        raise ConfigError(
            f"{name} is about {where}: {active.rule.condition_text!r} never holds then"
        )


def _own_verbs(hooks: Hooks) -> set[str]:
    """Return the verbs that the hooks act on; empty if these may be all."""
    replies, sends = hooks.replies, hooks.sends
    if replies is None or sends is None:
        return set()
    table = hooks.commands(COMMANDS)
    changed = {v for v in COMMANDS.keys() | table.keys() if table.get(v) is not COMMANDS.get(v)}
    responses = {RESPONSES} if "AUTH" in (*replies, *sends) else set()
    return changed.union(replies, sends, responses)


# Rules that leave another nothing to act on.

_AUTH = "AUTH"
_ON = "{on}"


class RuleFootprint:
    """What a rule removes and what it requires."""

    def __init__(self, rule: Rule, hooks: Hooks) -> None:
        self.rule = rule
        self.hooks = hooks

    @cached_property
    def verbs(self) -> set[str]:
        """The verbs that it acts on; empty for all."""
        return met_verbs(self.rule.condition) or _own_verbs(self.hooks)

    @cached_property
    def takes(self) -> bool:
        """Whether it may remove something while it holds."""
        rule = self.rule
        may = bool(rule.behaviour.takes) or type(self.hooks).commands is not Hooks.commands
        return may and not rule.target and rule.times is None and _is_of_verbs(rule.condition)

    @cached_property
    def taken(self) -> set[str]:
        """What it removes: commands and other things."""
        table = self.hooks.commands(COMMANDS)
        taken = {verb for verb in COMMANDS if not is_obeyed(table.get(verb))}
        taken = taken.union(*self._versions(self.rule.behaviour.takes))
        return taken | ({RESPONSES} if _AUTH in taken else set())

    @cached_property
    def taken_of_its_verbs(self) -> set[str]:
        """What it removes of its own commands, even where another rule holds more widely."""
        return set().union(*self._versions(t for t in self.rule.behaviour.takes if _ON in t))

    @cached_property
    def wanted(self) -> list[set[str]]:
        """What it requires: a list of sets, any member of which suffices."""
        effect = self.rule.effect
        wanted = list(self._versions(effect.behaviour.needs))
        elsewhere = type(self.hooks).line is not Hooks.line or changes_maildrop(self.hooks)
        if not elsewhere and not effect.behaviour.refusals:
            own = _own_verbs(self.hooks)
            # A verb that the rule adds itself is not removed with the standard ones.
            wanted += [own] if own <= {*COMMANDS, RESPONSES} else []
        return wanted

    def _versions(self, texts: Iterable[str]) -> Iterator[set[str]]:
        return (self.rule.effect.versions(text, self.verbs) for text in texts)


def check_left_over(footprint: RuleFootprint, others: Iterable[RuleFootprint]) -> None:
    """Check that no rule leaves another nothing to act on. Raises ConfigError."""
    for other in others:
        for taker, left in ((footprint, other), (other, footprint)):
            if missing := _lacking(taker, left):
                one, two = taker.rule.behaviour.name, left.rule.behaviour.name
                raise ConfigError(
                    f"{str(other.rule)!r} and {str(footprint.rule)!r} can't stand together: "
                    f"where {one} holds there is no {missing}, so that {two} has nothing to work "
                    f"on; leave one of them out, or let {one} hold less often"
                )


def _lacking(taker: RuleFootprint, left: RuleFootprint) -> str:
    """Return what taker removes that left requires; empty if nothing."""
    if not taker.takes:
        return ""
    partly = taker.rule.condition != ALWAYS and not left.verbs <= taker.verbs
    taken = taker.taken_of_its_verbs if partly else taker.taken
    lost = [wanted for wanted in left.wanted if wanted and wanted <= taken] if taken else []
    return " or ".join(sorted(lost[0] - {RESPONSES})) if lost else ""


def _is_of_verbs(condition: Condition) -> bool:
    """Whether the condition consists of verbs only, or is empty."""
    if isinstance(condition, AnyOf):
        return all(_is_of_verbs(member) for member in condition.members)
    return condition == ALWAYS or (isinstance(condition, CommandIs) and condition.number is None)
