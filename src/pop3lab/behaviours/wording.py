"""Quirks that set the wording of a server: its status texts and the lines of CAPA."""

from collections.abc import Callable, Mapping
from hashlib import md5
from string import Formatter
from typing import Annotated, Literal

from pop3lab.core.command import LISTINGS, LOGIN_VERBS
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Entry
from pop3lab.core.reply import Reply
from pop3lab.core.request import GREETING, Request, State, first_number
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import CapaLines
from pop3lab.effects.capabilities import capa_lines as in_capa
from pop3lab.effects.hooks import RefusalHook, ReplyHook
from pop3lab.effects.logins import OwnWords, login_failed
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import TEXT, ValueType, WordList

quirk = BehaviourDecorator("quirk", category="wording")

# Templates of status texts; each reply fills in the fields in braces.

_Field = Callable[[SessionState, Request, Reply], object]


def _number(session: SessionState, request: Request, reply: Reply) -> object:
    return "".join(request.arguments[:1])


def _entry(session: SessionState, request: Request) -> Entry | None:
    """Return the message that the command names, if it exists."""
    number = first_number(request)
    if session.state is not State.TRANSACTION or number is None:
        return None
    entries = session.maildrop.snapshot.entries
    return entries[number - 1] if 1 <= number <= len(entries) else None


def _octets(session: SessionState, request: Request, reply: Reply) -> object:
    if entry := _entry(session, request):
        return entry.octets
    return 0 if session.state is State.AUTHORIZATION else session.messages.octets


def _uid(session: SessionState, request: Request, reply: Reply) -> object:
    entry = _entry(session, request)
    return entry.uid if entry else ""


def _count(session: SessionState, request: Request, reply: Reply) -> object:
    return 0 if session.state is State.AUTHORIZATION else session.messages.count


def _deleted(session: SessionState, request: Request, reply: Reply) -> object:
    before = session.state is State.AUTHORIZATION
    return 0 if before else len(session.messages.marked_uids)


def _user(session: SessionState, request: Request, reply: Reply) -> object:
    named = request.arguments[:1] if request.verb in ("USER", "APOP") else []
    return session.user or session.pending_user or "".join(named)


def _stamp(session: SessionState, request: Request, reply: Reply) -> object:
    """As in the standard greeting: only if APOP can use it."""
    return session.timestamp if session.timestamp and session.timestamp in reply.text else ""


def _host(session: SessionState, request: Request, reply: Reply) -> object:
    return session.timestamp.rpartition("@")[2].rstrip(">") or "localhost"


def _ip(session: SessionState, request: Request, reply: Reply) -> object:
    return session.address


def _id(session: SessionState, request: Request, reply: Reply) -> object:
    seed = f"{session.number} {session.timestamp}".encode()
    return md5(seed, usedforsecurity=False).hexdigest()[:16]


def _verb(session: SessionState, request: Request, reply: Reply) -> object:
    return request.verb


def _text(session: SessionState, request: Request, reply: Reply) -> object:
    return reply.text


_FIELDS: Mapping[str, _Field] = {
    "n": _number,
    "octets": _octets,
    "uid": _uid,
    "count": _count,
    "deleted": _deleted,
    "user": _user,
    "stamp": _stamp,
    "host": _host,
    "ip": _ip,
    "id": _id,
    "verb": _verb,
    "text": _text,
}


def _take(given: object) -> str:
    template: str = TEXT.take(given)
    fields = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    if fields - _FIELDS.keys() or "\r" in template or "\n" in template:
        raise ValueError
    return template


TEMPLATE = ValueType(
    f"a line whose fields are among {' '.join(f'{{{field}}}' for field in _FIELDS)}", _take
)


def filled(template: str, session: SessionState, request: Request, reply: Reply) -> str:
    """Return the template with its fields filled in, and no blanks at either end."""
    text = "".join(
        literal + (str(_FIELDS[field](session, request, reply)) if field else "")
        for literal, field, _, _ in Formatter().parse(template)
    )
    return text.strip(" ")


VERB = ValueType("a verb, or GREETING", lambda given: TEXT.take(given).upper())


def _charset(given: object) -> str:
    """Raises ValueError for a character set in which ASCII is not itself, such as UTF-16."""
    name: str = TEXT.take(given).lower()
    try:
        if "+OK -ERR".encode(name) != b"+OK -ERR":
            raise ValueError
    except LookupError:
        raise ValueError from None
    return name


_CHARSET = ValueType("a character set such as gbk, in which ASCII is itself", _charset)


@quirk(
    "replaces the text after +OK or -ERR in the reply to a command",
    source="words of named servers, in their profiles",
    refusals=True,
    needs=("success of {verb}",),
)
def wording(
    verb: Annotated[str, VERB, "the command, or GREETING"],
    text: Annotated[str, TEMPLATE, "the text, with fields such as {n}; empty for none"],
    err: Annotated[bool, "whether it is the text of -ERR"] = False,
    code: Annotated[str, "only for -ERR with this response code"] = "",
    charset: Annotated[
        str, _CHARSET, "the character set of the text; ? replaces characters that it lacks"
    ] = "utf-8",
) -> Hooks:
    known = GREETING.verb if verb == "GREETING" else verb

    def words(session: SessionState, request: Request, reply: Reply) -> str:
        said = filled(text, session, request, reply)
        if charset == "utf-8":
            return said
        return said.encode(charset, "replace").decode("utf-8", "surrogateescape")

    def refusal(session: SessionState, request: Request, reply: Reply) -> Reply | None:
        if code and not _is_meant(code, session, request, reply):
            return None
        return reply._replace(text=words(session, request, reply), code="")

    def success(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not reply.ok or not _says_done(session, request, reply):
            return reply
        return reply._replace(text=words(session, request, reply))

    return RefusalHook(refusal, known) if err else ReplyHook(success, known)


def _says_done(session: SessionState, request: Request, reply: Reply) -> bool:
    """Whether the text is free wording for this command.

    The single line of a listing is data, and +OK to AUTH before a login lists mechanisms or stands
    for a challenge.
    """
    if request.verb in LISTINGS:
        return reply.body is not None
    return request.verb != "AUTH" or session.state is State.TRANSACTION


def _is_meant(code: str, session: SessionState, request: Request, reply: Reply) -> bool:
    """Whether the refusal has this code.

    AUTH includes a wrong password where response codes are not announced, but not a right one that
    a rule refuses in words of its own.
    """
    if code != "AUTH" or request.verb not in LOGIN_VERBS:
        return reply.code == code
    return login_failed(session, request, reply) and not isinstance(reply.text, OwnWords)


_States = Literal["any", "before", "tls", "after"]


@quirk(
    "lists these lines in CAPA, whether true or not",
    source="lists of named servers, in their profiles",
    layer=Layer.FIRST,
)
def capa_lines(
    lines: Annotated[
        WordList, "the lines, with commas; {sasl} and {stls} stand for this server's own"
    ],
    state: Annotated[
        _States, "before: before login without TLS; tls: before login under TLS; after: after login"
    ] = "any",
) -> Hooks:
    def change(session: SessionState, known: CapaLines) -> CapaLines:
        if state not in ("any", _state(session)):
            return known
        return [line for item in lines for line in _line(item, session)]

    return ReplyHook(in_capa(change), "CAPA")


def _state(session: SessionState) -> _States:
    if session.state is State.TRANSACTION:
        return "after"
    return "tls" if session.channel.secure else "before"


def _line(item: str, session: SessionState) -> CapaLines:
    """Return the item itself, or the lines that it stands for in this session."""
    if item == "{stls}":
        return [b"STLS"] if session.may_start_tls else []
    if item == "{sasl}":
        names = [mechanism.name for mechanism in session.mechanisms()]
        return [" ".join(["SASL", *names]).encode()] if names else []
    return [item.encode("utf-8", "surrogateescape")]
