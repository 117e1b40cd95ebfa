"""Hooks that know their session, and hooks that report their own hits."""

from collections.abc import Callable, Collection, Iterator
from copy import copy
from typing import Self

from pop3lab.core.actions import Action
from pop3lab.core.hooks import Hooks
from pop3lab.core.state import SessionState


class PerSessionHooks(Hooks):
    """Hooks that know their session. All sessions share what the constructor sets."""

    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ()
    session: SessionState

    def for_session(self, session: SessionState) -> Self:
        begun = copy(self)
        begun.session = session
        return begun

    @property
    def user(self) -> str:
        """The user whose maildrop is open, after login."""
        return self.session.user or ""


class LateEffect(PerSessionHooks):
    """Hooks that report their own hits, because they may turn out to do nothing.

    They call claim once in an exchange, just before they act. It returns False if they must not:
    other sessions have used up the rule's times, and the exchange follows the standard behaviour.

    Attributes:
        claim: Counts that the rule takes effect in this exchange; returns whether it may.
        settles: They finish in an exchange what they began in the one before, whether or not the
            rule applies to it.
        shows: Everything that they do is visible in the reply.
    """

    settles = False
    shows = False
    claim: Callable[[], bool] = staticmethod(lambda: True)

    def settle(self, actions: Iterator[Action]) -> Iterator[Action]:
        """Return how an exchange is sent to which the rule does not apply."""
        return actions
