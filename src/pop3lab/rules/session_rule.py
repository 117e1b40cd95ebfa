"""A rule in one session: to which exchanges it applies, and where it took effect."""

from pop3lab.core.command import COMMANDS, LOGIN_VERBS
from pop3lab.core.events import RuleApplied
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import CONNECT, GREETING, NO_COMMAND, SILENCE, Request, State
from pop3lab.core.state import SessionState
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.condition_scope import names_responses, reached_verbs, timed_terms
from pop3lab.rules.condition_times import Times
from pop3lab.rules.conditions import EvaluationContext
from pop3lab.rules.session_hooks import LateEffect

LOGIN = Request("LOGIN")  # the moment at which a maildrop is opened

_POINTS = {CONNECT.verb, GREETING.verb, SILENCE.verb, NO_COMMAND.verb}  # no commands

_Where = tuple[str, State, bool]  # the verb, and where the session stands: under TLS?


def changes_maildrop(hooks: Hooks) -> bool:
    """Whether they change what is true."""
    return type(hooks).maildrop is not Hooks.maildrop


class SessionRule:
    """Whether a rule applies to an exchange of a session, and its hits there, one at most in each.

    A rule whose hooks change the maildrop, which is opened at login, applies after login if it did
    at login, so that no half of it is there. reserves: it may take effect a number of times, of
    which an exchange keeps one until it is over. claims: its hooks say themselves when they take
    effect. times: of the session, if the rule has a condition of time. in_silence: it applies
    where nothing comes, and nowhere else.
    """

    def __init__(self, active: ActiveRule, session: SessionState) -> None:
        condition, hooks = active.rule.condition, active.hooks
        self.claims = isinstance(hooks, LateEffect)
        terms = timed_terms(condition)
        self.times = Times(active.clock, session, terms) if terms else None
        verbs = reached_verbs(condition)
        self.in_silence = verbs == {SILENCE.verb}
        self._active = active
        self._session = session
        self._nth = active.sessions
        self._changes = active.rule.changes
        self._tells_responses = names_responses(condition)
        self._changes_maildrop = changes_maildrop(hooks)
        self._at_login = verbs is not None and LOGIN.verb in verbs
        self._applied_at_login = False  # nor does it where the rule came after the login
        self._lacks_commands = False
        self._request: Request | None = None  # of which it was found last
        self._applies = False
        self._known: dict[_Where, bool] = {}
        shown = not isinstance(hooks, LateEffect) or hooks.shows
        self._stands = active.stands and shown
        self.reserves = active.rule.times is not None and not self.claims
        self._reserved = False
        self._hit = False

    # Whether it applies

    def miss_commands(self) -> None:
        """The session has its commands already: a rule that changes them has come too late."""
        self._lacks_commands = type(self._active.hooks).commands is not Hooks.commands

    @property
    def stays(self) -> bool:
        """Whether it goes on when the rule is removed, because the maildrop is changed by it."""
        return self._changes_maildrop and self._is_decided and self._applied_at_login

    @property
    def _is_decided(self) -> bool:
        return self._session.state is not State.AUTHORIZATION

    @property
    def _is_whole(self) -> bool:
        """Whether it can be all that it is: its commands are there, and it has not gone since."""
        return not self._lacks_commands and (self._active.in_force or self.stays)

    def applies(self, request: Request) -> bool:
        """Whether it applies to this request: found once, whichever seam asks first.

        The responses of AUTH go as their AUTH line did, and count as one with it.
        """
        if not self._is_whole:
            return False
        if request is self._request:
            return self._applies
        if self._changes_maildrop and self._is_decided:
            return self._applied_at_login
        if not request.sent:
            return self._would_apply(request)
        self._request = request
        if self._tells_responses or not request.responds:
            self._find(request)
        return self._applies

    def _find(self, request: Request) -> None:
        self._begin()  # whether a line has told that it begins or not
        self._applies = self._is_found(request)
        if request.verb in COMMANDS and self._changes:
            self._known[self._where(request)] = self._applies

    def _would_apply(self, request: Request) -> bool:
        """Whether it would, if this were sent; of a rule that comes and goes, what it last did."""
        known = self._known.get(self._where(request))
        return self._active.would_hold(self._context(request)) if known is None else known

    def _where(self, request: Request) -> _Where:
        return request.verb, self._session.state, self._session.channel.secure

    def _context(self, request: Request) -> EvaluationContext:
        active = self._active
        sent = request.sent and request.verb not in _POINTS
        came = self._session.came if sent else None
        context = EvaluationContext(
            self._session, request, self._nth, active.random, active.counts, came=came
        )
        return context._replace(idle=t.idle, after=t.after) if (t := self.times) else context

    def _is_found(self, request: Request) -> bool:
        if self.in_silence and not self._is_due(request):
            return False
        if self._changes_maildrop and self._at_login and request.verb in LOGIN_VERBS:
            request = LOGIN
        holds = self._active.holds(self._context(request))
        return holds and (self._reserve() if self.reserves else True)

    def _is_due(self, request: Request) -> bool:
        """Whether it is silence, and not only the time of another rule."""
        return request.verb == SILENCE.verb and self.times is not None and self.times.due

    def applies_at_login(self) -> bool:
        """Decide, as a maildrop is opened, whether it applies to that and from then on.

        It is a moment within the exchange that logs in, and as that is where nothing is counted.
        """
        if not (self._changes_maildrop and self._is_whole):
            return False
        known = self._request is not None and not self._changes
        self._applied_at_login = self._applies if known else self._is_found(LOGIN)
        return self._applied_at_login

    # Where it took effect

    def begin_line(self) -> None:
        """A line has come, with which another exchange begins."""
        self._request = None
        self._begin()
        if self.times:
            self.times.heard()

    def leave(self, request: Request) -> None:
        """It does not apply to this one either."""
        self._request = request
        self._applies = False

    def _begin(self) -> None:
        self._hit = False
        if self._reserved:
            self.end()

    def end(self) -> None:
        """All has been said in this exchange."""
        if self._reserved:
            self._reserved = False
            self._active.release(self._session, hit=False)

    def _reserve(self) -> bool:
        """Whether the rule, which holds, may take effect, for which a hit is kept."""
        if self._reserved or self._hit:
            return True
        self._reserved = self._active.reserve(self._session)
        return self._reserved

    def claim(self) -> bool:
        """Count a hit, if the rule may take effect in this exchange, and return whether it does."""
        if not self._hit and self._active.claim():
            self._emit()
        return self._hit

    def take_effect(self) -> None:
        """Count a hit: what was reserved for it, if anything was."""
        if self._hit:
            return
        if self._reserved:
            self._reserved = False
            self._active.release(self._session, hit=True)
            self._emit()
        else:
            self.claim()

    def _emit(self) -> None:
        self._hit = True
        if self._active.expected:  # what a profile does is how this server is, and no event
            applied = RuleApplied(self._session.number, self._active.text, self._stands)
            self._session.emit(applied)
