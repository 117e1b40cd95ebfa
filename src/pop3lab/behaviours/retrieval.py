"""Replies to RETR other than the requested message (RFC 1939 section 5)."""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pop3lab.core.actions import Action, Close, Part, Reset, Send
from pop3lab.core.command import TEXTS
from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.events import BodyTruncated
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import CRLF_DOT, DOT, NO_REPLY, Body, End, Reply, err
from pop3lab.core.request import Authenticated, Request, first_number
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF, as_sent, message_body, truncate
from pop3lab.effects.commands import CallNext, TableChange, TableHook, wrap
from pop3lab.effects.hooks import ReplyHook
from pop3lab.effects.listings import NO_END, raw_body
from pop3lab.effects.maildrop_views import MessageSelector
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import Count

quirk = BehaviourDecorator("quirk", category="retrieval")

Ending = Literal["close", "reset"]
ENDINGS: dict[Ending, Action] = {"close": Close(), "reset": Reset()}

_BREAKS_OFF = "how RETR breaks off"

_Octets = Annotated[Count, "octets of the message to send, counted on the wire"]


def before(answer: Callable[[SessionState, int], Reply | None], *verbs: str) -> TableChange:
    """Return a change that asks for this answer before it runs these commands on a message.

    answer: returns None to run the command; may raise Refused.
    """

    def asking(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        number = first_number(request)
        reply = None if number is None else answer(session, number)
        return call_next(session, request) if reply is None else reply

    return wrap(asking, *verbs)


def _instead(answer: Reply) -> Hooks:
    """Gives this answer to RETR of an existing message, without reading the message."""

    def instead(session: SessionState, number: int) -> Reply | None:
        try:
            session.messages.entry(number)
        except NoSuchMessage:
            return None
        return answer

    return TableHook(before(instead, "RETR"))


def _cut(octets: int, end: End, then: Action | None = None) -> Hooks:
    """Sends this many octets of a message, then another end."""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        sent = message_body(reply)
        if sent is None:
            return reply
        if not end.after_line.startswith(DOT) or _is_longer(session, request, octets):
            session.emit(BodyTruncated(session.number))
        body = Body(truncate(as_sent(sent), octets), end, stuffed=False)
        return reply._replace(body=body, then=reply.then if then is None else then)

    return ReplyHook(say, "RETR")


def _is_longer(session: SessionState, request: Request, octets: int) -> bool:
    """Whether the requested message has more octets than this."""
    return session.messages.entry(first_number(request) or 0).octets > octets


@quirk(
    "lists a message but rejects RETR and TOP for it",
    source="Exchange (fetchmail driver.c, A); AT&T and Yahoo (C); Exchange 5.0 (KB Q168109, C)",
    bugs="c-client marks the message as deleted; clients never fetch the messages after it",
)
def retr_err_one(
    number: Annotated[
        Count, "message to reject, by its number in the first session; conditions do not choose it"
    ] = 1,
    text: Annotated[str, "text of the -ERR reply"] = "RETR command did not succeed",
) -> Hooks:
    chosen = MessageSelector(number)

    def answer(session: SessionState, asked: int) -> Reply | None:
        return err(text) if asked in chosen.numbers(session) else None

    return TableHook(before(answer, *TEXTS))


@quirk(
    "answers RETR with +OK and part of the message, then with -ERR",
    source="GreenMail (RetrCommand.java, A); Inbucket, behind the dot (handler.go, A)",
    bugs="clients wait for the dot, or match all later replies to the wrong commands",
    layer=Layer.LAST,
)
def retr_ok_then_err(
    octets: _Octets = 64,
    form: Annotated[Literal["no-dot", "dot"], "whether the final dot precedes -ERR"] = "no-dot",
    text: Annotated[str, "text of the -ERR reply"] = "internal error",
) -> Hooks:
    line = b"-ERR " + text.encode("utf-8", "surrogateescape") + CRLF
    if form == "dot":
        return _cut(octets, End(DOT + line, CRLF_DOT + line, DOT + line))
    return _cut(octets, End(line, CRLF + line, line))


@quirk(
    "sends only the beginning of a message, then the dot as if the message were complete",
    source="Dovecot after a read error (A); Maillennium's TOP (fetchmail, A); InterChange (C)",
)
def retr_truncated_dot(
    octets: Annotated[Count, "octets of the message to send"] = 64,
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        if request.verb == "RETR" and _is_longer(session, request, octets):
            session.emit(BodyTruncated(session.number))
        return reply._replace(body=body._replace(chunks=truncate(body.chunks, octets)))

    return ReplyHook(say, *TEXTS)


@quirk(
    "closes the connection in the middle of a message",
    source="networks; Courier after an error (A)",
    bugs="K-9 takes the close for the end of the message; curl 7.88 succeeds with half a message",
    aspect=_BREAKS_OFF,
    layer=Layer.LAST,
)
def retr_cut_fin(octets: _Octets = 64) -> Hooks:
    return _cut(octets, NO_END, Close())


@quirk(
    "resets the connection in the middle of a message",
    source="networks",
    aspect=_BREAKS_OFF,
    layer=Layer.LAST,
)
def retr_cut_rst(octets: _Octets = 64) -> Hooks:
    return _cut(octets, NO_END, Reset())


@quirk(
    "ends the connection right after a message",
    source="hMailServer's own tests (A)",
    bugs="clients fetch the message again",
    aspect=_BREAKS_OFF,
)
def retr_drop_after_dot(
    then: Annotated[Ending, "how the connection ends"] = "close",
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply if message_body(reply) is None else reply._replace(then=ENDINGS[then])

    return ReplyHook(say, "RETR")


@quirk(
    "does not answer RETR",
    source="hMailServer, if the file is missing (POP3Connection.cpp, A)",
    layer=Layer.FIRST,
    takes=("RETR", "dot after RETR", "octet in the reply to RETR"),
)
def retr_no_reply() -> Hooks:
    return _instead(NO_REPLY)


@quirk(
    "answers RETR with a different message",
    source="servers that reorder (fetchmail pop3.c:806, A)",
)
def retr_wrong_message(
    message: Annotated[Count, "number of the message to send"] = 2,
) -> Hooks:
    def another(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        try:
            session.messages.entry(first_number(request) or 0)
            session.messages.entry(message)
        except NoSuchMessage:
            return call_next(session, request)
        return call_next(session, Request("RETR", str(message)))

    return TableHook(wrap(another, "RETR"))


class _Twice(PerSessionHooks):
    """Repeats a positive status line exactly as it is sent."""

    def __init__(self, verb: str) -> None:
        self.replies = self.sends = frozenset({verb})
        self._ok = False

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._ok = reply.ok is True
        return reply

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            yield action
            if self._ok and isinstance(action, Send) and action.part is Part.HEAD:
                yield action


# fmt: off
_Verb = Literal[
    "USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP", "QUIT",
    "CAPA", "STLS", "AUTH", "UTF8", "LANG",
]
# fmt: on


@quirk(
    "sends the +OK status line twice",
    source="FTGate V2, to TOP (fetchmail's FAQ S7, C)",
)
def double_ok(verb: Annotated[_Verb, "command with the repeated status line"] = "TOP") -> Hooks:
    return _Twice(verb)


@quirk(
    "answers RETR with an empty line instead of a status line and a message",
    source="outlook.office365.com, for certain messages (MailKit#1634, #1636, B)",
    layer=Layer.FIRST,
    takes=("RETR", "dot after RETR"),
)
def blank_line_reply() -> Hooks:
    return _instead(Reply(None, body=raw_body(CRLF)))
