"""TOP that is missing or returns something else (RFC 1939 section 7)."""

from collections.abc import Collection, Sequence
from itertools import chain
from typing import Annotated, Literal

from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request, first_number
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF, BodyHook, message_body, truncate
from pop3lab.effects.commands import CallNext, TableHook, without_commands, wrap
from pop3lab.effects.hooks import CommandHook
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, WholeNumber

quirk = BehaviourDecorator("quirk", category="retrieval")

_LINES_SENT = "how many lines TOP sends"


def _is_top(session: SessionState, request: Request) -> bool:
    """Whether it is a complete TOP command for an existing message."""
    words = request.arguments
    try:
        session.messages.entry(first_number(request) or 0)
    except NoSuchMessage:
        return False
    return len(words) == 2 and words[1].isdecimal()


@quirk(
    "does not implement TOP",
    source="POPgun, mailsac (neomutt#2707, B); cmail (cypht#448, B)",
    bugs="the message list never appears",
)
def top_unsupported() -> Hooks:
    return TableHook(without_commands("TOP"))


@quirk(
    "sends the whole message when TOP asks for no body lines",
    source="Stalwart (#3165, B)",
    bugs="Apple Mail shows neither sender nor subject",
    aspect=_LINES_SENT,
)
def top_returns_all(
    lines: Annotated[Literal["none", "any"], "line counts that return the whole message"] = "none",
) -> Hooks:
    def whole(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        words = request.arguments
        if _is_top(session, request) and (lines == "any" or not words[1].strip("0")):
            request = Request("TOP", f"{words[0]} 9999999999")
        return call_next(session, request)

    return TableHook(wrap(whole, "TOP"))


@quirk(
    "sends a fixed number of body lines for TOP, or truncates the reply",
    source="HP OpenMail, one; usa.net, ten (fetchmail's FAQ S3, I3, C); Maillennium cuts (A)",
    bugs="clients fetch whole messages by TOP n 99999999",
    aspect=_LINES_SENT,
)
def top_line_count_wrong(
    lines: Annotated[WholeNumber, "body lines to send; -1: as many as requested"] = 1,
    octets: Annotated[Count, "octets to send before truncating; 0: no truncation"] = 0,
) -> Hooks:
    def fixed(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if lines >= 0 and _is_top(session, request):
            request = Request("TOP", f"{request.arguments[0]} {lines}")
        return call_next(session, request)

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None or not octets:
            return reply
        return reply._replace(body=body._replace(chunks=truncate(body.chunks, octets)))

    return CommandHook(wrap(fixed, "TOP"), say, "TOP")


class _Marks(ViewHook):
    """Hides messages from the user's next session on, or deletes them at QUIT, after TOP."""

    replies = frozenset({"RETR", "TOP"})

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


@quirk(
    "marks messages as seen after TOP: later sessions omit them, or QUIT deletes them",
    source="SpryNet (fetchmail's FAQ I7, C); UW-imap counts TOP as read (A)",
    needs=("TOP",),
)
def top_marks_seen(
    how: Annotated[
        Literal["hide", "delete"], "whether later sessions hide them or QUIT deletes them"
    ] = "hide",
) -> Hooks:
    return _Marks(how == "delete")


@quirk(
    "adds a header field to TOP that RETR does not send",
    source="UW-imap's Status (A); Exchange, Notes (Jakarta Mail's forgettopheaders, C)",
    bugs="clients that identify a message by a digest of its header never recognize it",
)
def top_differs_from_retr(
    header: Annotated[bytes, "header field to add"] = b"Status: RO",
) -> Hooks:
    return BodyHook(lambda body: body._replace(chunks=chain((header + CRLF,), body.chunks)), "TOP")
