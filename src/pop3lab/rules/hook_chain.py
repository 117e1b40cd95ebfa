"""Several hooks combined into one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import inf

from pop3lab.core.actions import Action
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import ParsedLine, Request
from pop3lab.core.state import SessionState


def chained(members: Sequence[Hooks]) -> Hooks:
    """Return hooks that combine these: the first is next to the protocol, the last to the wire."""
    if len(members) == 1:
        return members[0]
    return HookChain(members) if members else NO_HOOKS


class HookChain(Hooks):
    """Hooks applied in order, each to the result of those before it.

    standard: the standard command table after the changes of all members, if already known.
    """

    def __init__(
        self, members: Sequence[Hooks], standard: Mapping[str, CommandSpec] | None = None
    ) -> None:
        self.put(members, standard)

    def put(
        self, members: Sequence[Hooks], standard: Mapping[str, CommandSpec] | None = None
    ) -> None:
        """Replace the members."""
        self._members = members
        self.replies = _union(hooks.replies for hooks in members)
        self.sends = _union(hooks.sends for hooks in members)
        self._repliers: dict[str, list[Hooks]] = {}
        self._standard = standard or _changed(members, COMMANDS)

    @property
    def members(self) -> Sequence[Hooks]:
        """The hooks, the first next to the protocol."""
        return self._members

    def for_session(self, session: SessionState) -> Hooks:
        """Return hooks for a session: itself, if no member has hooks of its own for it."""
        begun = [hooks.for_session(session) for hooks in self.members]
        if begun == self.members:
            return self
        changed = [one for one, other in zip(begun, self.members, strict=True) if one is not other]
        server = all(type(one).commands is Hooks.commands for one in changed)
        return HookChain(begun, self._standard if server else None)

    def wakeup_delay(self) -> float:
        return min((hooks.wakeup_delay() for hooks in self.members), default=inf)

    def prepare(self) -> Iterator[Action]:
        for hooks in self.members:
            yield from hooks.prepare()

    @property
    def maildrop_waits(self) -> bool:
        return any(hooks.maildrop_waits for hooks in self.members)

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        for hooks in self.members:
            read = hooks.line(octets, read)
        return read

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        members = self.members  # may replace the members, and self._standard with them
        return self._standard if table is COMMANDS else _changed(members, table)

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        for hooks in self.members:
            maildrop = hooks.maildrop(maildrop)
        return maildrop

    def reply(self, request: Request, reply: Reply) -> Reply:
        members = self.members  # may replace the members, and clear self._repliers
        asked = self._repliers.get(request.verb)
        for hooks in self._asked(members, request.verb) if asked is None else asked:
            reply = hooks.reply(request, reply)
        return reply

    def _asked(self, members: Sequence[Hooks], verb: str) -> list[Hooks]:
        """Return the members that change the reply to a verb, and remember them."""
        asked = [hooks for hooks in members if hooks.changes_reply(verb)]
        if verb in COMMANDS:  # verbs invented by a client take no memory
            self._repliers[verb] = asked
        return asked

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for hooks in self.members:
            if hooks.changes_actions(request.verb):
                actions = hooks.actions(request, actions)
        return actions


def _changed(
    members: Sequence[Hooks], table: Mapping[str, CommandSpec]
) -> Mapping[str, CommandSpec]:
    for hooks in members:
        table = hooks.commands(table)
    return table


def _union(named: Iterable[Collection[str] | None]) -> Collection[str] | None:
    verbs: set[str] = set()
    for some in named:
        if some is None:
            return None
        verbs.update(some)
    return frozenset(verbs)
