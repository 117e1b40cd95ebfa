"""A script that takes part only when its rule holds."""

from collections.abc import Collection, Iterator, Mapping
from copy import copy
from math import inf

from pop3lab.core.actions import Action
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import (
    CONNECT,
    GREETING,
    NO_COMMAND,
    SILENCE,
    Authenticated,
    ParsedLine,
    Request,
    State,
    parse_line,
)
from pop3lab.core.state import SessionState
from pop3lab.rules.active_rule import ActiveRule, Counting, LateEffect
from pop3lab.rules.command_wrappers import SwitchedCommand
from pop3lab.rules.condition_scope import asked_verbs, names_responses, reached_verbs, timed_terms
from pop3lab.rules.condition_times import Times
from pop3lab.rules.conditions import EvaluationContext
from pop3lab.rules.differences.actions import done
from pop3lab.rules.differences.commands import Book, Turn, asked
from pop3lab.rules.differences.replies import said, shown
from pop3lab.rules.hook_chain import LOGIN, Visit, bends_maildrop
from pop3lab.rules.target import aimed

_Where = tuple[str, State, bool]  # the verb, and where the session stands: under TLS?

_POINTS = {CONNECT.verb, GREETING.verb, SILENCE.verb, NO_COMMAND.verb}  # no commands
_UNNAMED = {CONNECT.verb, SILENCE.verb}  # about which a rule is asked only if it names them


class ConditionalHooks(Hooks):
    """The script of a rule with a condition; begun, it is one session's.

    A rule holds at CONNECT only if it, or what it does, names that: there is no reply.
    """

    def __init__(self, active: ActiveRule) -> None:
        self._active = active
        verbs = None if bends_maildrop(active.script) else asked_verbs(active.rule.when)
        self.replies = narrowed(active.script.replies, verbs)
        self.sends = narrowed(active.script.sends, None if _settles(active.script) else verbs)

    def begin(self, session: SessionState) -> "ConditionalHooks":
        return _Begun(self._active, session)

    @property
    def stays(self) -> bool:
        """Whether it goes on in a session when the rule is removed: its maildrop is bent by it."""
        return False

    def come_late(self) -> None:
        """The session has its commands already, and keeps them."""

    def changes_reply(self, verb: str) -> bool:
        return _asked(self.replies, verb)

    def changes_actions(self, verb: str) -> bool:
        return _asked(self.sends, verb)


def _settles(script: Hooks) -> bool:
    return isinstance(script, LateEffect) and script.settles


def narrowed(asked: Collection[str] | None, verbs: set[str] | None) -> Collection[str] | None:
    """The verbs that a script is asked about, where its rule holds for these only."""
    if asked is None or verbs is None:
        return verbs if asked is None else asked
    return verbs.intersection(asked)


def _asked(verbs: Collection[str] | None, verb: str) -> bool:
    return verb not in _UNNAMED if verbs is None else verb in verbs


class _Begun(ConditionalHooks):
    def __init__(self, active: ActiveRule, session: SessionState) -> None:
        super().__init__(active)
        self._session = session
        self._nth = active.sessions
        self._script = active.script.begin(session)
        self._exchange: Request | None = None
        self._holds = False
        self._late = False
        terms = timed_terms(active.rule.when)
        self._times = Times(active.clock, session, terms) if terms else None
        self._answers = self.replies
        self.replies = None if terms else self.replies  # all are noted
        self._waits = reached_verbs(active.rule.when) == {SILENCE.verb}
        self._asked_in_silence = False  # since the last line
        self._tells_responses = names_responses(active.rule.when)
        self._held: dict[_Where, bool] = {}
        self._visit = Visit.of(active, session)
        self._tells = isinstance(self._script, LateEffect)
        self._counting = Counting(active, session, told=self._tells)
        self._came: State | None = None  # in which state the last line did
        if isinstance(self._script, LateEffect):
            self._script.fire = self._counting.fire

    def begin(self, session: SessionState) -> ConditionalHooks:
        return self

    @property
    def stays(self) -> bool:
        return self._visit is not None and self._visit.is_decided and self._visit.holds

    def come_late(self) -> None:
        self._late = True

    @property
    def _is_whole(self) -> bool:
        """Whether it can be all that it is: its commands are there, and it has not gone since."""
        has_rows = not self._late or type(self._script).commands is Hooks.commands
        return has_rows and (self._active.in_force or self.stays)

    @property
    def maildrop_waits(self) -> bool:
        return self._script.maildrop_waits

    def holds(self, request: Request) -> bool:
        """Whether the rule holds for this request: found once, whichever seam asks first.

        The responses of AUTH go as their AUTH line did, and count as one with it. What bends the
        maildrop holds after login if it did at login, so that no half of it is there.
        """
        if not self._is_whole:
            return False
        if request is not self._exchange and self._visit and self._visit.is_decided:
            return self._visit.holds
        if not request.sent:
            return self._would_hold(request)
        if request is not self._exchange:
            self._exchange = request
            if self._tells_responses or not request.responds:
                self._find(request)
        return self._holds

    def _find(self, request: Request) -> None:
        if request.verb in _POINTS or request.responds:
            self._counting.begin()  # no line has told that it begins
        self._holds = self._found(request)
        if request.verb in COMMANDS and self._active.rule.changes:
            self._held[self._where(request)] = self._holds

    def _would_hold(self, request: Request) -> bool:
        """Whether it would, if this were sent; of a rule that comes and goes, what it last was."""
        held = self._held.get(self._where(request))
        return self._active.would_hold(self._moment(request)) if held is None else held

    def _where(self, request: Request) -> _Where:
        return request.verb, self._session.state, self._session.channel.secure

    def _moment(self, request: Request) -> EvaluationContext:
        active = self._active
        came = self._came if request.sent and request.verb not in _POINTS else None
        moment = EvaluationContext(
            self._session, request, self._nth, active.random, active.counts, came=came
        )
        return moment._replace(idle=t.idle, after=t.after) if (t := self._times) else moment

    def _found(self, request: Request) -> bool:
        if self._waits and not self._is_due(request):
            return False
        if self._visit:
            request = self._visit.meant(request)
        return self._active.holds(self._moment(request)) and self._counting.may()

    def _is_due(self, request: Request) -> bool:
        """Whether it is silence, and not only the time of another rule."""
        return request.verb == SILENCE.verb and self._times is not None and self._times.due

    def wakes(self) -> float:
        """One that was asked in vain is not asked again before the next line."""
        self._counting.end()
        own = self._times.wakes() if self._times and self._waits else inf
        if not (_asked(self._answers, SILENCE.verb) or _asked(self.sends, SILENCE.verb)):
            return own
        script = self._script.wakes()
        return own if self._asked_in_silence and script <= 0 else min(own, script)

    def changes_reply(self, verb: str) -> bool:
        return self._times is not None or _asked(self._answers, verb)

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        self._asked_in_silence = False
        self._came = self._session.state
        self._exchange = None
        self._counting.begin()
        if self._times:
            self._times.heard()
        bent = self._script.line(octets, read)
        if bent is read:
            return read
        if self.holds(bent.request):
            if bent != read and not self._tells:
                self._counting.changed()
            return bent
        self._exchange = read.request  # for which it does not hold either: asked once a line
        return read

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        book = Book()
        given = table if self._tells else asked(table, book)
        changed = self._script.commands(given)
        if changed is given:
            return table
        rows = {}
        for verb in {**table, **changed}:
            own, bent = table.get(verb), changed.get(verb)
            kept = own is not None and bent is given[verb]
            rows[verb] = own if own and kept else self._either(own, bent, book)
        return rows

    def _either(self, own: CommandSpec | None, bent: CommandSpec | None, book: Book) -> CommandSpec:
        if self._tells:
            return SwitchedCommand.of(own, bent, self.holds)
        turn = Turn(bent, own, book)

        def taken(session: SessionState, request: Request) -> Reply | Authenticated:
            return turn.run(session, request, self._counting.changed)

        return SwitchedCommand.of(own, bent, self.holds, taken, self._exists_otherwise)

    def _exists_otherwise(self, verb: str) -> None:
        """A command is there, or not: told in the greeting, by CAPA, and by codes if that is it."""
        at_hand = parse_line(self._session.line).request.verb
        if not at_hand or (verb == "CAPA") is not (at_hand == "CAPA"):  # which tells of itself
            self._counting.changed()

    def prepare(self) -> Iterator[Action]:
        return self._script.prepare()  # whether it holds may not be known yet

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if self._visit is None or not self._is_whole:
            return maildrop
        # A moment within the exchange that logs in, and as that is where nothing is counted.
        known = self._exchange is not None and not self._active.rule.changes
        if not self._visit.decide(self._holds if known else self._found(LOGIN)):
            return maildrop
        if self._tells:
            return self._script.maildrop(maildrop)
        session = self._session
        return shown(session, maildrop, self._script.maildrop, self._counting.changed)

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._note(request)
        holds = _asked(self._answers, request.verb) and self.holds(request)
        answer = self._said(request, reply) if holds else reply
        if self._times and request.sent and request.verb != SILENCE.verb:
            self._times.answered()
        return answer

    def _said(self, request: Request, reply: Reply) -> Reply:
        script = self._for(request)
        if not self._notices(request):
            return script.reply(request, reply)
        return said(reply, lambda own: script.reply(request, own), self._counting.changed)

    def _note(self, request: Request) -> None:
        if request.verb == SILENCE.verb:
            self._asked_in_silence = True
            if self._times:
                self._times.silence()

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.holds(request):
            if isinstance(self._script, LateEffect) and request.sent:
                return self._script.settle(actions)
            return actions
        script = self._for(request)

        def altered(some: Iterator[Action]) -> Iterator[Action]:
            if not self._notices(request):
                return script.actions(request, some)
            return done(some, lambda own: script.actions(request, own), self._counting.changed)

        aim = self._active.rule.aim
        return altered(actions) if aim is None else aimed(aim, actions, altered)

    def _notices(self, request: Request) -> bool:
        """Whether what the script does is to be found out: if it does not say so itself."""
        return request.sent and not self._tells

    def _for(self, request: Request) -> Hooks:
        """The script; one that says when it takes effect says nothing of what is only supposed."""
        if request.sent or not isinstance(self._script, LateEffect):
            return self._script
        quiet = copy(self._script)
        quiet.fire = lambda: True
        return quiet
