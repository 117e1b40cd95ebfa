"""Hooks that know the session they serve, and hooks that say when they take effect."""

from collections.abc import Callable, Collection, Iterator
from copy import copy
from typing import Self

from pop3lab.core.actions import Action
from pop3lab.core.hooks import Hooks
from pop3lab.core.state import SessionState


class PerSessionHooks(Hooks):
    """Hooks that know their session. What they are made with, all their sessions share."""

    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ()
    session: SessionState

    def for_session(self, session: SessionState) -> Self:
        begun = copy(self)
        begun.session = session
        return begun

    @property
    def user(self) -> str:
        """Whose maildrop it is, after login."""
        return self.session.user or ""


class LateEffect(PerSessionHooks):
    """Hooks that say themselves when they take effect: they may come to nothing.

    They call claim once in an exchange, just before they do. settles: what they begin in an
    exchange, they end in the next one, whether their rule applies to that or not. shows: all that
    they do is in the reply, for whoever reads that.
    """

    settles = False
    shows = False
    _claim: Callable[[], bool] = staticmethod(lambda: True)

    def with_claim(self, claim: Callable[[], bool]) -> Self:
        """Return the same hooks, which ask this whether they may take effect."""
        hooks = copy(self)
        hooks._claim = claim
        return hooks

    def claim(self) -> bool:
        """Count that the rule takes effect in this exchange.

        Return False if it may not: other sessions have used up its times, and this exchange goes
        by the book.
        """
        return self._claim()

    def settle(self, actions: Iterator[Action]) -> Iterator[Action]:
        """Return how an exchange is sent to which the rule does not apply."""
        return actions
