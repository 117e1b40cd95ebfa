"""A script that says itself when it takes effect."""

from collections.abc import Callable, Iterator
from copy import copy

from pop3lab.core.actions import Action
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing


class Telling(Script):
    """A script that says itself when it takes effect: it may come to nothing.

    fire: to be called once in an exchange, just before it does. False: other sessions have used up
    the rule's times, and this exchange goes by the book. settles: what it begins in an exchange, it
    ends in the next one, whether its rule holds for that or not. shows: all that it does is in the
    reply, for whoever reads that.
    """

    fire: Callable[[], bool] = staticmethod(lambda: True)
    settles = False
    shows = False

    def settle(self, actions: Iterator[Action]) -> Iterator[Action]:
        """How an exchange is sent for which the rule does not hold."""
        return actions

    def begin(self, session: Standing) -> Script:
        return copy(self)
