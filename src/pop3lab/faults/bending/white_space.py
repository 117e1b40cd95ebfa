"""Lines that are cut at white space, as Perl's split cuts them (test server of Mail::Box)."""

import re
from collections.abc import Mapping
from dataclasses import replace

from pop3lab.core.commands import COMMANDS, Command
from pop3lab.core.exchange import Exchange, Line, Login, read_line
from pop3lab.core.reply import Reply, err, ok
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.turns import EACH, Obey, with_turns
from pop3lab.faults.telling import Telling

_SPACE = re.compile(rb"[ \t\n\r\f\v]+")  # what \s is in Perl, of octets
_NAMES = (b"USER", b"PASS")  # all that stands behind the white space is the argument

# How many words are looked at; of other commands all are.
_MOST = dict.fromkeys((b"STAT", b"NOOP", b"QUIT", b"BREAK", b"EXIT"), 0)
_MOST |= dict.fromkeys((b"LIST", b"UIDL", b"RETR", b"DELE", b"RSET"), 1)
_MOST |= dict.fromkeys((b"TOP", b"APOP"), 2)

_ANY_NAME = replace(COMMANDS["USER"], rest=True)


class WhiteSpace(InSession, Telling):
    """Cuts lines at white space, and looks at no more words than a command takes."""

    shows = True
    _bent: Exchange | None = None

    def line(self, octets: bytes, read: Line) -> Line:
        bent = _read(octets.removesuffix(b"\r"))._replace(octets=read.octets)
        if bent == read:
            return read
        self._bent = bent.exchange
        return bent

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(table, {"USER": self._user, EACH: self._each})

    def _each(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        if exchange is self._bent and not self.fire():
            return err("unknown command")
        return obey(session, exchange)

    def _user(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        """Any name is taken, none as well, after which PASS comes too early."""
        if self._bent is not exchange and self._is_refused(exchange) and not self.fire():
            return obey(session, exchange)
        if exchange.rest is None:
            return self._each(session, exchange, lambda session, exchange: ok("now the password"))
        return self._each(session, exchange, _ANY_NAME.run)

    def _is_refused(self, exchange: Exchange) -> bool:
        """Whether this name is not one word, which is all that the book takes."""
        return len(exchange.arguments) != 1


def _read(line: bytes) -> Line:
    verb, *rest = _SPACE.split(line, 1)
    argument = b"".join(rest)
    if verb.upper() not in _NAMES:
        words = _SPACE.split(argument) if argument else []
        argument = b" ".join(words[: _MOST.get(verb.upper(), len(words))]).rstrip(b" ")
    as_it_is, spaced = (
        read_line((verb + b" " + each if each else verb) + b"\r")
        for each in (argument, _SPACE.sub(b" ", argument))
    )
    return spaced._replace(exchange=as_it_is.exchange)  # white space in a name is no flaw
