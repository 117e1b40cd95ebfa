"""What STAT and LIST tell, and how it is written (RFC 1939 section 5)."""

import re
from collections.abc import Callable, Iterator
from math import inf

from pop3lab.core.actions import Action, Close, Pause, Reset
from pop3lab.core.command import LISTINGS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, Reply, err
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.commands import CallNext, TableHook, wrap
from pop3lab.effects.listings import NO_END, ListingHook, body_lines, with_lines
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.values import COUNT, OCTETS, TEXT, WHOLE, Parameter, choice

_ENDINGS: dict[str, Action] = {"close": Close(), "reset": Reset(), "silence": Pause(inf)}
_BOGUS = "0 5|-1 5|99999999999 5|1|1 ten|abc|"


class _Stat(Hooks):
    """Bends the answer to STAT; tell: gets the count and the octets, and gives the text."""

    replies = frozenset({"STAT"})
    sends = ()

    def __init__(self, tell: Callable[[str, str], str]) -> None:
        self._tell = tell

    def reply(self, request: Request, reply: Reply) -> Reply:
        count, _, octets = reply.text.partition(" ")
        return reply._replace(text=self._tell(count, octets)) if reply.ok else reply


class _EmptyListing(Hooks):
    """Answers LIST and UIDL in another way where there is nothing to list."""

    replies = LISTINGS
    sends = ()

    def __init__(self, answer: Callable[[Reply], Reply]) -> None:
        self._answer = answer

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None or any(reply.body.chunks):
            return reply
        return self._answer(reply)


def _without_dot(reply: Reply) -> Reply:
    return reply._replace(body=Body(MessageText(b""), NO_END))


class _Noise(Hooks):
    """Other words in the status line of a listing, and columns more in its lines."""

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


def _twice(number: int, form: str) -> Hooks:
    """The lines of a listing in which a number is there twice."""
    mine, the_next = re.compile(rb"%d " % number), re.compile(rb"%d " % (number + 1))

    def repeated(lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            yield line
            if mine.match(line):
                yield line

    def renumbered(lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            match = the_next.match(line)
            yield b"%d %s" % (number, line[match.end() :]) if match else line

    return ListingHook(repeated if form == "repeated" else renumbered)


def _bogus(lines: bytes, at: str) -> Hooks:
    more = lines.split(b"|")
    return ListingHook(lambda known: [*more, *known] if at == "start" else [*known, *more])


def _list_all(
    session: SessionState, request: Request, call_next: CallNext
) -> Reply | Authenticated:
    return call_next(session, Request(request.verb))


class _CutListing(Hooks):
    """The connection is lost, or nothing more comes, behind so many lines of a listing."""

    sends = ()

    def __init__(self, verb: str, after: int, then: str) -> None:
        self.replies = frozenset({verb})
        self._after = after
        self._then = _ENDINGS[then]

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        lines = body_lines(reply.body)[: self._after]
        body = reply.body._replace(end=NO_END)
        return with_lines(reply._replace(then=self._then), body, lines)


ROWS = (
    Behaviour(
        "stat-extra",
        "more stands behind the numbers of STAT, or more than a space between them",
        "RFC 1939 leaves it open (C); tabs: change log of Mail::POP3Client (C)",
        lambda server, text, gap: _Stat(
            lambda count, octets: f"{count}{gap}{octets} {text}".removesuffix(" ")
        ),
        (
            Parameter("text", TEXT, "what stands behind", "messages in maildrop"),
            Parameter("gap", TEXT, "what stands between the numbers", " "),
        ),
        category="listing",
        bugs="splits in two, or at each space",
        needs=("number in the answer to STAT",),
    ),
    Behaviour(
        "stat-malformed",
        "STAT lacks a number, or has a word in its place",
        "Comcast, as in MailKit's recorded sessions (A)",
        lambda server, form: _Stat(
            lambda count, octets: {
                "bare": "",
                "count": count,
                "words": f"seven {octets}",
                "hash": f"{count} #octets",
            }[form]
        ),
        (
            Parameter(
                "form",
                choice("bare", "count", "words", "hash"),
                "no number, no octets, a word for the count, or octets that are no number",
                "count",
            ),
        ),
        category="listing",
        bugs="poplib raises IndexError; taken for an empty maildrop",
        aspect="what STAT tells",
        layer=Layer.FIRST,
        needs=("number in the answer to STAT",),
    ),
    Behaviour(
        "stat-negative-octets",
        "the octets of STAT are negative, or more than a client's integer holds",
        "overflow in a server, MailKit#872 (B)",
        lambda server, octets: _Stat(lambda count, _: f"{count} {octets}"),
        (Parameter("octets", WHOLE, "the sum that is told", -1_873_210_000),),
        category="listing",
        bugs="the whole maildrop could not be had",
        aspect="what STAT tells",
        layer=Layer.FIRST,
        needs=("number in the answer to STAT",),
    ),
    Behaviour(
        "stat-count-wrong",
        "STAT counts more messages, or fewer, than are listed",
        "fetchmail NEWS 5.9.10, CVE-2002-0146 (C); getmail's documentation (C)",
        lambda server, by: _Stat(lambda count, octets: f"{max(0, int(count) + by)} {octets}"),
        (Parameter("by", WHOLE, "how many more; fewer, if negative", 1),),
        category="listing",
        bugs="DELE is off by so many; fetchmail 6.4.37 crashes on a number above the count",
        needs=("number in the answer to STAT",),
    ),
    Behaviour(
        "list-empty-err",
        "LIST and UIDL are refused where there are no messages",
        "fetchmail NEWS 3.9.9 avoids it (C)",
        lambda server, text: _EmptyListing(lambda reply: err(text)),
        (Parameter("text", TEXT, "the text of the refusal", "no messages"),),
        category="listing",
        aspect="an empty listing",
        layer=Layer.FIRST,
        needs=("list of several lines", "empty maildrop"),
    ),
    Behaviour(
        "list-empty-no-dot",
        "LIST and UIDL end without a dot where there are no messages",
        "no server known (D)",
        lambda server: _EmptyListing(_without_dot),
        category="listing",
        bugs="waits for ever",
        aspect="an empty listing",
        needs=("list of several lines", "empty maildrop"),
    ),
    Behaviour(
        "list-status-noise",
        "LIST and UIDL begin with a remark, which may look like an entry, or have a column more",
        "Courier, hMailServer (A)",
        lambda server, text, column: _Noise(text, column),
        (
            Parameter(
                "text",
                TEXT,
                "the status line's",
                "POP3 clients that break here, they violate STD53.",
            ),
            Parameter("column", OCTETS, "what stands behind each line", b""),
        ),
        category="listing",
        bugs="enough_mail#190 took the status line for an entry",
        needs=("list of several lines",),
    ),
    Behaviour(
        "list-unordered",
        "LIST and UIDL are in descending order",
        "Dovecot's own client knows servers that reorder (A)",
        lambda server: ListingHook(lambda lines: lines[::-1]),
        category="listing",
        bugs="takes the place of a line for the number",
        needs=("list of several lines",),
    ),
    Behaviour(
        "list-duplicate-number",
        "a number is there twice in LIST and UIDL",
        "mpop rejects it (A); no server known",
        lambda server, number, form: _twice(number, form),
        (
            Parameter("number", COUNT, "which", 1),
            Parameter(
                "form",
                choice("repeated", "renumbered"),
                "its line comes twice, or the next message's has its number",
                "repeated",
            ),
        ),
        category="listing",
        needs=("list of several lines",),
    ),
    Behaviour(
        "list-bogus-lines",
        "LIST and UIDL have lines of messages that can't be, or that are no entries at all",
        "Post Office/NT, length -1 (fetchmail NEWS 4.2.6, C); Comcast (MailKit's sessions, A)",
        lambda server, lines, at: _bogus(lines, at),
        (
            Parameter(
                "lines",
                OCTETS,
                'the lines, with | between them; "1 -1" is as Post Office/NT has it',
                _BOGUS.encode(),
            ),
            Parameter("at", choice("start", "end"), "where in the listing", "start"),
        ),
        category="listing",
        bugs="CVE-2001-1009: a negative index in fetchmail; fetchmail 6.4.37 crashes on a number"
        " above the count",
        needs=("list of several lines",),
        takes=("empty maildrop",),
    ),
    Behaviour(
        "list-arg-ignored",
        "LIST and UIDL of one message list all",
        "Mailpit#518 (B)",
        lambda server: TableHook(wrap(_list_all, *LISTINGS)),
        category="listing",
        bugs="the lines are read as replies to the next commands",
        against=("uidl-single-form",),
    ),
    Behaviour(
        "list-cut",
        "a listing breaks off after some lines",
        "Dovecot drops the connection where unique-ids can't be listed (A)",
        lambda server, verb, after, then: _CutListing(verb, after, then),
        (
            Parameter("verb", choice(*LISTINGS), "which listing", "UIDL"),
            Parameter("after", COUNT, "how many lines come", 1),
            Parameter("then", choice(*_ENDINGS), "what follows", "close"),
        ),
        category="listing",
        bugs="Thunderbird and K-9 forget the messages that were not listed",
        needs=("list of several lines",),
    ),
)
