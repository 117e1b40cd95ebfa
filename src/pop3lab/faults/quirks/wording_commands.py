"""Commands that no RFC has, or no longer."""

from collections.abc import Mapping

from pop3lab.core.arguments import number
from pop3lab.core.commands import Command
from pop3lab.core.exchange import GREETING, NO_COMMAND, Exchange, Login, State
from pop3lab.core.reply import Reply, listing, ok
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.statuses import Refusals
from pop3lab.faults.bending.tables import Commands, Table
from pop3lab.faults.bending.turns import Obey, with_turns
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.quirks.wording import VERB
from pop3lab.faults.quirks.wording_fields import TEMPLATE, filled
from pop3lab.faults.values import TEXT, YES_NO, Kind, Parameter, choice

_STATES = {
    "any": frozenset({State.AUTHORIZATION, State.TRANSACTION}),
    "before": frozenset({State.AUTHORIZATION}),
    "after": frozenset({State.TRANSACTION}),
}


def _take(given: object) -> str:
    text: str = TEXT.take(given)
    if text.partition("\r\n")[0].partition(" ")[0] not in ("+OK", "-ERR"):
        raise ValueError
    return text


REPLY = Kind('+OK or -ERR and a text, such as "+OK and more"', _take)


def _extra(shared: Shared, verb: str, reply: str, state: str) -> Script:
    answer = _read(reply)

    def handler(session: Standing, rest: str = "") -> Reply:
        return answer

    def change(table: Table) -> None:
        table[verb] = Command(verb, _STATES[state], (str,), handler, "", optional=1, rest=True)

    return Commands(change)


def _unknown(shared: Shared, text: str) -> Script:
    def change(session: Standing, exchange: Exchange, reply: Reply) -> Reply | None:
        if session.knows(exchange.verb) or exchange.verb in (GREETING.verb, NO_COMMAND.verb):
            return None
        return reply._replace(text=filled(text, session, exchange, reply))

    return Refusals(change)


def _read(text: str) -> Reply:
    """A status line, and what follows it as the lines of a list."""
    status, *lines = text.removesuffix("\r\n").split("\r\n")
    word, _, rest = status.partition(" ")
    if not lines:
        return Reply(word == "+OK", rest)
    body = listing(rest, [line.encode("utf-8", "surrogateescape") + b"\r\n" for line in lines])
    return body._replace(ok=word == "+OK")


class _Last(InSession):
    """Knows which messages of each user have been sent, and how it was when a session began."""

    def __init__(self, shared: Shared, rset: str, remembers: str) -> None:
        self._rset_to = rset
        self._remembers = remembers == "yes"
        self._users: dict[str, set[str]] = {}
        self._before: frozenset[str] | None = None

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        last = Command("LAST", _STATES["after"], (), self._last, "RFC 1460 section 6")
        turns = {"RETR": self._retr, "RSET": self._rset}
        return with_turns({**table, "LAST": last}, turns)

    def _seen(self) -> set[str]:
        seen = self._users.setdefault(self.user, set())
        if self._before is None:
            if not self._remembers:
                seen.clear()
            self._before = frozenset(seen)
        return seen

    def _last(self, session: Standing) -> Reply:
        seen, entries = self._seen(), session.maildrop.snapshot.entries
        numbers = (number for number, entry in enumerate(entries, 1) if entry.uid in seen)
        return ok(f"{max(numbers, default=0)}")

    def _retr(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        reply = obey(session, exchange)
        if isinstance(reply, Reply) and reply.ok:
            read = session.maildrop.snapshot.entries[number(exchange.arguments[0]) - 1]
            self._seen().add(read.uid)
        return reply

    def _rset(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        seen = self._seen()
        seen.clear()
        if self._rset_to == "start":
            seen.update(self._before or ())
        return obey(session, exchange)


ROWS = (
    Peculiarity(
        "extra-command",
        "there is one more command, answered so whatever stands behind it",
        "XTND XMIT of qpopper, RPOP of UW and Twisted, HELP of hMailServer (A, C)",
        _extra,
        (
            Parameter("verb", VERB, "the command"),
            Parameter("reply", REPLY, "what it is answered; further lines are a list"),
            Parameter("state", choice(*_STATES), "before login, after it, or both", "any"),
        ),
        category="wording",
        refusals=True,
    ),
    Peculiarity(
        "unknown-command",
        "what is said to a command that there is not: the text behind -ERR",
        "words of named servers, in their profiles",
        _unknown,
        (Parameter("text", TEMPLATE, "the text, with fields such as {verb}; empty for none"),),
        category="wording",
        refusals=True,
    ),
    Peculiarity(
        "last-command",
        "LAST tells the highest number of a message that was sent, in earlier sessions, too",
        "RFC 1081, RFC 1460; UW, popa3d, Dovecot's pop3_enable_last (A)",
        _Last,
        (
            Parameter(
                "rset",
                choice("start", "zero"),
                "what RSET sets it to: its value when the session began, or 0",
                "start",
            ),
            Parameter("remembers", YES_NO, "whether earlier sessions count", "yes"),
        ),
        category="wording",
        aspect="whether there is the command LAST",
    ),
)
