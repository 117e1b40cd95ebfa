"""Numbers, sizes and unique-ids that are made to break what reads them."""

from collections.abc import Sequence

from pop3lab.core.exchange import Exchange
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.faults.bending.listings import Item, Items, Lines
from pop3lab.faults.bending.maildrops import Shown, View, Views, Visit
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.quirks.framing_streams import CRLF
from pop3lab.faults.quirks.retrieval_texts import prepended
from pop3lab.faults.quirks.uidl import named, uids
from pop3lab.faults.values import COUNT, OCTETS, TEXT, Parameter, choice

NUMBERS = "0,-1,2147483648,4294967295,9223372036854775808"
SIZES = "-1,2147483647,4294967296,18446744073709551616"
BREAKS: dict[str, bytes] = {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r"}
PATHS: dict[str, bytes] = {
    "relative": b"../../../../tmp/",
    "absolute": b"/tmp/",
    "drive": b"C:\\Windows\\Temp\\",
    "device": b"CON.",
}


def _indexes(numbers: bytes) -> Script:
    more = [number + b" 5" for number in numbers.split(b",")]
    return Lines(lambda lines: [*lines, *more])


def _sizes(text: str) -> View:
    """One size after the other, and again from the first."""
    sizes = [int(word) for word in text.split(",")]

    def view(visit: Visit) -> Sequence[Shown]:
        return [
            one.told(octets=sizes[place % len(sizes)]) for place, one in enumerate(visit.messages)
        ]

    return view


class SameUid(Views):
    """All messages have the same unique-id, in UIDL and in a field of their headers."""

    replies = frozenset({"UIDL"})

    def __init__(self, uid: bytes) -> None:
        field = b"X-UIDL: " + uid + CRLF
        super().__init__(lambda visit: [prepended(one, field) for one in visit.messages])
        self._listed = named((), uid)

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        return self._listed.reply(exchange, reply)


def _injected(shared: Shared, command: bytes, at: str, by: str) -> Script:
    tail = BREAKS[by] + command

    def change(item: Item, place: int) -> Item:
        if at == "number":
            return item._replace(number=item.number + tail)
        return item._replace(value=item.value + tail)

    return Items(change)


ROWS = (
    Peculiarity(
        "list-index-attack",
        "LIST and UIDL have numbers at which an index or an integer fails",
        "an attack",
        lambda shared, numbers: _indexes(numbers),
        (Parameter("numbers", OCTETS, "which, with commas", NUMBERS.encode()),),
        family="attack",
        category="parsing",
        bugs="CVE-2001-1009 and CVE-2002-0146 in fetchmail; 6.4.37 crashes on a number above the"
        " count",
        needs=("list of several lines",),
        takes=("empty maildrop",),
    ),
    Peculiarity(
        "size-int-attack",
        "sizes at which an integer fails are told of the messages in turn",
        "an attack",
        lambda shared, sizes: Views(_sizes(sizes)),
        (Parameter("sizes", TEXT, "which, with commas", SIZES),),
        family="attack",
        category="parsing",
        bugs="CVE-2010-0816 in Outlook Express",
        layer=Layer.FIRST,
        aspect="the sizes of messages",
    ),
    Peculiarity(
        "user-arg-injection",
        "LIST and UIDL have a line end and a command behind each number, or behind each size and"
        " unique-id, for clients that send back what they have read",
        "an attack; poplib CVE-2025-15367, by the client's own user (C)",
        _injected,
        (
            Parameter("command", OCTETS, "which command", b"DELE 1"),
            Parameter("at", choice("value", "number"), "behind what", "value"),
            Parameter("by", choice(*BREAKS), "what ends the line", "crlf"),
        ),
        family="attack",
        category="parsing",
        bugs="the client sends the command, as if it were its own",
    ),
    Peculiarity(
        "uidl-overflow",
        "unique-ids are far longer than 70 characters",
        "an attack",
        lambda shared, octets: uids(lambda uid: uid.rjust(octets, b"A")),
        (Parameter("octets", COUNT, "how long they are", 100_000),),
        family="attack",
        category="parsing",
        bugs="CVE-2005-2335 in fetchmail, CVE-2004-0757 in Mozilla, CVE-2009-1029 in POP Peeper",
        aspect="how long unique-ids are",
    ),
    Peculiarity(
        "uidl-path",
        "unique-ids are paths of files outside the client's folder",
        "an attack",
        lambda shared, form: uids(lambda uid: PATHS[form] + uid),
        (Parameter("form", choice(*PATHS), "of which kind", "relative"),),
        family="attack",
        category="parsing",
        bugs="CVE-2018-14362 in mutt and NeoMutt",
    ),
    Peculiarity(
        "uidl-zero",
        "unique-ids are empty",
        "an attack",
        lambda shared: uids(lambda uid: b""),
        family="attack",
        category="parsing",
        bugs="CVE-2018-14356 in mutt",
        layer=Layer.FIRST,
        aspect="which unique-ids are told",
        takes=("unique-id of a message's own",),
        against=("uidl-empty",),
    ),
    Peculiarity(
        "uidl-multibyte",
        "unique-ids end within a multibyte character",
        "an attack",
        lambda shared, octets: uids(lambda uid: uid + octets),
        (Parameter("octets", OCTETS, "with which they end", b"\xc3(\xe2\x82"),),
        family="attack",
        category="parsing",
        bugs="CVE-2010-1167 in fetchmail",
    ),
    Peculiarity(
        "duplicate-uid-hang",
        "all messages have the same unique-id, and it stands in their headers as X-UIDL",
        "an attack",
        lambda shared, uid: SameUid(uid),
        (Parameter("uid", OCTETS, "which", b"the-same"),),
        family="attack",
        category="parsing",
        bugs="CVE-1999-1164: Outlook hung",
        layer=Layer.FIRST,
        takes=(
            "unique-id of a message's own",
            "empty message",
        ),
        aspect="which unique-ids are told",
    ),
)
