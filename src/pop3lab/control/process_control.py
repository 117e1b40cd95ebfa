"""The control of the server of a process, as `pop3lab serve` and `pop3lab DIR` run it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.control.commands import ControlContext
from pop3lab.control.rule_changes import changes_to
from pop3lab.control.server_control import ServerDescription
from pop3lab.observe.counters import Counters
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules

_T = TypeVar("_T")


class ObservedSessions(NamedTuple):
    """What is known of the sessions."""

    events: EventQueue
    sessions: SessionRecorder


class ProcessControl:
    """Does in the loop that serves what others ask for."""

    def __init__(
        self,
        context: ControlContext,
        observed: ObservedSessions,
        about: ServerDescription,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.about = about
        self._context = context
        self._observed = observed
        self._loop = loop

    @property
    def sessions(self) -> SessionRecorder:
        """The records of the sessions."""
        return self._observed.sessions

    @property
    def events(self) -> EventQueue:
        """The queue of events."""
        return self._observed.events

    @property
    def counters(self) -> Counters:
        """Counts of what sessions have done."""
        return self._context.counts

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self._context.rules

    def add_rule(self, text: str) -> ActiveRule:
        """Add a rule. Raises ConfigError."""
        rule = parse_rule(text)
        return self._in_loop(lambda: self.rules.add(rule))

    def remove_rule(self, active: ActiveRule) -> None:
        """Take a rule out of force; again, it does nothing."""
        self._in_loop(lambda: self.rules.remove(active))

    def replace_rules(self, texts: Sequence[str]) -> None:
        """Have these rules only, or no change if one of them is wrong. Raises ConfigError."""
        self._in_loop(lambda: self._replace(texts))

    def _replace(self, texts: Sequence[str]) -> None:
        changes = changes_to(self.rules, texts)
        for active in changes.removed:
            self.rules.remove(active)
        for rule in changes.added:
            self.rules.add(rule)

    def _in_loop(self, act: Callable[[], _T]) -> _T:
        async def called() -> _T:
            return act()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result()
