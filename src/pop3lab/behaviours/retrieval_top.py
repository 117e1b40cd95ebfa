"""TOP that is missing, or gives something else (RFC 1939 section 7)."""

from collections.abc import Collection, Sequence
from itertools import chain

from pop3lab.core.command import TEXTS
from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.hooks import Script
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Exchange, Login, first_number
from pop3lab.core.state import Standing
from pop3lab.effects.commands import Commands, Obey, around, without
from pop3lab.effects.hooks import Bends, Say, Says
from pop3lab.effects.maildrop_close import Parting, message
from pop3lab.effects.maildrop_views import Shown, Views, Visit
from pop3lab.effects.streams import CRLF, cut
from pop3lab.rules.behaviour import Peculiarity
from pop3lab.rules.values import COUNT, OCTETS, WHOLE, Parameter, choice


def _is_top(session: Standing, exchange: Exchange) -> bool:
    """Whether it is a whole TOP of a message that there is."""
    words = exchange.arguments
    try:
        session.messages.entry(first_number(exchange) or 0)
    except NoSuchMessage:
        return False
    return len(words) == 2 and words[1].isdecimal()


def _returns_all(always: bool) -> Script:
    def whole(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        words = exchange.arguments
        if _is_top(session, exchange) and (always or not words[1].strip("0")):
            exchange = Exchange("TOP", f"{words[0]} 9999999999")
        return obey(session, exchange)

    return Commands(around(whole, "TOP"))


def _wrong_count(lines: int, octets: int) -> Script:
    def fixed(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        words = exchange.arguments
        if lines >= 0 and _is_top(session, exchange):
            exchange = Exchange("TOP", f"{words[0]} {lines}")
        return obey(session, exchange)

    return Bends(around(fixed, "TOP"), _at_most(octets), "TOP")


def _at_most(octets: int) -> Say:
    def say(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        body = message(reply)
        if body is None or not octets:
            return reply
        return reply._replace(body=body._replace(chunks=cut(body.chunks, octets)))

    return say


class Marks(Views):
    """What TOP has shown is hidden from the user's next session on, or deleted at QUIT."""

    replies = frozenset(TEXTS)

    def __init__(self, deletes: bool) -> None:
        super().__init__(self._unseen)
        self._deletes = deletes
        self._seen: dict[str, set[str]] = {}
        self._reading = ""

    def _unseen(self, visit: Visit) -> Sequence[Shown]:
        seen = self._seen.setdefault(visit.user, set())
        if self._deletes:
            seen.clear()
        return [one for one in visit.messages if one.entry.uid not in seen]

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return Parting(super().maildrop(maildrop), reads=self._reads, deletes=self._gone)

    def _gone(self, uids: Collection[str]) -> Collection[str]:
        return {*uids, *self._seen[self.user]} if self._deletes else uids

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        uid, self._reading = self._reading, ""
        if reply.ok and uid and exchange.verb == "TOP":
            self._seen[self.user].add(uid)
        return reply


def _with_header(header: bytes) -> Script:
    def say(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        body = message(reply)
        if body is None:
            return reply
        return reply._replace(body=body._replace(chunks=chain((header + CRLF,), body.chunks)))

    return Says(say, "TOP")


ROWS = (
    Peculiarity(
        "top-unsupported",
        "TOP is unknown",
        "POPgun, mailsac (neomutt#2707, B); cmail (cypht#448, B)",
        lambda shared: Commands(without("TOP")),
        category="retrieval",
        bugs="the list of messages never comes",
    ),
    Peculiarity(
        "top-returns-all",
        "TOP of no lines sends the whole message",
        "Stalwart (#3165, B)",
        lambda shared, lines: _returns_all(lines == "any"),
        (Parameter("lines", choice("none", "any"), "for which count of lines", "none"),),
        category="retrieval",
        bugs="Apple Mail showed no sender and no subject",
        aspect="how many lines TOP sends",
    ),
    Peculiarity(
        "top-line-count-wrong",
        "TOP sends so many lines, whatever was asked for, or is cut",
        "HP OpenMail, one; usa.net, ten (fetchmail's FAQ S3, I3, C); Maillennium cuts (A)",
        lambda shared, lines, octets: _wrong_count(lines, octets),
        (
            Parameter("lines", WHOLE, "how many; -1: as many as were asked for", 1),
            Parameter("octets", COUNT, "at which octet it is cut, 0 for none", 0),
        ),
        category="retrieval",
        bugs="fetches whole messages by TOP n 99999999",
        aspect="how many lines TOP sends",
    ),
    Peculiarity(
        "top-marks-seen",
        "what TOP has shown is not listed in later sessions, or deleted at QUIT",
        "SpryNet (fetchmail's FAQ I7, C); UW-imap counts TOP as read (A)",
        lambda shared, how: Marks(how == "delete"),
        (
            Parameter(
                "how", choice("hide", "delete"), "hidden in later sessions, or deleted", "hide"
            ),
        ),
        category="retrieval",
        needs=("TOP",),
    ),
    Peculiarity(
        "top-differs-from-retr",
        "TOP shows a header field that RETR does not",
        "UW-imap's Status (A); Exchange, Notes (Jakarta Mail's forgettopheaders, C)",
        lambda shared, header: _with_header(header),
        (Parameter("header", OCTETS, "the field", b"Status: RO"),),
        category="retrieval",
        bugs="known by a digest of its header, a message is another each time",
    ),
)
