"""A rule in one session: when it applies, and when it has taken effect."""

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

LOGIN = Request("LOGIN")  # the moment when the maildrop is opened

_POINTS = {CONNECT.verb, GREETING.verb, SILENCE.verb, NO_COMMAND.verb}  # not commands

_Where = tuple[str, State, bool]  # the verb, the state, and whether TLS is active


def changes_maildrop(hooks: Hooks) -> bool:
    """Whether the hooks change the maildrop."""
    return type(hooks).maildrop is not Hooks.maildrop


class SessionRule:
    """A rule in one session. It counts at most one hit for each exchange.

    If its hooks change the maildrop, which is opened at login, the rule applies after login if it
    applied at login, so that it never applies in part. reserves: it has a number of hits, of which
    an exchange reserves one. claims: its hooks report their own hits. times: the times of the
    session, if the condition is about time. in_silence: it applies only while nothing arrives.
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
        self._applied_at_login = False  # also False if the rule was added after the login
        self._lacks_commands = False
        self._request: Request | None = None  # the last request that was evaluated
        self._applies = False
        self._known: dict[_Where, bool] = {}
        shown = not isinstance(hooks, LateEffect) or hooks.shows
        self._stands = active.stands and shown
        self.reserves = active.rule.times is not None and not self.claims
        self._reserved = False
        self._hit = False

    # Applying

    def miss_commands(self) -> None:
        """Note that the session has its command table: a rule that changes it is too late."""
        self._lacks_commands = type(self._active.hooks).commands is not Hooks.commands

    @property
    def stays(self) -> bool:
        """Whether it outlives the removal of the rule, because it has changed the maildrop."""
        return self._changes_maildrop and self._is_decided and self._applied_at_login

    @property
    def _is_decided(self) -> bool:
        return self._session.state is not State.AUTHORIZATION

    @property
    def _is_whole(self) -> bool:
        """Whether it is complete: it has its commands, and has not been removed."""
        return not self._lacks_commands and (self._active.in_force or self.stays)

    def applies(self, request: Request) -> bool:
        """Return whether it applies to a request. The first hook that asks decides.

        SASL responses follow their AUTH line and count as one with it.
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
        self._begin()  # not every exchange is announced by a line
        self._applies = self._is_found(request)
        if request.verb in COMMANDS and self._changes:
            self._known[self._where(request)] = self._applies

    def _would_apply(self, request: Request) -> bool:
        """Return whether it would apply if this were sent; if that varies, as it last did."""
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
        """Whether this is silence in which a term of this rule has come true."""
        return request.verb == SILENCE.verb and self.times is not None and self.times.due

    def applies_at_login(self) -> bool:
        """Decide at the opening of a maildrop whether it applies from then on.

        This is part of the exchange that logs in, so nothing is counted again.
        """
        if not (self._changes_maildrop and self._is_whole):
            return False
        known = self._request is not None and not self._changes
        self._applied_at_login = self._applies if known else self._is_found(LOGIN)
        return self._applied_at_login

    # Hits

    def begin_line(self) -> None:
        """Note that a line has arrived, which begins another exchange."""
        self._request = None
        self._begin()
        if self.times:
            self.times.heard()

    def leave(self, request: Request) -> None:
        """Note that it does not apply to this request either."""
        self._request = request
        self._applies = False

    def _begin(self) -> None:
        self._hit = False
        if self._reserved:
            self.end()

    def end(self) -> None:
        """Note that the exchange is complete."""
        if self._reserved:
            self._reserved = False
            self._active.release(self._session, hit=False)

    def _reserve(self) -> bool:
        """Reserve a hit if needed; return whether the rule may take effect."""
        if self._reserved or self._hit:
            return True
        self._reserved = self._active.reserve(self._session)
        return self._reserved

    def claim(self) -> bool:
        """Count a hit if the rule may take effect in this exchange; return whether it does."""
        if not self._hit and self._active.claim():
            self._emit()
        return self._hit

    def take_effect(self) -> None:
        """Count a hit, reserved or not."""
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
        if self._active.expected:  # hits of a profile are not events: this is how that server works
            applied = RuleApplied(self._session.number, self._active.text, self._stands)
            self._session.emit(applied)
