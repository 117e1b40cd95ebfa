"""Lines split at white space, as Perl's split does it in the test server of Mail::Box."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.reply import Reply, err, ok
from pop3lab.core.request import Authenticated, ParsedLine, Request, parse_line
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import EACH, CallNext, with_overrides
from pop3lab.rules.session_hooks import LateEffect

_SPACE = re.compile(rb"[ \t\n\r\f\v]+")  # Perl's \s, for octets
_NAMES = (b"USER", b"PASS")  # their argument is the whole rest of the line

# The number of words that a command takes; others take all words.
_MOST = dict.fromkeys((b"STAT", b"NOOP", b"QUIT", b"BREAK", b"EXIT"), 0)
_MOST |= dict.fromkeys((b"LIST", b"UIDL", b"RETR", b"DELE", b"RSET"), 1)
_MOST |= dict.fromkeys((b"TOP", b"APOP"), 2)

_ANY_NAME = replace(COMMANDS["USER"], rest=True)


class _SplitRequest(Request):
    """A command that has become another by being split."""

    __slots__ = ()


class WhiteSpace(LateEffect):
    """Splits lines at white space and ignores more words than a command takes."""

    shows = True
    lenient = True

    def for_session(self, session: SessionState) -> Self:
        return self  # it keeps nothing of a session

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        line = octets.removesuffix(b"\r")
        if _is_plain(line):
            return read
        changed = _read(line)._replace(octets=read.octets)
        if changed == read:
            return read
        return changed._replace(request=_SplitRequest(*changed.request))

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {"USER": self._user, EACH: self._each}, lenient=True)

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if isinstance(request, _SplitRequest) and not self.claim():
            return err("unknown command")
        return call_next(session, request)

    def _user(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        """Accept any name, even none, after which PASS is out of order."""
        changed = isinstance(request, _SplitRequest)
        if not changed and self._is_refused(request) and not self.claim():
            return call_next(session, request)
        if request.rest is None:
            return self._each(session, request, lambda session, request: ok("now the password"))
        return self._each(session, request, _ANY_NAME.run)

    def _is_refused(self, request: Request) -> bool:
        """Whether this name is not a single word, as the protocol requires."""
        return len(request.arguments) != 1


def _is_plain(line: bytes) -> bool:
    """Whether a single space stands between words, and there are no more than are taken."""
    words = line.split()  # at the same white space
    known = not words or len(words) <= 1 + _MOST.get(words[0].upper(), len(words))
    return known and line == b" ".join(words)


def _read(line: bytes) -> ParsedLine:
    verb, *rest = _SPACE.split(line, 1)
    argument = b"".join(rest)
    if verb.upper() not in _NAMES:
        words = _SPACE.split(argument) if argument else []
        argument = b" ".join(words[: _MOST.get(verb.upper(), len(words))]).rstrip(b" ")
    as_it_is, spaced = (
        parse_line((verb + b" " + each if each else verb) + b"\r")
        for each in (argument, _SPACE.sub(b" ", argument))
    )
    return spaced._replace(request=as_it_is.request)  # white space in a name is allowed
