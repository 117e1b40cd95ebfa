"""Logins: opening the maildrop, waiting for its lock, and refusing."""

from collections.abc import Callable, Generator
from typing import Protocol

from pop3lab.core.actions import Action, Close, OffloadNext, Pause
from pop3lab.core.errors import LoginFailed, MaildropBusy, Refused, StoreFailed
from pop3lab.core.events import LoginRefused
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop, OpensAtOnce
from pop3lab.core.reply import Reply, err
from pop3lab.core.state import SessionState


class LoginThrottle(Protocol):
    """Remembers logins over sessions, and delays or refuses further ones."""

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
_WRONG = "wrong name or password"  # for the operator

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

    def open_session(self, user: str) -> DelayedReply:
        """Open the maildrop of a user whose credentials are right."""
        try:
            self._throttle.admit(user)
            reply = yield from self._wait_for_lock(user)
        except (Refused, StoreFailed) as failure:
            self._emit_refused(user, str(failure))
            if isinstance(failure, StoreFailed):
                self._state.emit_store_error(failure)
            return err(str(failure), failure.code)
        self._throttle.succeeded(self._state.address)
        return reply

    def _wait_for_lock(self, user: str) -> DelayedReply:
        """Look a few times for the lock of the maildrop (RFC 1939 section 4)."""
        limits = self._state.limits
        for _ in range(int(limits.busy / limits.busy_step)):
            try:
                return (yield from self._open(user))
            except MaildropBusy:
                yield Pause(limits.busy_step)
        return (yield from self._open(user))

    def _open(self, user: str) -> DelayedReply:
        store = self._state.store
        if maildrop := self._open_at_once(user):
            return self._enter(user, maildrop)
        if store.open_waits:
            yield OffloadNext()
        return self._enter(user, store.open(user))

    def _open_at_once(self, user: str) -> Maildrop | None:
        store = self._state.store
        if self._hooks.maildrop_waits or not isinstance(store, OpensAtOnce):
            return None
        return store.open_at_once(user)

    def reject(self, failure: LoginFailed) -> DelayedReply:
        """Refuse wrong credentials, perhaps after a while, and perhaps for the last time."""
        if delay := self._throttle.failed(self._state.address):
            yield Pause(delay)
        self._refused += 1
        self._emit_refused(failure.user, str(failure) or _WRONG)
        reason = str(failure)
        text = f"{_WRONG_CREDENTIALS}: {reason}" if reason else _WRONG_CREDENTIALS
        reply = err(text, failure.code)
        last = 0 < self._state.limits.bad_logins <= self._refused
        return reply._replace(then=Close()) if last else reply

    def _emit_refused(self, user: str, reason: str) -> None:
        state = self._state
        secure = state.channel.secure
        state.emit(LoginRefused(state.number, user, state.mechanism, reason, secure))
