"""A line of the client, and what came back."""

from typing import NamedTuple

from pop3lab.core.arguments import first_number
from pop3lab.core.commands import COMMANDS, LISTINGS, TEXTS, is_multiline
from pop3lab.core.events import Received
from pop3lab.core.exchange import Exchange
from pop3lab.core.shape import About
from pop3lab.watch.violations.answer import CHALLENGE, ERR, OK, Answer

LOGINS = frozenset({"PASS", "APOP", "AUTH"})

_NUMBERED = frozenset({*TEXTS, *LISTINGS, "DELE"})
_LISTED = {About.MESSAGES, About.SERVER}


class Said(NamedTuple):
    """A line of the client, as a command; a response of SASL has the verb AUTH and no arguments.

    octets: without the LF. early: it came before the answer to the line before it.
    """

    octets: bytes
    verb: str
    rest: str | None
    seconds: float
    response: bool = False
    early: bool = False

    @classmethod
    def of(cls, seconds: float, received: Received, exchange: Exchange) -> "Said":
        """The line that was received. exchange: as which it was read."""
        rest = None if exchange.responds else exchange.rest
        early, response = received.early, exchange.responds
        return cls(received.line, exchange.verb, rest, seconds, response, early)

    @property
    def words(self) -> list[str]:
        """The arguments, as Exchange has them."""
        return Exchange(self.verb, self.rest).arguments

    @property
    def number(self) -> int | None:
        """The message that it is about."""
        return first_number(Exchange(self.verb, self.rest)) if self.verb in _NUMBERED else None

    @property
    def lists(self) -> bool:
        """Whether the lines of the answer say something of the maildrop or the server."""
        row = COMMANDS.get(self.verb)
        if row is None or self.response or row.shape.about not in _LISTED:
            return False
        return is_multiline(Exchange(self.verb, self.rest)) is not False

    @property
    def logs_in(self) -> bool:
        """Whether a positive answer says that somebody is logged in.

        That to AUTH alone lists mechanisms, if the server has such an answer.
        """
        bare = self.verb == "AUTH" and not self.response and not self.words
        return self.verb in LOGINS and not bare


class Done(NamedTuple):
    """A line and its answer.

    seconds: when that came. uid: of the message that was read for it. bent: a rule took part.
    """

    said: Said
    answer: Answer
    seconds: float
    uid: str = ""
    bent: bool = False

    @property
    def sound(self) -> bool:
        """Whether the answer was one to this line."""
        asked = self.answer.status != CHALLENGE or self.said.verb == "AUTH"
        return self.answer.whole and asked

    @property
    def ok(self) -> bool:
        """Whether it was granted."""
        return self.answer.status == OK

    @property
    def refused(self) -> bool:
        """Whether it was refused."""
        return self.answer.status == ERR


def is_number(word: str) -> bool:
    """Whether it is a decimal number that a server may mean."""
    return word.isascii() and word.isdecimal() and len(word) < 1000
