"""Hooks that act only where their rule applies."""

from collections.abc import Collection, Iterator, Mapping
from copy import copy
from math import inf
from typing import TypeGuard

from pop3lab.core.actions import Action
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import CONNECT, SILENCE, Authenticated, ParsedLine, Request, parse_line
from pop3lab.core.state import SessionState
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.command_wrappers import SwitchedCommand
from pop3lab.rules.condition_scope import asked_verbs, named_numbers
from pop3lab.rules.differences.actions import compare_actions
from pop3lab.rules.differences.commands import BookAnswers, CommandComparison, remembering_rows
from pop3lab.rules.differences.replies import compare_maildrop, compare_reply
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.session_rule import SessionRule, changes_maildrop
from pop3lab.rules.target import at_target

_UNNAMED = {CONNECT.verb, SILENCE.verb}  # only for rules that name them


class ConditionalHooks(Hooks):
    """The hooks of a rule in one session.

    There is no reply at CONNECT, so a rule applies there only if it or its effect names that point.
    If the hooks do not claim their hits themselves, their results are compared with the standard
    behaviour to find out when the rule takes effect.
    """

    def __init__(self, active: ActiveRule, session: SessionState) -> None:
        hooks = active.hooks.for_session(session)
        self._rule = SessionRule(active, session)
        if _claims(hooks):
            hooks = copy(hooks) if hooks is active.hooks else hooks
            hooks.claim = self._rule.claim
        self._hooks = hooks
        self._session = session
        self._target = active.rule.target
        self._changes_lines = type(hooks).line is not Hooks.line
        verbs = None if changes_maildrop(hooks) else asked_verbs(active.rule.condition)
        settles = _claims(hooks) and hooks.settles
        self.sends = _narrowed(hooks.sends, None if settles else verbs)
        self._replies = _narrowed(hooks.replies, verbs)
        self.replies = None if self._rule.times else self._replies  # to note when it answers
        rows = type(hooks).commands is not Hooks.commands
        # Such rules note each line, end later what they began, or replace commands.
        any_number = self._rule.times or settles or rows
        self._numbers = None if any_number else named_numbers(active.rule.condition)
        self._attends = self._attend(rows)
        self._asked_in_silence = False  # since the last line

    def _attend(self, rows: bool) -> bool:
        """Whether the rule must be told of lines: otherwise an exchange begins when it is asked."""
        silent = _is_among(SILENCE.verb, self._replies) or _is_among(SILENCE.verb, self.sends)
        whole = rows or self._changes_lines or changes_maildrop(self._hooks)
        return whole or silent or self._rule.times is not None or self._rule.reserves

    @property
    def attends(self) -> bool:
        return self._attends

    @property
    def stays(self) -> bool:
        """Whether the rule stays in effect for this session after its removal."""
        return self._rule.stays

    def come_late(self) -> None:
        """Note that the session has its command table already, and keeps it."""
        self._rule.miss_commands()

    def changes_reply(self, verb: str) -> bool:
        return self._rule.times is not None or _is_among(verb, self._replies)

    def changes_actions(self, verb: str) -> bool:
        return _is_among(verb, self.sends)

    def asked_numbers(self, verb: str) -> Collection[int] | None:
        if self._changes_lines:
            return None
        asked = self.changes_reply(verb) or self.changes_actions(verb)
        return self._numbers if asked else ()

    @property
    def maildrop_waits(self) -> bool:
        return self._hooks.maildrop_waits

    def wakeup_delay(self) -> float:
        """Return the seconds until the hooks want to be asked in silence.

        Hooks that had nothing to do are not asked again before the next line.
        """
        self._rule.end()
        times = self._rule.times
        book_row = times.wakeup_delay() if times and self._rule.in_silence else inf
        if not (_is_among(SILENCE.verb, self._replies) or _is_among(SILENCE.verb, self.sends)):
            return book_row
        seconds = self._hooks.wakeup_delay()
        return book_row if self._asked_in_silence and seconds <= 0 else min(book_row, seconds)

    def prepare(self) -> Iterator[Action]:
        return self._hooks.prepare()  # it may be too early to know whether the rule applies

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        self._asked_in_silence = False
        self._rule.begin_line()
        changed = self._hooks.line(octets, read) if self._changes_lines else read
        if changed is read:
            return read
        if self._rule.applies(changed.request):
            if changed != read and not self._rule.claims:
                self._rule.take_effect()
            return changed
        self._rule.leave(read.request)
        return read

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        book = BookAnswers()
        given = table if self._rule.claims else remembering_rows(table, book)
        changed = self._hooks.commands(given)
        if changed is given:
            return table
        rows = {}
        for verb in {**table, **changed}:
            book_row, rule_row = table.get(verb), changed.get(verb)
            kept = book_row is not None and rule_row is given[verb]
            rows[verb] = book_row if book_row and kept else self._switched(book_row, rule_row, book)
        return rows

    def _switched(
        self, book_row: CommandSpec | None, rule_row: CommandSpec | None, book: BookAnswers
    ) -> CommandSpec:
        if self._rule.claims:
            return SwitchedCommand.of(book_row, rule_row, self._rule.applies)
        comparison = CommandComparison(rule_row, book_row, book)

        def taken(session: SessionState, request: Request) -> Reply | Authenticated:
            return comparison.run(session, request, self._rule.take_effect)

        return SwitchedCommand.of(
            book_row, rule_row, self._rule.applies, taken, self._exists_otherwise
        )

    def _exists_otherwise(self, verb: str) -> None:
        """Count a hit if a command exists or is offered for one of the two rows only.

        The greeting, CAPA and response codes show such a difference; a command does not show its
        own.
        """
        at_hand = parse_line(self._session.line).request.verb
        if not at_hand or (verb == "CAPA") is not (at_hand == "CAPA"):  # CAPA does not list itself
            self._rule.take_effect()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if not self._rule.applies_at_login():
            return maildrop
        if self._rule.claims:
            return self._hooks.maildrop(maildrop)
        return compare_maildrop(
            self._session, maildrop, self._hooks.maildrop, self._rule.take_effect
        )

    def reply(self, request: Request, reply: Reply) -> Reply:
        times = self._rule.times
        if request.verb == SILENCE.verb:
            self._asked_in_silence = True
            if times:
                times.silence()
        applies = _is_among(request.verb, self._replies) and self._rule.applies(request)
        answer = self._said(request, reply) if applies else reply
        if times and request.sent and request.verb != SILENCE.verb:
            times.answered()
        return answer

    def _said(self, request: Request, reply: Reply) -> Reply:
        if not request.sent:
            return self._supposed.reply(request, reply)
        if self._rule.claims:
            return self._hooks.reply(request, reply)
        return compare_reply(
            reply, lambda own: self._hooks.reply(request, own), self._rule.take_effect
        )

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not self._rule.applies(request):
            if _claims(self._hooks) and request.sent:
                return self._hooks.settle(actions)
            return actions
        if self._target is None:
            return self._changed(request, actions)
        return at_target(self._target, actions, lambda some: self._changed(request, some))

    def _changed(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not request.sent:
            return self._supposed.actions(request, actions)
        if self._rule.claims:
            return self._hooks.actions(request, actions)
        ask = self._hooks.actions
        return compare_actions(actions, lambda own: ask(request, own), self._rule.take_effect)

    @property
    def _supposed(self) -> Hooks:
        """The hooks for hypothetical requests, which claim no hits."""
        if not _claims(self._hooks):
            return self._hooks
        supposed = copy(self._hooks)
        supposed.claim = lambda: True
        return supposed


def _claims(hooks: Hooks) -> TypeGuard[LateEffect]:
    return isinstance(hooks, LateEffect)


def _is_among(verb: str, verbs: Collection[str] | None) -> bool:
    return verb not in _UNNAMED if verbs is None else verb in verbs


def _narrowed(asked: Collection[str] | None, verbs: set[str] | None) -> Collection[str] | None:
    """Return the verbs that the hooks are asked about, limited to those of the rule."""
    if asked is None or verbs is None:
        return verbs if asked is None else asked
    return verbs.intersection(asked)
