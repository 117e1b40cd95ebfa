"""Logins: opening the maildrop, waiting for its lock, and refusing."""

from collections.abc import Callable, Generator
from typing import Protocol

from pop3lab.core.actions import Action, Close, OffloadNext, Pause
from pop3lab.core.errors import LoginFailed, MaildropBusy, Refused, StoreFailed
from pop3lab.core.events import LoginRefused
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply, err
from pop3lab.core.state import SessionState


class LoginThrottle(Protocol):
    """Remembers logins over sessions, and delays or refuses further ones.

    succeeded and failed may raise StoreFailed: the operator is told, and the login goes on as if
    nothing had been noted.
    """

    def admit(self, user: str) -> None:
        """Admit a user whose credentials are right. Raises TooEarly (RFC 2449 section 8.1.1)."""

    def succeeded(self, address: str) -> None:
        """Note that somebody at this address has logged in."""

    def failed(self, address: str) -> float:
        """Note that somebody at this address has not; return the seconds to wait with the reply."""


class _NoThrottle:
    def admit(self, user: str) -> None:
        pass

    def succeeded(self, address: str) -> None:
        pass

    def failed(self, address: str) -> float:
        return 0.0


NO_THROTTLE: LoginThrottle = _NoThrottle()


_WRONG_CREDENTIALS = "login failed"
_ROUNDING = 1.000001  # a sum of steps may be a little more than what it should be

DelayedReply = Generator[Action, None, Reply]  # what takes time, and then the reply


class LoginProcedure:
    """What follows on credentials, right or wrong, in one session.

    enter: enters TRANSACTION with the user's maildrop, and returns the reply to that.
    """

    __slots__ = ("_enter", "_hooks", "_refused", "_state", "_throttle")

    def __init__(
        self,
        state: SessionState,
        hooks: Hooks,
        throttle: LoginThrottle,
        enter: Callable[[str, Maildrop], Reply],
    ) -> None:
        self._state = state
        self._hooks = hooks
        self._throttle = throttle
        self._enter = enter
        self._refused = 0

    def restart(self) -> None:
        """Forget the logins that were refused."""
        self._refused = 0

    def open_session(self, user: str) -> Reply | DelayedReply:
        """Open the maildrop of a user whose credentials are right: at once if nothing waits."""
        try:
            self._throttle.admit(user)
            if maildrop := self._open_at_once(user):
                return self._entered(user, maildrop)
        except MaildropBusy:
            pass
        except (Refused, StoreFailed) as failure:
            return self._failed(user, failure)
        return self._open_in_time(user)

    def _open_in_time(self, user: str) -> DelayedReply:
        try:
            return self._entered(user, (yield from self._wait_for_lock(user)))
        except (Refused, StoreFailed) as failure:
            return self._failed(user, failure)

    def _failed(self, user: str, failure: Refused | StoreFailed) -> Reply:
        self._emit_refused(user, str(failure))
        if isinstance(failure, StoreFailed):
            self._state.emit_store_error(failure, user)
        return err(str(failure), failure.code)

    def _entered(self, user: str, maildrop: Maildrop) -> Reply:
        reply = self._enter(user, maildrop)
        try:
            self._throttle.succeeded(self._state.address)
        except StoreFailed as failure:
            self._state.emit_store_error(failure)
        return reply

    def _wait_for_lock(self, user: str) -> Generator[Action, None, Maildrop]:
        """Look a few times for the lock of the maildrop (RFC 1939 section 4)."""
        limits = self._state.limits
        waited = 0.0
        while True:
            try:
                return (yield from self._open(user))
            except MaildropBusy as busy:
                step = max(limits.busy_step, busy.retry_after)
                waited += step
                if waited > limits.busy * _ROUNDING:
                    raise
            yield Pause(step)

    def _open(self, user: str) -> Generator[Action, None, Maildrop]:
        if maildrop := self._open_at_once(user):
            return maildrop
        if self._state.store.open_waits:
            yield OffloadNext()
        return self._state.store.open(user)

    def _open_at_once(self, user: str) -> Maildrop | None:
        if self._hooks.maildrop_waits:
            return None
        store = self._state.store
        # To ask for the protocol would take longer than to open.
        opens: Callable[[str], Maildrop | None] | None = getattr(store, "open_at_once", None)
        if opens:
            return opens(user)
        return None if store.open_waits else store.open(user)

    def reject(self, failure: LoginFailed) -> Reply | DelayedReply:
        """Refuse wrong credentials, perhaps after a while, and perhaps for the last time."""
        if delay := self._delay_after_failure():
            return self._reject_after(delay, failure)
        return self._rejected(failure)

    def _delay_after_failure(self) -> float:
        try:
            return self._throttle.failed(self._state.address)
        except StoreFailed as failure:
            self._state.emit_store_error(failure)
            return 0.0

    def _reject_after(self, delay: float, failure: LoginFailed) -> DelayedReply:
        yield Pause(delay)
        return self._rejected(failure)

    def _rejected(self, failure: LoginFailed) -> Reply:
        self._refused += 1
        self._emit_refused(failure.user, failure.why)
        reason = str(failure)
        text = f"{_WRONG_CREDENTIALS}: {reason}" if reason else _WRONG_CREDENTIALS
        reply = err(text, failure.code)
        last = 0 < self._state.limits.bad_logins <= self._refused
        return reply._replace(then=Close()) if last else reply

    def _emit_refused(self, user: str, reason: str) -> None:
        state = self._state
        secure = state.channel.secure
        state.emit(LoginRefused(state.number, user, state.mechanism, reason, secure))
