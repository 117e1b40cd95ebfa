"""The command table: one row says all about a command, and everything else reads the row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pop3lab.core import handlers
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.reply import (
    ABILITIES,
    FIGURES,
    LANGUAGES,
    LISTING,
    MECHANISMS,
    MESSAGE,
    ONE_LINE,
    About,
    Multiline,
    Reply,
    Shape,
)
from pop3lab.core.request import (
    CONNECT,
    GREETING,
    SILENCE,
    Authenticated,
    ParsedLine,
    Request,
    State,
    number,
    text,
)
from pop3lab.core.state import SessionState

Handler = Callable[..., Reply | Authenticated]
Parse = Callable[[str], Any]


def always(session: SessionState) -> bool:
    """Whatever the server offers."""
    return True


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A row of the table. capability: what CAPA lists for it, if that is just a word.

    shape: of the reply that grants it. The table is the one place that knows these.
    """

    verb: str
    states: frozenset[State]
    arguments: tuple[Parse, ...]
    handler: Handler  # called with the session and the arguments as parsed
    section: str
    shape: Shape = ONE_LINE
    optional: int = 0  # how many of the last arguments may be left out
    rest: bool = False  # the one argument is all that stands behind the first space
    utf8: bool = False  # the arguments may be UTF-8 where UTF8 is offered (RFC 6856 section 2.2)
    long: bool = False  # the line may be as long as a SASL response
    offered: Callable[[SessionState], bool] = always  # whether it works in this session at all
    uses: str = ""  # what it asks of the store: "open", "read", "look" or "delete"
    capability: str = ""

    def run(self, session: SessionState, request: Request) -> Reply | Authenticated:
        """Parse the arguments, call the handler. Raises NotUnderstood, and what that raises."""
        if request.rest is None and len(self.arguments) == self.optional:
            return self.handler(session)
        return self.handler(session, *self._parse(request))

    def known(self, session: SessionState) -> bool:
        """Whether there is such a command in this session, here and now."""
        return True

    def takes(self, session: SessionState, request: Request) -> bool:
        """Whether the command may come in this state; run says what is wrong if it may not."""
        return session.state in self.states

    @property
    def is_standard(self) -> bool:
        """Whether it answers all that the standard row grants as that does."""
        return COMMANDS.get(self.verb) is self

    def _parse(self, request: Request) -> list[Any]:
        whole = [] if request.rest is None else [request.rest]
        words = whole if self.rest else request.arguments
        most = len(self.arguments)
        if not most - self.optional <= len(words) <= most:
            raise NotUnderstood(f"{self.verb} takes {self._expected()}")
        return [parse(word) for parse, word in zip(self.arguments, words, strict=False)]

    def _expected(self) -> str:
        most = len(self.arguments)
        if not most:
            return "no argument"
        least = f"{most - self.optional} or " if self.optional else ""
        return f"{least}{most} argument{'s' if most > 1 else ''}"


_BEFORE = frozenset({State.AUTHORIZATION})
_AFTER = frozenset({State.TRANSACTION})
_BOTH = _BEFORE | _AFTER

# fmt: off
_ROWS = (
    CommandSpec("USER", _BEFORE, (text,), handlers.user, "RFC 1939 section 7", utf8=True),
    CommandSpec("PASS", _BEFORE, (text,), handlers.pass_, "RFC 1939 section 7",
                rest=True, utf8=True, uses="open"),
    CommandSpec("APOP", _BEFORE, (text, text), handlers.apop, "RFC 1939 section 7",
                utf8=True, uses="open"),
    CommandSpec("STAT", _AFTER, (), handlers.stat, "RFC 1939 section 5", FIGURES),
    CommandSpec("LIST", _AFTER, (number,), handlers.list_, "RFC 1939 section 5", LISTING,
                optional=1),
    CommandSpec("UIDL", _AFTER, (number,), handlers.uidl, "RFC 1939 section 7", LISTING,
                optional=1, capability="UIDL"),
    CommandSpec("RETR", _AFTER, (number,), handlers.retr, "RFC 1939 section 5", MESSAGE,
                uses="read"),
    CommandSpec("TOP", _AFTER, (number, number), handlers.top, "RFC 1939 section 7", MESSAGE,
                uses="read", capability="TOP"),
    CommandSpec("DELE", _AFTER, (number,), handlers.dele, "RFC 1939 section 5",
                uses="look"),
    CommandSpec("RSET", _AFTER, (), handlers.rset, "RFC 1939 section 5"),
    CommandSpec("NOOP", _AFTER, (), handlers.noop, "RFC 1939 section 5"),
    CommandSpec("QUIT", _BOTH, (), handlers.quit_, "RFC 1939 sections 4 and 6", uses="delete"),
    CommandSpec("CAPA", _BOTH, (), handlers.capa, "RFC 2449 section 5", ABILITIES),
    CommandSpec("STLS", _BEFORE, (), handlers.stls, "RFC 2595 section 4"),
    CommandSpec("AUTH", _BEFORE, (text, text), handlers.auth, "RFC 5034 section 4", MECHANISMS,
                optional=1, long=True, uses="open"),
    CommandSpec("UTF8", _BEFORE, (), handlers.utf8, "RFC 6856 section 2",
                offered=handlers.has_utf8),
    CommandSpec("LANG", _BOTH, (text,), handlers.lang, "RFC 6856 section 3", LANGUAGES,
                optional=1),
)
# fmt: on

COMMANDS: Mapping[str, CommandSpec] = {row.verb: row for row in _ROWS}


def _verbs(chosen: Callable[[Shape], bool]) -> tuple[str, ...]:
    return tuple(row.verb for row in _ROWS if chosen(row.shape))


# Commands by what grants them, in the order of the table.
TEXTS = _verbs(lambda shape: shape.about is About.TEXT)
LISTINGS = _verbs(lambda shape: shape == LISTING)
INFORMING = _verbs(lambda shape: shape.about is About.MESSAGES)
OF_ONE_LINE = _verbs(lambda shape: shape.multiline is Multiline.NEVER)
KEYWORDS = _verbs(lambda shape: shape == ABILITIES)

LOGIN_VERBS = tuple(row.verb for row in _ROWS if row.uses == "open")

_MOMENTS = {CONNECT.verb, GREETING.verb, SILENCE.verb}  # at which a server may speak unasked


def is_multiline(request: Request) -> bool | None:
    """Whether a positive reply to it has more lines; None if that can't be known before.

    Of a command that is not in the table nobody knows.
    """
    row = COMMANDS.get(request.verb)
    if row is None:
        return False if request.verb in _MOMENTS else None
    multiline = row.shape.multiline
    if multiline is Multiline.NEVER or request.responds:
        return False
    return multiline.other if request.arguments else multiline.bare


def line_error(read: ParsedLine, command: CommandSpec | None, session: SessionState) -> str:
    """What is wrong with a line as such, or nothing (RFC 2449 section 4, RFC 6856 section 2.2)."""
    limits = session.limits
    most = limits.response if command and command.long else limits.line
    if read.octets > most:
        return f"a line has at most {most} octets"
    if read.ascii:
        return ""
    if command and command.utf8 and session.offers_utf8:
        return "" if read.utf8 else "a line has printable UTF-8 only"
    return "a line has printable ASCII only"
