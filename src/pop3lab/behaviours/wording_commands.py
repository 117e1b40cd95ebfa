"""Quirks that add commands or unique-id forms that no current RFC defines."""

import base64
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple
from zlib import crc32

from pop3lab.behaviours.wording import TEMPLATE, VERB, filled
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, listing, ok
from pop3lab.core.request import GREETING, NO_COMMAND, Authenticated, Request, State, number
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import CallNext, CommandTable, TableHook, with_overrides
from pop3lab.effects.hooks import RefusalHook
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import TEXT, Count, ValueType

quirk = BehaviourDecorator("quirk", category="wording")

_States = Literal["any", "before", "after"]
_STATES: dict[_States, frozenset[State]] = {
    "any": frozenset({State.AUTHORIZATION, State.TRANSACTION}),
    "before": frozenset({State.AUTHORIZATION}),
    "after": frozenset({State.TRANSACTION}),
}


def _take(given: object) -> str:
    text: str = TEXT.take(given)
    if text.partition("\r\n")[0].partition(" ")[0] not in ("+OK", "-ERR"):
        raise ValueError
    return text


_REPLY = ValueType('+OK or -ERR and a text, such as "+OK and more"', _take)


@quirk(
    "adds a command with a fixed reply, whatever its arguments",
    source="XTND XMIT of qpopper, RPOP of UW and Twisted, HELP of hMailServer (A, C)",
    refusals=True,
)
def extra_command(
    verb: Annotated[str, VERB, "the command"],
    reply: Annotated[str, _REPLY, "the reply; further lines make it a list"],
    state: Annotated[_States, "before login, after it, or both"] = "any",
) -> Hooks:
    answer = _read(reply)

    def handler(session: SessionState, rest: str = "") -> Reply:
        return answer

    def change(table: CommandTable) -> None:
        table[verb] = CommandSpec(verb, _STATES[state], (str,), handler, "", optional=1, rest=True)

    return TableHook(change)


def _read(text: str) -> Reply:
    """Read a status line, and the lines after it as a list."""
    status, *lines = text.removesuffix("\r\n").split("\r\n")
    word, _, rest = status.partition(" ")
    if not lines:
        return Reply(word == "+OK", rest)
    body = listing(rest, [line.encode("utf-8", "surrogateescape") + b"\r\n" for line in lines])
    return body._replace(ok=word == "+OK")


@quirk(
    "replaces the text after -ERR in the reply to unknown commands",
    source="words of named servers, in their profiles",
    refusals=True,
)
def unknown_command(
    text: Annotated[str, TEMPLATE, "the text, with fields such as {verb}; empty for none"],
) -> Hooks:
    def change(session: SessionState, request: Request, reply: Reply) -> Reply | None:
        if session.knows(request.verb) or request.verb in (GREETING.verb, NO_COMMAND.verb):
            return None
        return reply._replace(text=filled(text, session, request, reply))

    return RefusalHook(change)


_RsetTo = Literal["start", "zero"]


class _Last(PerSessionHooks):
    """Knows which messages of each user have been sent, now and when the session began."""

    def __init__(self, rset: _RsetTo, remembers: bool) -> None:
        self._rset_to = rset
        self._remembers = remembers
        self._users: dict[str, set[str]] = {}
        self._before: frozenset[str] | None = None

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        last = CommandSpec("LAST", _STATES["after"], (), self._last, "RFC 1460 section 6")
        overrides = {"RETR": self._retr, "RSET": self._rset}
        return with_overrides({**table, "LAST": last}, overrides)

    def _seen(self) -> set[str]:
        seen = self._users.setdefault(self.user, set())
        if self._before is None:
            if not self._remembers:
                seen.clear()
            self._before = frozenset(seen)
        return seen

    def _last(self, session: SessionState) -> Reply:
        seen, entries = self._seen(), session.maildrop.snapshot.entries
        numbers = (number for number, entry in enumerate(entries, 1) if entry.uid in seen)
        return ok(f"{max(numbers, default=0)}")

    def _retr(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        reply = call_next(session, request)
        if isinstance(reply, Reply) and reply.ok:
            read = session.maildrop.snapshot.entries[number(request.arguments[0]) - 1]
            self._seen().add(read.uid)
        return reply

    def _rset(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        seen = self._seen()
        seen.clear()
        if self._rset_to == "start":
            seen.update(self._before or ())
        return call_next(session, request)


@quirk(
    "answers LAST with the highest number of a message sent, including earlier sessions",
    source="RFC 1081, RFC 1460; UW, popa3d, Dovecot's pop3_enable_last (A)",
    aspect="whether LAST exists",
)
def last_command(
    rset: Annotated[
        _RsetTo, "whether RSET restores the value from the start of the session or sets 0"
    ] = "start",
    remembers: Annotated[bool, "whether earlier sessions count"] = True,
) -> Hooks:
    return _Last(rset, remembers)


# Unique-ids in the form of named servers.


class _Known(NamedTuple):
    """The values that forms are made of.

    validity: of the user's maildrop. number: of the message in it. uid: the real unique-id.
    """

    validity: int
    number: int
    uid: str

    @property
    def digest(self) -> str:
        """A digest of the real unique-id, in hexadecimal."""
        return sha256(self.uid.encode()).hexdigest()

    @property
    def letters(self) -> str:
        """The same digest in 44 letters."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.digest)).decode()


# fmt: off
_Form = Literal[
    "hex16", "uw", "decimal", "cyrus", "cyrus-dash", "stalwart", "courier", "courier-uid",
    "zimbra", "popa3d", "token",
]
# fmt: on
FORMS: dict[_Form, Callable[[_Known], str]] = {
    "hex16": lambda known: f"{known.number:08x}{known.validity:08x}",
    "uw": lambda known: f"{known.validity:08x}{known.number:08x}",
    "decimal": lambda known: f"{known.number}",
    "cyrus": lambda known: f"{known.validity}.{known.number}",
    "cyrus-dash": lambda known: f"{known.validity}-{known.number}",
    "stalwart": lambda known: f"{known.validity}{known.number}",
    "courier": lambda known: f"UID{known.number}-{known.validity}",
    "courier-uid": lambda known: f"UID{known.number}",
    "zimbra": lambda known: f"{known.number}.{known.letters}",
    "popa3d": lambda known: known.digest[:16],
    "token": lambda known: known.digest,
}

_VALIDITY = 1_000_000_000  # the lowest: a UIDVALIDITY is usually a time in seconds


class _Numbers:
    """Numbers a user's messages as they first appear, and never reuses a number."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._numbers: dict[str, dict[str, int]] = {}

    def number(self, user: str, uid: str) -> int:
        known = self._numbers.setdefault(user, {})
        return known.setdefault(uid, self._first + len(known))


@quirk(
    "sends unique-ids in the form of a named server's, the same in each session",
    source="Dovecot (hex16), UW, Cyrus, Stalwart, Courier, Zimbra, popa3d (A)",
    aspect="the form of unique-ids",
    bugs="numbers joined without a separator collide: 1 and 23, 12 and 3",
    layer=Layer.FIRST,
    needs=("UIDL", "unique-id of a message's own"),
)
def uid_form(
    form: Annotated[_Form, "the server"],
    first: Annotated[Count, "the number of the first message, if the form has numbers"] = 1,
) -> Hooks:
    make = FORMS[form]
    numbers = _Numbers(first)

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        validity = _VALIDITY + crc32(visit.user.encode("utf-8")) % _VALIDITY
        return [
            one.with_entry(uid=make(_Known(validity, numbers.number(visit.user, uid), uid)))
            for one in visit.messages
            for uid in [one.entry.uid]
        ]

    return ViewHook(view)
