"""A line of the client, and what came back."""

from typing import NamedTuple

from pop3lab.core.arguments import first_number
from pop3lab.core.events import Received
from pop3lab.core.exchange import Exchange, read_line
from pop3lab.watch.violations.answer import CHALLENGE, ERR, OK, Answer

LOGINS = frozenset({"PASS", "APOP", "AUTH"})
TEXTS = frozenset({"RETR", "TOP"})

_NUMBERED = TEXTS | {"LIST", "UIDL", "DELE"}
_LISTS = frozenset({"CAPA", "LIST", "UIDL", "LANG"})
_ONE_LINE = frozenset({"STAT", "DELE", "RSET", "NOOP", "QUIT", "STLS", "USER", "UTF8"}) | LOGINS


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

    @property
    def words(self) -> list[str]:
        """The arguments, as Exchange has them."""
        return Exchange(self.verb, self.rest).arguments

    @property
    def number(self) -> int | None:
        """The message that it is about."""
        return first_number(Exchange(self.verb, self.rest)) if self.verb in _NUMBERED else None

    @property
    def multi(self) -> bool | None:
        """Whether a positive answer has more than one line; None: it can't be known."""
        if self.verb in _LISTS:
            return not self.words
        if self.verb in TEXTS:
            return True
        return False if self.verb in _ONE_LINE else None

    @property
    def lists(self) -> bool:
        """Whether the lines of the answer say something of the maildrop or the server."""
        return self.verb in _LISTS and not self.words


class Done(NamedTuple):
    """A line and its answer. seconds: when that came. uid: of the message that was read for it."""

    said: Said
    answer: Answer
    seconds: float
    uid: str = ""

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


def said(seconds: float, received: Received) -> Said:
    """The line that was received."""
    line, early = received.line, received.early
    if received.response:
        return Said(line, "AUTH", None, seconds, response=True, early=early)
    verb, rest = read_line(line).exchange
    return Said(line, verb, rest, seconds, early=early)


def is_number(word: str) -> bool:
    """Whether it is a decimal number that a server may mean."""
    return word.isascii() and word.isdecimal() and len(word) < 1000
