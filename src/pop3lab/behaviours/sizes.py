"""Sizes that differ from the octets sent (RFC 1939 section 11)."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Annotated, Literal

from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.hooks import ReplyHook
from pop3lab.effects.listings import ItemHook
from pop3lab.effects.maildrop_views import (
    ListedMessage,
    LoginContext,
    MessageSelector,
    ViewHook,
    ViewMaildrop,
    listed_messages,
)
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Factor, Numbers, WholeNumber

quirk = BehaviourDecorator("quirk", category="sizes")

_SIZES = "the sizes of messages {numbers}"

_Numbers = Annotated[Numbers, "messages to change; all if empty"]
_Octets = Annotated[WholeNumber, "size to report"]


def _resized(tell: Callable[[int, int], int], numbers: Sequence[int] = ()) -> Hooks:
    """Reports other sizes in every listing.

    tell: gets the octets of a message, and the number of the user's login. numbers: messages to
    change, by their numbers in the user's first session; all if empty.
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
    """Counts CRLF as one octet, which requires reading all messages at login."""

    replies = sends = ()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return ViewMaildrop(
            maildrop,
            [
                one.with_entry(octets=one.entry.octets - line_ends(maildrop.read(one.uid)))
                for one in listed_messages(maildrop)
            ],
        )


def line_ends(chunks: Iterable[bytes]) -> int:
    """Return the number of CRLF."""
    ends = 0
    last = b""
    for chunk in chunks:
        ends += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
        last = chunk[-1:] or last
    return ends


@quirk(
    "counts each line ending as one octet in sizes",
    source="qmail-pop3d (fetchmail driver.c, A); Dovecot's pop3_fast_size_lookups (A)",
    bugs="clients stop reading after the listed number of octets",
)
def size_lf() -> Hooks:
    return _LineFeeds()


@quirk(
    "estimates sizes by multiplying them, or rounds them up",
    source="Exchange unless EnableExactRFC822Size (C); HP OpenMail (fetchmail's FAQ S3, C)",
    bugs="clients fetch messages again because the size does not match",
    needs=("size",),
)
def size_estimate(
    factor: Annotated[Factor, "factor to multiply sizes by"] = 0.5,
    multiple: Annotated[Count, "sizes are rounded up to a multiple of this number"] = 1,
) -> Hooks:
    step = max(1, multiple)
    return _resized(lambda octets, nth: ceil(octets * factor / step) * step)


@quirk(
    "reports sizes of 0, or omits sizes from LIST",
    source="no server known (D)",
    bugs="Sylpheed skips messages of 0 octets",
    layer=Layer.FIRST,
    aspect=_SIZES,
    takes=("size",),
)
def size_zero(
    numbers: _Numbers = (),
    form: Annotated[Literal["zero", "missing"], "whether the size is 0 or missing"] = "zero",
) -> Hooks:
    if form == "zero":
        return _resized(lambda octets, nth: 0, numbers)
    return ItemHook(lambda item, _: item._replace(gap=b"", value=b""), ("LIST",), numbers)


@quirk(
    "reports sizes too large for the client's integers",
    source="curl's test 853 (A)",
    bugs="CVE-2010-0816: overflow in Outlook Express; Jakarta Mail allocates the memory at once",
    layer=Layer.FIRST,
    aspect=_SIZES,
)
def size_huge(octets: _Octets = 4_294_967_400, numbers: _Numbers = ()) -> Hooks:
    return _resized(lambda _, nth: octets, numbers)


size_negative = quirk.preset(
    "size-negative",
    size_huge,
    "reports negative sizes",
    source="Post Office/NT (fetchmail NEWS 4.2.6, C)",
    octets=-1,
)


@quirk(
    "reports a wrong size in the status line of RETR",
    source="servers that count before they convert (fetchmail NEWS 3.9.8, C)",
    bugs="clients read exactly that many octets, whether they arrive or not",
)
def retr_octets_lie(octets: _Octets = 120) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text=f"{octets} octets") if reply.ok else reply

    return ReplyHook(say, "RETR")


@quirk(
    "reports a different size of each message in each session",
    source="UW-imap's Status header (A); Exchange's conversion (D)",
    bugs="clients take a message with another size for a new message and fetch it again",
)
def size_varies(
    by: Annotated[WholeNumber, "octets added to the size in each session"] = 7,
) -> Hooks:
    return _resized(lambda octets, nth: octets + by * (nth - 1))
