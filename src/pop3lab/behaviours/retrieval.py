"""What RETR is answered, other than with the message (RFC 1939 section 5)."""

from collections.abc import Callable, Iterator

from pop3lab.core.actions import Action, Close, Part, Reset, Send
from pop3lab.core.command import COMMANDS, TEXTS
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
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import COUNT, TEXT, Parameter, choice

# Commands about a message, answered by a quirk before the book is asked.

_Answer = Callable[[SessionState, int], Reply | None]  # None to go on; may raise Refused


def before(answer: _Answer, *verbs: str) -> TableChange:
    """These commands ask for this answer first, if they name a message."""

    def asking(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        number = first_number(request)
        reply = None if number is None else answer(session, number)
        return call_next(session, request) if reply is None else reply

    return wrap(asking, *verbs)


_ENDS: dict[str, Action] = {"close": Close(), "reset": Reset()}


def _err_one(number: int, text: str) -> Hooks:
    chosen = MessageSelector(number)

    def answer(session: SessionState, number: int) -> Reply | None:
        return err(text) if number in chosen.numbers(session) else None

    return TableHook(before(answer, *TEXTS))


def _ok_then_err(octets: int, form: str, text: str) -> Hooks:
    line = b"-ERR " + text.encode("utf-8", "surrogateescape") + CRLF
    if form == "dot":
        end = End(DOT + line, CRLF_DOT + line, DOT + line)
    else:
        end = End(line, CRLF + line, line)
    return _cut(octets, end)


def _cut(octets: int, end: End, then: Action | None = None) -> Hooks:
    """So many octets of a message, as sent, then another end."""

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
    """Whether the message at hand has more octets."""
    return session.messages.entry(first_number(request) or 0).octets > octets


def _truncated(octets: int) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        if request.verb == "RETR" and _is_longer(session, request, octets):
            session.emit(BodyTruncated(session.number))
        return reply._replace(body=body._replace(chunks=truncate(body.chunks, octets)))

    return ReplyHook(say, *TEXTS)


def _then(then: Action) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply if message_body(reply) is None else reply._replace(then=then)

    return ReplyHook(say, "RETR")


def _instead(answer: Reply) -> Hooks:
    """Answers so to RETR of a message that there is, which is not read."""

    def instead(session: SessionState, number: int) -> Reply | None:
        try:
            session.messages.entry(number)
        except NoSuchMessage:
            return None
        return answer

    return TableHook(before(instead, "RETR"))


def _another(message: int) -> Hooks:
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
    """Sends the status line twice, however it is written, where it is positive."""

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


_OCTETS = Parameter("octets", COUNT, "how many octets of the message come, as sent", 64)

ROWS = (
    Behaviour(
        "retr-err-one",
        "a message that is listed can't be retrieved",
        "Exchange (fetchmail driver.c, A); AT&T and Yahoo (C); Exchange 5.0 (KB Q168109, C)",
        lambda server, number, text: _err_one(number, text),
        (
            Parameter(
                "number",
                COUNT,
                "which, by its number in the first session; a condition does not choose it",
                1,
            ),
            Parameter("text", TEXT, "the text of the refusal", "RETR command did not succeed"),
        ),
        category="retrieval",
        bugs="c-client marks it as deleted; the messages behind it are never fetched",
    ),
    Behaviour(
        "retr-ok-then-err",
        "RETR begins well, then comes -ERR, without the dot or behind it",
        "GreenMail (RetrCommand.java, A); Inbucket, behind the dot (handler.go, A)",
        lambda server, octets, form, text: _ok_then_err(octets, form, text),
        (
            _OCTETS,
            Parameter("form", choice("no-dot", "dot"), "whether a dot comes first", "no-dot"),
            Parameter("text", TEXT, "the text of the refusal", "internal error"),
        ),
        category="retrieval",
        bugs="waits for the dot; or all later replies are taken for the wrong commands",
        layer=Layer.LAST,
    ),
    Behaviour(
        "retr-truncated-dot",
        "only the beginning of a message comes, ended by the dot as if it were whole",
        "Dovecot after a read error (A); Maillennium's TOP (fetchmail, A); InterChange (C)",
        lambda server, octets: _truncated(octets),
        (Parameter("octets", COUNT, "how many octets of the message come", 64),),
        category="retrieval",
    ),
    Behaviour(
        "retr-cut-fin",
        "the connection is closed within a message",
        "networks; Courier after an error (A)",
        lambda server, octets: _cut(octets, NO_END, Close()),
        (_OCTETS,),
        category="retrieval",
        bugs="K-9 takes that for the end of the message; curl 7.88 ends well with half of it",
        aspect="how RETR breaks off",
        layer=Layer.LAST,
    ),
    Behaviour(
        "retr-cut-rst",
        "the connection is reset within a message",
        "networks",
        lambda server, octets: _cut(octets, NO_END, Reset()),
        (_OCTETS,),
        category="retrieval",
        aspect="how RETR breaks off",
        layer=Layer.LAST,
    ),
    Behaviour(
        "retr-drop-after-dot",
        "the connection ends right behind a message",
        "hMailServer's own tests (A)",
        lambda server, then: _then(_ENDS[then]),
        (Parameter("then", choice(*_ENDS), "how it ends", "close"),),
        category="retrieval",
        bugs="fetches the message again",
        aspect="how RETR breaks off",
    ),
    Behaviour(
        "retr-no-reply",
        "RETR is not answered",
        "hMailServer, if the file is missing (POP3Connection.cpp, A)",
        lambda server: _instead(NO_REPLY),
        category="retrieval",
        layer=Layer.FIRST,
        takes=("RETR", "dot behind RETR", "octet in the answer to RETR"),
    ),
    Behaviour(
        "retr-wrong-message",
        "RETR delivers another message than was asked for",
        "servers that reorder (fetchmail pop3.c:806, A)",
        lambda server, message: _another(message),
        (Parameter("message", COUNT, "the number of the one that is delivered", 2),),
        category="retrieval",
    ),
    Behaviour(
        "double-ok",
        "the status line comes twice",
        "FTGate V2, to TOP (fetchmail's FAQ S7, C)",
        lambda server, verb: _Twice(verb),
        (Parameter("verb", choice(*COMMANDS), "to which command", "TOP"),),
        category="retrieval",
    ),
    Behaviour(
        "blank-line-reply",
        "an empty line comes instead of a status line and a message",
        "outlook.office365.com, for certain messages (MailKit#1634, #1636, B)",
        lambda server: _instead(Reply(None, body=raw_body(CRLF))),
        category="retrieval",
        layer=Layer.FIRST,
        takes=("RETR", "dot behind RETR"),
    ),
)
