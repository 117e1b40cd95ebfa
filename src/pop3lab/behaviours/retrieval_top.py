"""TOP that is missing, or gives something else (RFC 1939 section 7)."""

from collections.abc import Collection, Sequence
from itertools import chain

from pop3lab.core.command import TEXTS
from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request, first_number
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF, message_body, truncate
from pop3lab.effects.commands import CallNext, TableHook, without_commands, wrap
from pop3lab.effects.hooks import CommandHook, ReplyChange, ReplyHook
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.values import COUNT, OCTETS, WHOLE, Parameter, choice


def _is_top(session: SessionState, request: Request) -> bool:
    """Whether it is a whole TOP of a message that there is."""
    words = request.arguments
    try:
        session.messages.entry(first_number(request) or 0)
    except NoSuchMessage:
        return False
    return len(words) == 2 and words[1].isdecimal()


def _returns_all(always: bool) -> Hooks:
    def whole(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        words = request.arguments
        if _is_top(session, request) and (always or not words[1].strip("0")):
            request = Request("TOP", f"{words[0]} 9999999999")
        return call_next(session, request)

    return TableHook(wrap(whole, "TOP"))


def _wrong_count(lines: int, octets: int) -> Hooks:
    def fixed(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        words = request.arguments
        if lines >= 0 and _is_top(session, request):
            request = Request("TOP", f"{words[0]} {lines}")
        return call_next(session, request)

    return CommandHook(wrap(fixed, "TOP"), _at_most(octets), "TOP")


def _at_most(octets: int) -> ReplyChange:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None or not octets:
            return reply
        return reply._replace(body=body._replace(chunks=truncate(body.chunks, octets)))

    return say


class _Marks(ViewHook):
    """What TOP has shown is hidden from the user's next session on, or deleted at QUIT."""

    replies = frozenset(TEXTS)

    def __init__(self, deletes: bool) -> None:
        super().__init__(self._unseen)
        self._deletes = deletes
        self._seen: dict[str, set[str]] = {}
        self._reading = ""

    def _unseen(self, visit: LoginContext) -> Sequence[ListedMessage]:
        seen = self._seen.setdefault(visit.user, set())
        if self._deletes:
            seen.clear()
        return [one for one in visit.messages if one.entry.uid not in seen]

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return CloseHook(super().maildrop(maildrop), reads=self._reads, deletes=self._gone)

    def _gone(self, uids: Collection[str]) -> Collection[str]:
        return {*uids, *self._seen[self.user]} if self._deletes else uids

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def reply(self, request: Request, reply: Reply) -> Reply:
        uid, self._reading = self._reading, ""
        if reply.ok and uid and request.verb == "TOP":
            self._seen[self.user].add(uid)
        return reply


def _with_header(header: bytes) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        return reply._replace(body=body._replace(chunks=chain((header + CRLF,), body.chunks)))

    return ReplyHook(say, "TOP")


ROWS = (
    Behaviour(
        "top-unsupported",
        "TOP is unknown",
        "POPgun, mailsac (neomutt#2707, B); cmail (cypht#448, B)",
        lambda server: TableHook(without_commands("TOP")),
        category="retrieval",
        bugs="the list of messages never comes",
    ),
    Behaviour(
        "top-returns-all",
        "TOP of no lines sends the whole message",
        "Stalwart (#3165, B)",
        lambda server, lines: _returns_all(lines == "any"),
        (Parameter("lines", choice("none", "any"), "for which count of lines", "none"),),
        category="retrieval",
        bugs="Apple Mail showed no sender and no subject",
        aspect="how many lines TOP sends",
    ),
    Behaviour(
        "top-line-count-wrong",
        "TOP sends so many lines, whatever was asked for, or is cut",
        "HP OpenMail, one; usa.net, ten (fetchmail's FAQ S3, I3, C); Maillennium cuts (A)",
        lambda server, lines, octets: _wrong_count(lines, octets),
        (
            Parameter("lines", WHOLE, "how many; -1: as many as were asked for", 1),
            Parameter("octets", COUNT, "at which octet it is cut, 0 for none", 0),
        ),
        category="retrieval",
        bugs="fetches whole messages by TOP n 99999999",
        aspect="how many lines TOP sends",
    ),
    Behaviour(
        "top-marks-seen",
        "what TOP has shown is not listed in later sessions, or deleted at QUIT",
        "SpryNet (fetchmail's FAQ I7, C); UW-imap counts TOP as read (A)",
        lambda server, how: _Marks(how == "delete"),
        (
            Parameter(
                "how", choice("hide", "delete"), "hidden in later sessions, or deleted", "hide"
            ),
        ),
        category="retrieval",
        needs=("TOP",),
    ),
    Behaviour(
        "top-differs-from-retr",
        "TOP shows a header field that RETR does not",
        "UW-imap's Status (A); Exchange, Notes (Jakarta Mail's forgettopheaders, C)",
        lambda server, header: _with_header(header),
        (Parameter("header", OCTETS, "the field", b"Status: RO"),),
        category="retrieval",
        bugs="known by a digest of its header, a message is another each time",
    ),
)
