"""Logins: opening the maildrop, waiting for its lock, and refusing."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Protocol

from pop3lab.core.actions import Action, Close, OffloadNext, Pause
from pop3lab.core.errors import LoginFailed, MaildropBusy, Refused, StoreFailed
from pop3lab.core.maildrop import Maildrop, OpensAtOnce
from pop3lab.core.reply import Reply, err

if TYPE_CHECKING:
    from pop3lab.core.state import SessionState


Answering = Generator[Action, None, Reply]


def open_session(session: "SessionState", user: str) -> Answering:
    """The credentials are right: open the maildrop."""
    try:
        session.guard.admit(user)
        reply = yield from _open(session, user)
    except (Refused, StoreFailed) as failure:
        if isinstance(failure, StoreFailed):
            session.tell_failure(failure)
        return err(str(failure), failure.code)
    session.guard.succeeded(session.address)
    return reply


def _open(session: "SessionState", user: str) -> Answering:
    """Open it, or look a few times more for its lock (RFC 1939 section 4)."""
    limits = session.limits
    for _ in range(int(limits.busy / limits.busy_step)):
        try:
            return (yield from _try(session, user))
        except MaildropBusy:
            yield Pause(limits.busy_step)
    return (yield from _try(session, user))


def _try(session: "SessionState", user: str) -> Answering:
    store = session.store
    if maildrop := _at_once(session, user):
        return session.entered(user, maildrop)
    if store.open_waits:
        yield OffloadNext()
    return session.entered(user, store.open(user))


def _at_once(session: "SessionState", user: str) -> Maildrop | None:
    store = session.store
    if session.maildrop_waits or not isinstance(store, OpensAtOnce):
        return None
    return store.open_at_once(user)


def reject(session: "SessionState", failure: LoginFailed) -> Answering:
    """The credentials are wrong: say so, perhaps after a while, and perhaps for the last time."""
    if delay := session.guard.failed(session.address):
        yield Pause(delay)
    reply = err(str(failure), failure.code)
    last = 0 < session.limits.bad_logins <= session.refused_login()
    return reply._replace(then=Close()) if last else reply


# What may keep a login waiting, or out.


class LoginThrottle(Protocol):
    """Remembers logins over sessions."""

    def admit(self, user: str) -> None:
        """The credentials are right. Raises TooEarly (RFC 2449 section 8.1.1)."""

    def succeeded(self, address: str) -> None:
        """Somebody at this address has logged in."""

    def failed(self, address: str) -> float:
        """Somebody at this address has not; the seconds until that is to be told."""


class _NoGuard:
    def admit(self, user: str) -> None:
        pass

    def succeeded(self, address: str) -> None:
        pass

    def failed(self, address: str) -> float:
        return 0.0


NO_THROTTLE: LoginThrottle = _NoGuard()
