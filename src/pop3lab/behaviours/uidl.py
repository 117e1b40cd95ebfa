"""Unique-ids that are missing, not unique, or not written as RFC 1939 section 7 has them."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Request
from pop3lab.effects.commands import TableHook, without_commands
from pop3lab.effects.listings import Item, ItemHook, ListingHook, body_lines, parse_item, with_lines
from pop3lab.effects.maildrop_views import LoginCounter
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Numbers

quirk = BehaviourDecorator("quirk", category="uidl")

_UIDL = ("UIDL",)
_WHICH_ARE_TOLD = "which unique-ids are told"

_Numbers = Annotated[Numbers, "which messages, by their numbers in the first session"]


def uids(change: Callable[[bytes], bytes], numbers: Sequence[int] = ()) -> Hooks:
    """Tells what a function makes of each unique-id, or of those of some messages."""
    return ItemHook(lambda item, _: item._replace(value=change(item.value)), _UIDL, numbers)


def unique_id_hook(numbers: Sequence[int], *names: bytes) -> Hooks:
    """Tells these unique-ids for these messages, the last for all that are left."""
    return ItemHook(
        lambda item, place: item._replace(value=names[min(place, len(names) - 1)]), _UIDL, numbers
    )


@quirk(
    "UIDL is unknown",
    source="Verizon and AOL, jpop 0.1 (neomutt#1427, B)",
    bugs="Outlook 2003 fetched some and deleted others (C)",
)
def uidl_unsupported() -> Hooks:
    return TableHook(without_commands("UIDL"))


class _FailsInSome(LoginCounter):
    """Refuses UIDL in some of a user's sessions."""

    replies = frozenset(_UIDL)

    def __init__(self, sessions: Sequence[int], text: str) -> None:
        super().__init__()
        self._sessions = sessions
        self._refusal = err(text, "SYS/TEMP")

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._refusal if self.nth in self._sessions else reply


@quirk(
    "UIDL is listed by CAPA, but refused in some of a user's sessions",
    source="ubikom#28 (B); Thunderbird takes it as temporary (A)",
    bugs="all is fetched again",
)
def uidl_fails_temporarily(
    sessions: Annotated[Numbers, "which of the user's sessions"] = (2,),
    text: Annotated[str, "the text of the refusal"] = "unique-ids are not available now",
) -> Hooks:
    return _FailsInSome(sessions, text)


@quirk(
    "messages share a unique-id",
    source="Dovecot by default (A); servers that take the Message-ID (fetchmail, getmail's FAQ, C)",
    bugs="CVE-1999-1164: Outlook hung; the second is never fetched, or deleted unseen",
    layer=Layer.FIRST,
    aspect=_WHICH_ARE_TOLD,
)
def uidl_duplicate(
    numbers: _Numbers = (1, 2), uid: Annotated[bytes, "what they share"] = b"the-same"
) -> Hooks:
    return unique_id_hook(numbers, uid)


@quirk(
    "messages have no unique-id",
    source="Gmail (MailKit#560, B); servers that take the Message-ID (getmail's FAQ, C)",
    bugs="fetchmail and mutt crashed (CVE-2005-2335, CVE-2018-14356); Outlook 98: 0x800ccc93",
)
def uidl_empty(
    numbers: _Numbers = (1,),
    form: Annotated[Literal["space", "bare"], "whether a space is left"] = "space",
) -> Hooks:
    gap = b" " if form == "space" else b""
    return ItemHook(lambda item, _: item._replace(gap=gap, value=b""), _UIDL, numbers)


@quirk(
    "several spaces, or a tab, stand before the unique-id; more may stand around the line",
    source="K-9 issue 3546 (A); Maillennium (mpop, KMail, A)",
    bugs="Thunderbird splits at one space; Jakarta Mail keeps the blanks",
)
def uidl_separator(
    gap: Annotated[bytes, "what stands between number and unique-id"] = b"   ",
    before: Annotated[bytes, "what stands before the number"] = b"",
    after: Annotated[bytes, "what stands behind the unique-id"] = b"",
) -> Hooks:
    def change(item: Item, _: int) -> Item:
        return Item(before + item.before, item.number, gap, item.value + after)

    return ItemHook(change, _UIDL)


@quirk("unique-ids have a space in them", source="fetchmail NEWS 5.8.4 (C)")
def uidl_inner_space(tail: Annotated[bytes, "what stands behind the space"] = b"uid") -> Hooks:
    return uids(lambda uid: uid + b" " + tail)


@quirk(
    "each line of the list begins with +OK",
    source="K-9 issue 1237 (A)",
    bugs="Thunderbird takes +OK for the number",
    needs=("list of several lines",),
)
def uidl_ok_prefix() -> Hooks:
    return ListingHook(lambda lines: [b"+OK " + line for line in lines], _UIDL)


class _Single(Hooks):
    """Bends the answer to UIDL of one message."""

    replies = frozenset(_UIDL)
    sends = ()

    def __init__(self, form: str, number: int) -> None:
        self._form = form
        self._number = number

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is not None:
            return reply
        uid = reply.text.partition(" ")[2]
        return reply._replace(text=uid if self._form == "bare" else f"{self._number} {uid}")


@quirk(
    "UIDL of one message is answered without its number, or with another",
    source="Twisted (#9104, A); Gmail (MailKit's recorded sessions, A)",
    bugs="Ruby's net/pop gives the last word, so right here, and the number by the book",
)
def uidl_single_form(
    form: Annotated[Literal["bare", "other"], "no number, or another"] = "bare",
    number: Annotated[Count, "the other"] = 99,
) -> Hooks:
    return _Single(form, number)


@quirk(
    "unique-ids are longer than 70 characters, and begin alike",
    source="no server known (D)",
    bugs="overflows (CVE-2005-2335, CVE-2004-0757, CVE-2009-1029); cut, they are the same",
    aspect="how long unique-ids are",
)
def uidl_long(octets: Annotated[Count, "how long they are"] = 1000) -> Hooks:
    return uids(lambda uid: uid.rjust(octets, b"u"))


@quirk(
    "unique-ids have octets beyond ASCII, which are no UTF-8",
    source="mpop knows of one case (A)",
    bugs="Mailpile#2118; CVE-2010-1167 in fetchmail",
)
def uidl_8bit(
    octets: Annotated[bytes, "with which they begin"] = b"\xe9\xff\x80",
) -> Hooks:
    return uids(lambda uid: octets + uid)


# fmt: off
_Hostile = Literal[
    "path", "absolute", "slash", "format", "quotes", "semicolon", "nul", "escape", "cr", "dot",
    "deep", "alike",
]
HOSTILE: dict[_Hostile, bytes] = {
    "path": b"../../%s", "absolute": b"/etc/%s", "slash": b"a/b%s", "format": b"%%n%%s%s",
    "quotes": b"\"'%s", "semicolon": b";%s", "nul": b"a\x00%s", "escape": b"\x1b[2J%s",
    "cr": b"a\r%s", "dot": b".", "deep": b"A/" * 300 + b"%s",
}
# fmt: on
_ALIKE = (b"a/b", b"a-b")  # the same once each slash has become a dash


@quirk(
    "unique-ids are paths, formats, escapes or the like",
    source="an attack",
    bugs="CVE-2018-14362: mutt wrote outside its cache; getmail takes a/b for a-b",
)
def uidl_hostile_chars(
    form: Annotated[
        _Hostile, "what they have in them; alike: one message has a/b, the next a-b"
    ] = "path",
) -> Hooks:
    if form == "alike":
        return unique_id_hook((1, 2), *_ALIKE)
    before, mark, _ = HOSTILE[form].replace(b"%%", b"\xff").partition(b"%s")
    before = before.replace(b"\xff", b"%")
    return uids(lambda uid: before + uid if mark else before)


@quirk(
    "two unique-ids differ in upper and lower case only",
    source="no server known (D)",
    bugs="the same on a disk, or in a database, that does not know case",
    layer=Layer.FIRST,
    aspect=_WHICH_ARE_TOLD,
)
def uidl_case_only(numbers: _Numbers = (1, 2)) -> Hooks:
    return unique_id_hook(numbers, b"uid-aB", b"uid-Ab")


uidl_ambiguous = quirk.preset(
    "uidl-ambiguous",
    uidl_duplicate,
    "unique-ids are numbers joined without a separator: 1 and 23 give the same as 12 and 3",
    source="Stalwart (list.rs, A)",
    uid=b"123",
)


class _DotLine(Hooks):
    """A line of the list begins with a dot, which may be sent without being doubled."""

    replies = frozenset(_UIDL)
    sends = ()

    def __init__(self, number: int, stuffed: bool) -> None:
        self._number = b"%d" % number
        self._stuffed = stuffed

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        lines = map(self._dotted, body_lines(reply.body))
        return with_lines(reply, reply.body._replace(stuffed=self._stuffed), lines)

    def _dotted(self, line: bytes) -> bytes:
        item = parse_item(line)
        return b"." + line if item and item.number == self._number else line


@quirk(
    "a line of the list begins with a dot",
    source="no server known (D)",
    bugs="curl#19228 took such a line for the end",
    needs=("list of several lines",),
)
def uidl_dot_line(
    number: Annotated[Count, "which message's"] = 1,
    stuffed: Annotated[bool, "whether the dot is doubled"] = True,
) -> Hooks:
    return _DotLine(number, stuffed)


@quirk(
    "UIDL lists fewer messages than LIST, or others",
    source="getmail's documentation (C)",
    bugs="OpenPop throws",
    needs=("list of several lines",),
)
def uidl_list_mismatch(
    form: Annotated[
        Literal["fewer", "shifted"], "the last is missing, or each is one on"
    ] = "fewer",
) -> Hooks:
    if form == "fewer":
        return ListingHook(lambda lines: lines[:-1], _UIDL)
    return ListingHook(lambda lines: map(_one_on, lines), _UIDL)


def _one_on(line: bytes) -> bytes:
    item = parse_item(line)
    return item._replace(number=b"%d" % (int(item.number) + 1)).octets if item else line
