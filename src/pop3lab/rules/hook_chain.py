"""Several hooks combined into one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import TypeVar

from pop3lab.core.actions import Action
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import ParsedLine, Request, first_number
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
        self._steady = tuple(one for hooks in members for one in hooks.steady_hooks)
        self._attending = [hooks for hooks in members if hooks.attends]
        self._own = [place for place, one in enumerate(members) if _may_have_own(one)]
        self._asked: dict[str, _AskedHooks] = {}  # by verb
        self._varying: dict[str, Collection[int] | None] = {}
        self._standard = standard or _changed(members, COMMANDS)

    @property
    def members(self) -> Sequence[Hooks]:
        """The hooks, the first next to the protocol."""
        return self._members

    def for_session(self, session: SessionState) -> Hooks:
        """Return hooks for a session: itself, if no member has hooks of its own for it."""
        begun = [*self.members]
        changed: list[Hooks] = []  # before and after
        for place in self._own:
            hooks, begun[place] = begun[place], begun[place].for_session(session)
            if begun[place] is not hooks:
                changed += (hooks, begun[place])
        if not changed:
            return self
        if all(map(_is_silent, changed)):
            chain = object.__new__(type(self))
            vars(chain).update(vars(self), _members=begun)  # with all that is known of the others
            return chain
        server = all(type(hooks).commands is Hooks.commands for hooks in changed)
        return HookChain(begun, self._standard if server else None)

    def wakeup_delay(self) -> float:
        return min((hooks.wakeup_delay() for hooks in self._attend()), default=inf)

    def _attend(self) -> Sequence[Hooks]:
        """Return those that are told of each line, and of silence."""
        return self._attending if self.members else ()  # which may be new

    @property
    def may_wake(self) -> bool:
        return any(hooks.may_wake for hooks in self._attend())

    @property
    def attends(self) -> bool:
        return bool(self._attend())

    def prepare(self) -> Iterator[Action]:
        for hooks in self.members:
            if type(hooks).prepare is not Hooks.prepare:
                yield from hooks.prepare()

    @property
    def maildrop_waits(self) -> bool:
        return any(hooks.maildrop_waits for hooks in self.members)

    def asked_numbers(self, verb: str) -> Collection[int] | None:
        return self._about(verb).named_numbers

    @property
    def steady_hooks(self) -> tuple[Hooks, ...]:
        return self._steady if self.members else ()

    def varying_numbers(self, verb: str) -> Collection[int] | None:
        members = self.members  # which may be new: then nothing is remembered
        if verb not in self._varying:
            self._varying[verb] = _union(hooks.varying_numbers(verb) for hooks in members)
        return self._varying[verb]

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        for hooks in self._attend():
            read = hooks.line(octets, read)
        return read

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        members = self.members  # may replace the members, and self._standard with them
        return self._standard if table is COMMANDS else _changed(members, table)

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        for hooks in self.members:
            if type(hooks).maildrop is not Hooks.maildrop:
                maildrop = hooks.maildrop(maildrop)
        return maildrop

    def reply(self, request: Request, reply: Reply) -> Reply:
        for hooks in self._about(request.verb).of(request):
            if hooks.changes_reply(request.verb):
                reply = hooks.reply(request, reply)
        return reply

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for hooks in self._about(request.verb).of(request):
            if hooks.changes_actions(request.verb):
                actions = hooks.actions(request, actions)
        return actions

    def _about(self, verb: str) -> "_AskedHooks":
        members = self.members  # which may be new: then nothing is remembered
        asked = self._asked.get(verb)
        if asked is None:
            asked = _AskedHooks(members, verb)
            if verb in COMMANDS:  # a client's own words take no memory
                self._asked[verb] = asked
        return asked


class _AskedHooks:
    """The hooks of a chain that are asked about a verb, in their order, by message.

    named_numbers: of the messages about which some are; None if some are asked about any.
    """

    def __init__(self, members: Sequence[Hooks], verb: str) -> None:
        asked = [(hooks, hooks.asked_numbers(verb)) for hooks in members]
        named = {number for _, numbers in asked for number in numbers or ()}
        self._all = [hooks for hooks, numbers in asked if numbers is None or numbers]
        self._others = [hooks for hooks, numbers in asked if numbers is None]
        self._named: dict[int, list[Hooks]] = {number: [] for number in named}
        for hooks, numbers in asked:
            for number in named if numbers is None else numbers:
                self._named[number].append(hooks)
        self.named_numbers: Collection[int] | None = None if self._others else frozenset(named)

    def of(self, request: Request) -> Sequence[Hooks]:
        """Return those that are asked about this request."""
        if not self._named:
            return self._others
        number = first_number(request)
        return self._all if number is None else self._named.get(number, self._others)


def _changed(
    members: Sequence[Hooks], table: Mapping[str, CommandSpec]
) -> Mapping[str, CommandSpec]:
    for hooks in members:
        table = hooks.commands(table)
    return table


def _may_have_own(hooks: Hooks) -> bool:
    """Whether a session may have hooks of its own in their place."""
    return type(hooks).for_session is not Hooks.for_session


def _is_silent(hooks: Hooks) -> bool:
    """Whether they are never asked about a line, its row or its reply."""
    rows = type(hooks).commands is not Hooks.commands
    asked = any(verbs is None or verbs for verbs in (hooks.replies, hooks.sends))
    return not (rows or asked or hooks.attends)


_T = TypeVar("_T", str, int)


def _union(named: Iterable[Collection[_T] | None]) -> Collection[_T] | None:
    """Return all of them; None if one is None, which stands for any."""
    union: set[_T] = set()
    for some in named:
        if some is None:
            return None
        union.update(some)
    return frozenset(union)
