"""Changes of the command table: rows removed, replaced or wrapped."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.rules.command_wrappers import CommandWrapper, is_obeyed, values_of

# Overrides of commands: run instead of, before or after the row in the table.

CallNext = Callable[[SessionState, Request], Reply | Authenticated]
CommandOverride = Callable[[SessionState, Request, CallNext], Reply | Authenticated]

EACH = ""  # each verb without an override of its own


@dataclass(frozen=True, slots=True)
class _OverriddenCommand(CommandWrapper):
    """A row whose commands run an override, which may call the row underneath."""

    override: CommandOverride = lambda session, request, call_next: call_next(session, request)
    each: bool = False
    lenient: bool = False

    def run(self, session: SessionState, request: Request) -> Reply | Authenticated:
        assert self.row
        if (self.each and not request.sent) or not self.row.takes(session, request):
            return self.row.run(session, request)  # which may refuse it before any override
        return self.override(session, request, self.row.run)

    @property
    def is_standard(self) -> bool:
        return self.lenient and self.row is not None and self.row.is_standard

    @property
    def is_obeyed(self) -> bool:
        return not isinstance(self.override, AlwaysReply) and is_obeyed(self.row)


@dataclass(frozen=True, slots=True)
class AlwaysReply:
    """An override that always gives this reply."""

    answer: Reply

    def __call__(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return self.answer


def overridden(
    row: CommandSpec, override: CommandOverride, *, each: bool = False, lenient: bool = False
) -> CommandSpec:
    """Return the row with an override. Its states and its use of the store do not change.

    each: the override applies to every command, and only to commands that a client has sent.
    lenient: what the row grants, the override leaves alone.
    """
    values = values_of(row)
    return _OverriddenCommand(**values, row=row, override=override, each=each, lenient=lenient)


def with_overrides(
    table: Mapping[str, CommandSpec],
    overrides: Mapping[str, CommandOverride],
    *,
    lenient: bool = False,
) -> Mapping[str, CommandSpec]:
    """Return the table with these verbs, or EACH, overridden. No verb is added."""
    each = overrides.get(EACH)
    changed = dict(table)
    for verb, row in table.items():
        if override := overrides.get(verb, each):
            each_other = verb not in overrides
            changed[verb] = overridden(row, override, each=each_other, lenient=lenient)
    return changed


class CommandOverrides(Hooks):
    """Hooks that override these commands and change nothing else."""

    replies: Collection[str] = ()
    sends: Collection[str] = ()

    def __init__(self, overrides: Mapping[str, CommandOverride]) -> None:
        self._overrides = overrides

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, self._overrides)


CommandTable = dict[str, CommandSpec]
TableChange = Callable[[CommandTable], None]


class TableHook(Hooks):
    """Hooks that change the command table and nothing else."""

    replies: Collection[str] = ()
    sends: Collection[str] = ()

    def __init__(self, change: TableChange) -> None:
        self._change = change

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        changed = dict(table)
        self._change(changed)
        return changed


def only_commands(*verbs: str) -> TableChange:
    """Return a change that leaves only these commands."""

    def change(table: CommandTable) -> None:
        for verb in table.keys() - set(verbs):
            del table[verb]

    return change


def without_commands(*verbs: str) -> TableChange:
    """Return a change that removes these commands."""

    def change(table: CommandTable) -> None:
        for verb in verbs:
            table.pop(verb, None)

    return change


def wrap(override: CommandOverride, *verbs: str, lenient: bool = False) -> TableChange:
    """Return a change that overrides these commands, if they exist. lenient: see overridden."""

    def change(table: CommandTable) -> None:
        for verb in table.keys() & set(verbs):
            table[verb] = overridden(table[verb], override, lenient=lenient)

    return change


def refused(*verbs: str, text: str, code: str = "") -> TableChange:
    """Return a change that makes these commands exist but be refused."""
    return wrap(AlwaysReply(err(text, code)), *verbs)


def compose(*changes: TableChange) -> TableChange:
    """Return these changes as one, applied in order."""

    def change(table: CommandTable) -> None:
        for one in changes:
            one(table)

    return change
