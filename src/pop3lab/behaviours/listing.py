"""The content and form of STAT and LIST (RFC 1939 section 5)."""

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import Annotated, Literal

from pop3lab.core.actions import Action, Close, Pause, Reset
from pop3lab.core.command import LISTINGS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, Reply, err
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.commands import CallNext, TableHook, wrap
from pop3lab.effects.listings import NO_END, ListingHook, body_lines, with_lines
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, WholeNumber

quirk = BehaviourDecorator("quirk", category="listing")

_STAT_TEXT = "what STAT reports"
_NEEDS_STAT = ("number in the reply to STAT",)
_NEEDS_LIST = ("list of several lines",)


class _Stat(Hooks):
    """Changes the reply to STAT; change: makes the text from the count and the octets."""

    replies = frozenset({"STAT"})
    sends = ()

    def __init__(self, change: Callable[[str, str], str]) -> None:
        self._change = change

    def reply(self, request: Request, reply: Reply) -> Reply:
        count, _, octets = reply.text.partition(" ")
        return reply._replace(text=self._change(count, octets)) if reply.ok else reply


@quirk(
    "sends text after the numbers of STAT, or more than one space between them",
    source="RFC 1939 leaves it open (C); tabs: change log of Mail::POP3Client (C)",
    bugs="splits in two, or at each space",
    needs=_NEEDS_STAT,
)
def stat_extra(
    text: Annotated[str, "text after the numbers"] = "messages in maildrop",
    gap: Annotated[str, "separator between the numbers"] = " ",
) -> Hooks:
    return _Stat(lambda count, octets: f"{count}{gap}{octets} {text}".removesuffix(" "))


@quirk(
    "omits a number from STAT, or replaces it with a word",
    source="Comcast, as in MailKit's recorded sessions (A)",
    bugs="poplib raises IndexError; mistakes it for an empty maildrop",
    aspect=_STAT_TEXT,
    layer=Layer.FIRST,
    needs=_NEEDS_STAT,
)
def stat_malformed(
    form: Annotated[
        Literal["bare", "count", "words", "hash"],
        "no numbers, no octets, a word as the count, or octets that are not a number",
    ] = "count",
) -> Hooks:
    forms = {"bare": "", "count": "{0}", "words": "seven {1}", "hash": "{0} #octets"}
    return _Stat(forms[form].format)


@quirk(
    "sends an octet count in STAT that is negative or overflows the client's integer",
    source="overflow in a server, MailKit#872 (B)",
    bugs="could not download anything",
    aspect=_STAT_TEXT,
    layer=Layer.FIRST,
    needs=_NEEDS_STAT,
)
def stat_negative_octets(
    octets: Annotated[WholeNumber, "the octet count"] = -1_873_210_000,
) -> Hooks:
    return _Stat(lambda count, _: f"{count} {octets}")


@quirk(
    "counts more or fewer messages in STAT than in the listings",
    source="fetchmail NEWS 5.9.10, CVE-2002-0146 (C); getmail's documentation (C)",
    bugs="DELE is off by the difference; fetchmail 6.4.37 crashes on a number above the count",
    needs=_NEEDS_STAT,
)
def stat_count_wrong(
    by: Annotated[WholeNumber, "difference to the true count; negative for fewer"] = 1,
) -> Hooks:
    return _Stat(lambda count, octets: f"{max(0, int(count) + by)} {octets}")


class _EmptyListing(Hooks):
    """Changes the reply to LIST and UIDL if there are no messages."""

    replies = LISTINGS
    sends = ()

    def __init__(self, change: Callable[[Reply], Reply]) -> None:
        self._change = change

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None or any(reply.body.chunks):
            return reply
        return self._change(reply)


@quirk(
    "refuses LIST and UIDL if there are no messages",
    source="fetchmail NEWS 3.9.9 avoids it (C)",
    aspect="an empty listing",
    layer=Layer.FIRST,
    needs=(*_NEEDS_LIST, "empty maildrop"),
)
def list_empty_err(text: Annotated[str, "text of the refusal"] = "no messages") -> Hooks:
    return _EmptyListing(lambda reply: err(text))


@quirk(
    "omits the final dot of LIST and UIDL if there are no messages",
    source="no server known (D)",
    bugs="waits forever",
    aspect="an empty listing",
    needs=(*_NEEDS_LIST, "empty maildrop"),
)
def list_empty_no_dot() -> Hooks:
    return _EmptyListing(lambda reply: reply._replace(body=Body(MessageText(b""), NO_END)))


class _Noise(Hooks):
    """Changes the status line of a listing and adds a column to its lines."""

    replies = LISTINGS
    sends = ()

    def __init__(self, text: str, column: bytes) -> None:
        self._text = text
        self._column = b" " + column if column else b""

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        lines = [line + self._column for line in body_lines(reply.body)]
        return with_lines(reply._replace(text=self._text), reply.body, lines)


@quirk(
    "sends a remark as the status line of LIST and UIDL, or an extra column in each line",
    source="Courier, hMailServer (A)",
    bugs="enough_mail#190 took the status line for an entry",
    needs=_NEEDS_LIST,
)
def list_status_noise(
    text: Annotated[
        str, "text of the status line, which may look like an entry"
    ] = "POP3 clients that break here, they violate STD53.",
    column: Annotated[bytes, "the column at the end of each line"] = b"",
) -> Hooks:
    return _Noise(text, column)


@quirk(
    "sends LIST and UIDL in descending order",
    source="Dovecot's own client knows servers that reorder (A)",
    bugs="takes the position of a line for the message number",
    needs=_NEEDS_LIST,
)
def list_unordered() -> Hooks:
    return ListingHook(lambda lines: lines[::-1])


@quirk(
    "lists a message number twice in LIST and UIDL",
    source="mpop rejects it (A); no server known",
    needs=_NEEDS_LIST,
)
def list_duplicate_number(
    number: Annotated[Count, "the message number"] = 1,
    form: Annotated[
        Literal["repeated", "renumbered"],
        "the line comes twice, or the next message has the same number",
    ] = "repeated",
) -> Hooks:
    this, following = re.compile(rb"%d " % number), re.compile(rb"%d " % (number + 1))

    def repeated(lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            yield line
            if this.match(line):
                yield line

    def renumbered(lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            match = following.match(line)
            yield b"%d %s" % (number, line[match.end() :]) if match else line

    return ListingHook(repeated if form == "repeated" else renumbered)


@quirk(
    "lists impossible messages in LIST and UIDL, or lines that are not entries",
    source="Post Office/NT, length -1 (fetchmail NEWS 4.2.6, C); Comcast (MailKit's sessions, A)",
    bugs="CVE-2001-1009: a negative index in fetchmail; fetchmail 6.4.37 crashes on a number"
    " above the count",
    needs=_NEEDS_LIST,
    takes=("empty maildrop",),
)
def list_bogus_lines(
    lines: Annotated[
        bytes, 'the lines, separated by |; "1 -1" is the line of Post Office/NT'
    ] = b"0 5|-1 5|99999999999 5|1|1 ten|abc|",
    at: Annotated[Literal["start", "end"], "where the lines are in the listing"] = "start",
) -> Hooks:
    more = lines.split(b"|")
    return ListingHook(lambda known: [*more, *known] if at == "start" else [*known, *more])


@quirk(
    "ignores the message number in LIST and UIDL and lists all messages",
    source="Mailpit#518 (B)",
    bugs="reads the lines as replies to the next commands",
    against=("uidl-single-form",),
)
def list_arg_ignored() -> Hooks:
    def list_all(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return call_next(session, Request(request.verb))

    return TableHook(wrap(list_all, *LISTINGS))


class _CutListing(Hooks):
    """Breaks a listing off after some lines, then acts."""

    sends = ()

    def __init__(self, verb: str, after: int, then: Action) -> None:
        self.replies = frozenset({verb})
        self._after = after
        self._then = then

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        lines = body_lines(reply.body)[: self._after]
        body = reply.body._replace(end=NO_END)
        return with_lines(reply._replace(then=self._then), body, lines)


_Ending = Literal["close", "reset", "silence"]
_ENDINGS: dict[_Ending, Action] = {"close": Close(), "reset": Reset(), "silence": Pause(inf)}


@quirk(
    "breaks a listing off after some lines",
    source="Dovecot drops the connection where unique-ids can't be listed (A)",
    bugs="Thunderbird and K-9 forget the messages that were not listed",
    needs=_NEEDS_LIST,
)
def list_cut(
    verb: Annotated[Literal["LIST", "UIDL"], "the listing"] = "UIDL",
    after: Annotated[Count, "number of lines sent"] = 1,
    then: Annotated[_Ending, "how the reply ends"] = "close",
) -> Hooks:
    return _CutListing(verb, after, _ENDINGS[then])
