"""The rules of a server, as hooks for its sessions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import urandom
from random import Random

from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.state import SessionState
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.conditional import ConditionalHooks
from pop3lab.rules.conflicts import RuleFootprint, check_beside, check_fit, check_left_over
from pop3lab.rules.hook_chain import HookChain, chained
from pop3lab.rules.rule import Rule


def _nothing() -> None:
    pass


class Rules(Hooks):
    """The rules in force, in layers; within a layer, the last rule is next to the wire.

    Args:
        rules: The rules.
        profile: Rules before the others. They are not reported if they never take effect.
        seed: The seed for random choices; None for a random one.
        live: Rules can be added and removed while sessions are open. Changes of the command table
            then apply to later sessions, changes of the maildrop to later logins.

    on_change is called whenever other rules are in force.

    Raises:
        ConfigError: The rules can't be combined.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        *,
        profile: Iterable[Rule] = (),
        seed: int | None = None,
        live: bool = False,
    ) -> None:
        self.seed = int.from_bytes(urandom(4)) if seed is None else seed
        self.server = ServerContext()
        self.live = live
        self.on_change: Callable[[], None] = _nothing
        self.active: list[ActiveRule] = []
        self._footprints: dict[ActiveRule, RuleFootprint] = {}
        self.version = 0
        self._added = 0
        self._sessions = 0
        self._standing: set[ActiveRule] | None = None
        self._whole: Hooks | None = None
        self._first = tuple(profile), tuple(rules)
        self.reset()

    def reset(self) -> None:
        """Restore the initial rules; restart counters and random choices."""
        self.clear()
        profile, rules = self._first
        for rule in profile:
            self.add(rule, expected=False)
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule, *, expected: bool = True) -> ActiveRule:
        """Add a rule. Raises ConfigError if it can't be combined with the others."""
        check_beside(rule, [active.rule for active in self.active])
        # Each rule has its own generator, so that other rules do not influence it.
        random = Random(f"{self.seed} {rule}")  # noqa: S311 - to be repeated, not to be secret
        active = ActiveRule(rule, rule.effect.hooks(self.server), random, self._now, expected)
        check_fit(active, self.active)
        footprint = RuleFootprint(rule, active.hooks)
        check_left_over(footprint, self._footprints.values())
        self._added += 1
        active.number = self._added
        self.active.append(active)
        self._footprints[active] = footprint
        self._changed()
        return active

    def _now(self) -> float:
        return self.server.clock()

    def remove(self, active: ActiveRule) -> None:
        """Remove a rule, if it is in force."""
        if active in self.active:
            active.in_force = False
            self.active.remove(active)
            self._footprints.pop(active, None)
            self._changed()

    def clear(self) -> None:
        """Remove all rules; restart counters and random choices."""
        for active in self.active:
            active.in_force = False
        self.active = []
        self._footprints = {}
        self.server.random = Random(self.seed)  # noqa: S311 - as above
        self._sessions = 0
        self._changed()

    def unused(self) -> list[ActiveRule]:
        """Return the faults, and the rules with a condition, that never took effect."""
        return [active for active in self.active if active.is_unused]

    @property
    def in_layers(self) -> list[ActiveRule]:
        """All rules by layer, the one next to the protocol first."""
        return sorted(self.active, key=lambda active: active.rule.behaviour.layer)

    def _changed(self) -> None:
        self.version += 1
        self._standing = None
        self._whole = None
        self.on_change()

    def for_session(self, session: SessionState) -> Hooks:
        """Return the hooks of all rules for a session.

        If somebody watches the session, the hits of all rules are found, even of unconditional
        ones.
        """
        self._sessions += 1
        if self.live:
            return _LiveRules(self, session, self._sessions)
        if not self.active:
            return NO_HOOKS
        for active in self.active:
            active.sessions = self._sessions
        plain = set() if session.watched else self._unasked
        if len(plain) == len(self.active):
            return self._chain.for_session(session)
        hooks = [
            one.hooks.for_session(session) if one in plain else ConditionalHooks(one, session)
            for one in self.in_layers
        ]
        return chained(hooks)

    @property
    def _unasked(self) -> set[ActiveRule]:
        """The unconditional rules whose hits are not events."""
        if self._standing is None:
            self._standing = {active for active in self.active if _stands(active.rule)}
        return self._standing

    @property
    def _chain(self) -> Hooks:
        """The hooks of all rules, none of which checks a condition."""
        if self._whole is None:
            self._whole = chained([active.hooks for active in self.in_layers])
        return self._whole


def _stands(rule: Rule) -> bool:
    return rule.always and rule.behaviour.family != "fault"


class _LiveRules(HookChain):
    """The rules in force at any moment, for one session."""

    def __init__(self, rules: Rules, session: SessionState, nth: int) -> None:
        super().__init__(())
        self._rules = rules
        self._session = session
        self._nth = nth
        self._version = 0
        self._opened = False  # the session has its command table
        self._begun: dict[ActiveRule, ConditionalHooks] = {}

    @property
    def members(self) -> Sequence[Hooks]:
        """The hooks of the rules in force, and of removed rules that stay to the end."""
        if self._version != self._rules.version:
            self._version = self._rules.version
            known = self._begun
            self._begun = {
                one: hooks for one, hooks in known.items() if not one.in_force and hooks.stays
            }
            for active in self._rules.in_layers:
                self._begun[active] = known.get(active) or self._begin(active)
            self.put([*self._begun.values()])
        return super().members

    def _begin(self, active: ActiveRule) -> ConditionalHooks:
        active.sessions = self._nth
        begun = ConditionalHooks(active, self._session)
        if self._opened:
            begun.come_late()
        return begun

    @property
    def revision(self) -> int:  # type: ignore[override]
        return self._rules.version

    @property
    def may_wake(self) -> bool:
        return True  # a rule that does may be added

    def changes_reply(self, verb: str) -> bool:
        return True  # a rule for any verb may be added

    def changes_actions(self, verb: str) -> bool:
        return any(hooks.changes_actions(verb) for hooks in self.members)

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        changed = super().commands(table)
        self._opened = True
        return changed
