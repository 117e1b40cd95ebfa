"""Commands that a server does not take."""

from collections.abc import Collection, Mapping

from pop3lab.core.actions import Close
from pop3lab.core.commands import Command
from pop3lab.core.exchange import CONNECT, GREETING, NO_COMMAND, Exchange, Login
from pop3lab.core.reply import Reply, err
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.turns import EACH, Obey, with_turns
from pop3lab.faults.peculiarity import Peculiarity
from pop3lab.faults.telling import Telling
from pop3lab.faults.values import COUNT, TEXT, Parameter

_NOT_SENT = tuple(point.verb for point in (CONNECT, GREETING, NO_COMMAND))  # by a client


class _BadCommands(InSession, Telling):
    """Ends a session at its n-th unknown command."""

    replies = None

    def __init__(self, left: int, text: str) -> None:
        self._left = left
        self._text = text

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        if exchange.verb in _NOT_SENT or self.session.knows(exchange.verb):
            return reply
        self._left -= 1
        if self._left > 0 or not self.fire():
            return reply
        return Reply(False, self._text, then=Close())


class _LineLimit(Telling):
    """Ends a session at a command line of more octets than the limit."""

    sends: Collection[str] = ()

    def __init__(self, octets: int, text: str) -> None:
        self._octets = octets
        self._text = text

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(table, {EACH: self._each})

    def _each(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        return err(self._text) if self._too_long(exchange) else obey(session, exchange)

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        if not self._too_long(exchange) or not self.fire():
            return reply
        return Reply(False, self._text, then=Close())

    def _too_long(self, exchange: Exchange) -> bool:
        verb, rest = exchange
        if verb in _NOT_SENT:
            return False
        line = verb if rest is None else f"{verb} {rest}"
        return len(line.encode("utf-8")) + len(b"\r\n") > self._octets


ROWS = (
    Peculiarity(
        "bad-command-limit",
        "the n-th unknown command ends the session",
        "Dovecot, Zimbra (A)",
        lambda shared, commands, text: _BadCommands(commands, text),
        (
            Parameter("commands", COUNT, "how many it takes", 3),
            Parameter("text", TEXT, "what -ERR says", "Too many bad commands."),
        ),
        category="limits",
        bugs="clients that try AUTH, CAPA, XTND, UTF8 ... are thrown out",
    ),
    Peculiarity(
        "line-limit",
        "a command line of more octets ends the session",
        "Dovecot (A); Exchange's MaxCommandSize (C)",
        lambda shared, octets, text: _LineLimit(octets, text),
        (
            Parameter("octets", COUNT, "of a line with its CRLF", 255),
            Parameter("text", TEXT, "what -ERR says", "Input line too long."),
        ),
        category="limits",
        bugs="OAuth tokens in one line with AUTH can't log in",
    ),
)
