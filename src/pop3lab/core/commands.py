"""The command table: one row says all about a command, and everything else reads the row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from pop3lab.core.actions import Close
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.exchange import Exchange
from pop3lab.core.reply import Body, Reply, listing, ok
from pop3lab.core.text import Text
from pop3lab.core.text import top as cut_top

if TYPE_CHECKING:
    from pop3lab.core.session import Session


class State(Enum):
    """The states of a session (RFC 1939 section 3)."""

    AUTHORIZATION = "AUTHORIZATION"
    TRANSACTION = "TRANSACTION"
    UPDATE = "UPDATE"


class Login(NamedTuple):
    """A handler's word that the credentials are right: whose maildrop is to be opened."""

    user: str


Handler = Callable[..., Reply | Login]
Parse = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table."""

    verb: str
    states: frozenset[State]
    arguments: tuple[Parse, ...]
    handler: Handler  # called with the session and the arguments as parsed
    section: str
    optional: int = 0  # how many of the last arguments may be left out
    rest: bool = False  # the one argument is all that stands behind the first space
    uses: str | None = None  # what it asks of the store: "open", "read" or "delete"
    constant: Reply | None = (
        None  # the answer, where it is always the same and nothing else happens
    )

    def run(self, session: "Session", exchange: Exchange) -> Reply | Login:
        """Parse the arguments, call the handler. Raises NotUnderstood, and what that raises."""
        return self.handler(session, *self._parse(exchange))

    def _parse(self, exchange: Exchange) -> list[Any]:
        if exchange.rest is None:
            words = []
        else:
            words = [exchange.rest] if self.rest else exchange.rest.split(" ")
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


def number(word: str) -> int:
    """A message number or a count of lines: decimal, at most ten digits. Raises NotUnderstood."""
    if not word.isdecimal() or len(word) > 10:
        raise NotUnderstood("a decimal number is wanted")
    return int(word)


def text(word: str) -> str:
    """A name, a digest or a password: at least one octet. Raises NotUnderstood."""
    if not word:
        raise NotUnderstood("an argument is empty")
    return word


def user(session: "Session", name: str) -> Reply:
    """Take any name: who exists is not told before the password (RFC 1939 sections 7 and 13)."""
    session.name_for_pass(name)
    return ok("now the password")


def pass_(session: "Session", password: str) -> Login:
    """Raises NotUnderstood unless directly after USER, or LoginFailed (RFC 1939 section 7)."""
    if session.named is None:
        raise NotUnderstood("PASS comes directly after USER")
    return Login(session.users.login(session.named, password))


def apop(session: "Session", name: str, digest: str) -> Login:
    """Raises LoginFailed (RFC 1939 section 7)."""
    return Login(session.users.apop(name, session.timestamp, digest))


def stat(session: "Session") -> Reply:
    """RFC 1939 section 5."""
    return ok(f"{session.messages.count} {session.messages.octets}")


def list_(session: "Session", number: int | None = None) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage."""
    messages = session.messages
    if number is None:
        return listing(messages.summary, messages.sizes)
    return ok(f"{number} {messages.entry(number).octets}")


def uidl(session: "Session", number: int | None = None) -> Reply:
    """RFC 1939 section 7. Raises NoSuchMessage."""
    messages = session.messages
    if number is None:
        return listing("unique-ids follow", messages.uids)
    return ok(f"{number} {messages.entry(number).uid}")


def retr(session: "Session", number: int) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage, StoreFailed."""
    entry = session.messages.entry(number)
    chunks = _begun(session.maildrop.read(entry.uid))
    return Reply(True, f"{entry.octets} octets", Body(chunks))


def top(session: "Session", number: int, lines: int) -> Reply:
    """RFC 1939 section 7. Raises NoSuchMessage, StoreFailed."""
    entry = session.messages.entry(number)
    chunks = _begun(cut_top(session.maildrop.read(entry.uid), lines))
    return Reply(True, "top of message follows", Body(chunks))


def _begun(chunks: Text | Iterator[bytes]) -> Text | Iterator[bytes]:
    """The same chunks, the first already read: should that fail, +OK has not been said yet."""
    if isinstance(chunks, Text):
        return chunks
    first = next(chunks, b"")
    return chain((first,), chunks)


def dele(session: "Session", number: int) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage."""
    session.messages.mark(number)
    return ok(f"message {number} deleted")


def rset(session: "Session") -> Reply:
    """RFC 1939 section 5."""
    session.messages.unmark_all()
    return ok(session.messages.summary)


def noop(session: "Session") -> Reply:
    """RFC 1939 section 5."""
    return _NOTHING_DONE


def quit_(session: "Session") -> Reply:
    """RFC 1939 section 6: +OK only after what was marked is gone. Raises StoreFailed."""
    session.update()
    return Reply(True, "bye", then=Close())


_NOTHING_DONE = ok("nothing done")
_BEFORE = frozenset({State.AUTHORIZATION})
_AFTER = frozenset({State.TRANSACTION})

_ROWS = (
    Command("USER", _BEFORE, (text,), user, "RFC 1939 section 7"),
    Command("PASS", _BEFORE, (text,), pass_, "RFC 1939 section 7", rest=True, uses="open"),
    Command("APOP", _BEFORE, (text, text), apop, "RFC 1939 section 7", uses="open"),
    Command("STAT", _AFTER, (), stat, "RFC 1939 section 5"),
    Command("LIST", _AFTER, (number,), list_, "RFC 1939 section 5", optional=1),
    Command("UIDL", _AFTER, (number,), uidl, "RFC 1939 section 7", optional=1),
    Command("RETR", _AFTER, (number,), retr, "RFC 1939 section 5", uses="read"),
    Command("TOP", _AFTER, (number, number), top, "RFC 1939 section 7", uses="read"),
    Command("DELE", _AFTER, (number,), dele, "RFC 1939 section 5"),
    Command("RSET", _AFTER, (), rset, "RFC 1939 section 5"),
    Command("NOOP", _AFTER, (), noop, "RFC 1939 section 5", constant=_NOTHING_DONE),
    Command("QUIT", _BEFORE | _AFTER, (), quit_, "RFC 1939 sections 4 and 6", uses="delete"),
)

COMMANDS: Mapping[str, Command] = {row.verb: row for row in _ROWS}
