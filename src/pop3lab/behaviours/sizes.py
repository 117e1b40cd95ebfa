"""Sizes that are not those of what is sent (RFC 1939 section 11)."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil

from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.effects.listings import ItemHook
from pop3lab.effects.maildrop_views import (
    ListedMessage,
    LoginContext,
    MessageSelector,
    ViewHook,
    ViewMaildrop,
    listed_messages,
)
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.values import COUNT, FACTOR, NUMBERS, WHOLE, Parameter, choice


def _sizes(tell: Callable[[int, int], int], numbers: Sequence[int] = ()) -> Hooks:
    """Tells other sizes wherever sizes are told.

    tell: gets a message's octets, and which login of the user it is. numbers: of which messages,
    as in the user's first session; none is all.
    """
    chosen = MessageSelector(*numbers)

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        there = chosen.uids(visit.user, [one.entry.uid for one in visit.messages])
        return [
            one.with_entry(octets=tell(one.entry.octets, visit.nth))
            if one.entry.uid in there
            else one
            for one in visit.messages
        ]

    return ViewHook(view)


class _LineFeeds(Hooks):
    """Counts CRLF as one octet. All messages are read at login, for there is no other way."""

    replies = sends = ()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return ViewMaildrop(
            maildrop, [_with_line_feeds(maildrop, one) for one in listed_messages(maildrop)]
        )


def _with_line_feeds(maildrop: Maildrop, one: ListedMessage) -> ListedMessage:
    return one.with_entry(octets=one.entry.octets - line_ends(maildrop.read(one.uid)))


def line_ends(chunks: Iterable[bytes]) -> int:
    """How many CRLF there are."""
    ends = 0
    last = b""
    for chunk in chunks:
        ends += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
        last = chunk[-1:] or last
    return ends


class _RetrOctets(Hooks):
    """The status line of RETR tells a size of its own."""

    replies = frozenset({"RETR"})
    sends = ()

    def __init__(self, octets: int) -> None:
        self._text = f"{octets} octets"

    def reply(self, request: Request, reply: Reply) -> Reply:
        return reply._replace(text=self._text) if reply.ok else reply


def _zero(numbers: Sequence[int], form: str) -> Hooks:
    if form == "zero":
        return _sizes(lambda octets, nth: 0, numbers)
    return ItemHook(lambda item, _: item._replace(gap=b"", value=b""), ("LIST",), numbers)


def _estimate(factor: float, multiple: int) -> Hooks:
    step = max(1, multiple)
    return _sizes(lambda octets, nth: ceil(octets * factor / step) * step)


_NUMBERS = Parameter("numbers", NUMBERS, "which messages, all if none are named", ())

ROWS = (
    Behaviour(
        "size-lf",
        "sizes count a line end as one octet",
        "qmail-pop3d (fetchmail driver.c, A); Dovecot's pop3_fast_size_lookups (A)",
        lambda server: _LineFeeds(),
        category="sizes",
        bugs="stops reading at the size that was told",
    ),
    Behaviour(
        "size-estimate",
        "sizes are guessed, by a factor or rounded up",
        "Exchange unless EnableExactRFC822Size (C); HP OpenMail (fetchmail's FAQ S3, C)",
        lambda server, factor, multiple: _estimate(factor, multiple),
        (
            Parameter("factor", FACTOR, "by which they are multiplied", 0.5),
            Parameter("multiple", COUNT, "of which they are rounded up to a multiple", 1),
        ),
        category="sizes",
        bugs="fetches again for the size did not match",
        needs=("size",),
    ),
    Behaviour(
        "size-zero",
        "sizes are 0, or LIST leaves them out",
        "no server known (D)",
        lambda server, numbers, form: _zero(numbers, form),
        (
            _NUMBERS,
            Parameter("form", choice("zero", "missing"), "whether there is a 0", "zero"),
        ),
        category="sizes",
        bugs="Sylpheed skips messages of 0 octets",
        layer=Layer.FIRST,
        aspect="the sizes of messages {numbers}",
        takes=("size",),
    ),
    Behaviour(
        "size-huge",
        "sizes are more than an integer of a client holds",
        "curl's test 853 (A)",
        lambda server, octets, numbers: _sizes(lambda _, nth: octets, numbers),
        (
            Parameter("octets", WHOLE, "the size that is told", 4_294_967_400),
            _NUMBERS,
        ),
        category="sizes",
        bugs="CVE-2010-0816: overflow in Outlook Express; Jakarta Mail takes the memory at once",
        layer=Layer.FIRST,
        aspect="the sizes of messages {numbers}",
    ),
    Behaviour(
        "size-negative",
        "sizes are negative",
        "Post Office/NT (fetchmail NEWS 4.2.6, C)",
        lambda server, octets, numbers: _sizes(lambda _, nth: octets, numbers),
        (
            Parameter("octets", WHOLE, "the size that is told", -1),
            _NUMBERS,
        ),
        category="sizes",
        layer=Layer.FIRST,
        aspect="the sizes of messages {numbers}",
    ),
    Behaviour(
        "retr-octets-lie",
        "the status line of RETR tells another size than is sent",
        "servers that count before they convert (fetchmail NEWS 3.9.8, C)",
        lambda server, octets: _RetrOctets(octets),
        (Parameter("octets", WHOLE, "the size that is told", 120),),
        category="sizes",
        bugs="reads so many octets, whether they come or not",
    ),
    Behaviour(
        "size-varies",
        "a message's size differs from session to session",
        "UW-imap's Status header (A); Exchange's conversion (D)",
        lambda server, by: _sizes(lambda octets, nth: octets + by * (nth - 1)),
        (Parameter("by", WHOLE, "how much more it is in each session", 7),),
        category="sizes",
        bugs="another size is another message, fetched again",
    ),
)
