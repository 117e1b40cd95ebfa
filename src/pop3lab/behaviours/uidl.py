"""Unique-ids that are missing, not unique or malformed (RFC 1939 section 7)."""

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
_WHICH_ARE_TOLD = "which unique-ids are sent"

_Numbers = Annotated[Numbers, "numbers of the messages in the user's first session"]


def uids(change: Callable[[bytes], bytes], numbers: Sequence[int] = ()) -> Hooks:
    """Return hooks that change all unique-ids, or those of some messages."""
    return ItemHook(lambda item, _: item._replace(value=change(item.value)), _UIDL, numbers)


def unique_id_hook(numbers: Sequence[int], *names: bytes) -> Hooks:
    """Return hooks that give messages these unique-ids; the last name serves for the rest."""
    return ItemHook(
        lambda item, place: item._replace(value=names[min(place, len(names) - 1)]), _UIDL, numbers
    )


@quirk(
    "rejects UIDL as an unknown command",
    source="Verizon and AOL, jpop 0.1 (neomutt#1427, B)",
    bugs="Outlook 2003 downloaded some messages and deleted others (C)",
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
    "lists UIDL in CAPA but refuses it in some of a user's sessions",
    source="ubikom#28 (B); Thunderbird takes it as temporary (A)",
    bugs="downloads all messages again",
)
def uidl_fails_temporarily(
    sessions: Annotated[Numbers, "the user's sessions without UIDL"] = (2,),
    text: Annotated[str, "text of the refusal"] = "unique-ids are not available now",
) -> Hooks:
    return _FailsInSome(sessions, text)


@quirk(
    "gives several messages the same unique-id",
    source="Dovecot by default (A); servers that take the Message-ID (fetchmail, getmail's FAQ, C)",
    bugs="CVE-1999-1164: Outlook hung; the second message is never downloaded, or deleted unread",
    layer=Layer.FIRST,
    aspect=_WHICH_ARE_TOLD,
)
def uidl_duplicate(
    numbers: _Numbers = (1, 2), uid: Annotated[bytes, "the shared unique-id"] = b"the-same"
) -> Hooks:
    return unique_id_hook(numbers, uid)


@quirk(
    "omits the unique-ids of messages",
    source="Gmail (MailKit#560, B); servers that take the Message-ID (getmail's FAQ, C)",
    bugs="fetchmail and mutt crashed (CVE-2005-2335, CVE-2018-14356); Outlook 98: 0x800ccc93",
)
def uidl_empty(
    numbers: _Numbers = (1,),
    form: Annotated[Literal["space", "bare"], "whether a space follows the number"] = "space",
) -> Hooks:
    gap = b" " if form == "space" else b""
    return ItemHook(lambda item, _: item._replace(gap=gap, value=b""), _UIDL, numbers)


@quirk(
    "sends several spaces or a tab before the unique-id, or extra octets around the line",
    source="K-9 issue 3546 (A); Maillennium (mpop, KMail, A)",
    bugs="Thunderbird splits at a single space; Jakarta Mail keeps the extra spaces",
)
def uidl_separator(
    gap: Annotated[bytes, "separator between number and unique-id"] = b"   ",
    before: Annotated[bytes, "octets before the number"] = b"",
    after: Annotated[bytes, "octets after the unique-id"] = b"",
) -> Hooks:
    def change(item: Item, _: int) -> Item:
        return Item(before + item.before, item.number, gap, item.value + after)

    return ItemHook(change, _UIDL)


@quirk("sends unique-ids that contain a space", source="fetchmail NEWS 5.8.4 (C)")
def uidl_inner_space(tail: Annotated[bytes, "octets after the space"] = b"uid") -> Hooks:
    return uids(lambda uid: uid + b" " + tail)


@quirk(
    "starts each line of the list with +OK",
    source="K-9 issue 1237 (A)",
    bugs="Thunderbird takes +OK for the message number",
    needs=("list of several lines",),
)
def uidl_ok_prefix() -> Hooks:
    return ListingHook(lambda lines: [b"+OK " + line for line in lines], _UIDL)


class _Single(Hooks):
    """Changes the reply to UIDL for one message."""

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
    "omits the message number in the reply to UIDL for one message, or sends a wrong number",
    source="Twisted (#9104, A); Gmail (MailKit's recorded sessions, A)",
    bugs="Ruby's net/pop returns the word after +OK: the unique-id here, else the number",
)
def uidl_single_form(
    form: Annotated[Literal["bare", "other"], "no number, or a wrong number"] = "bare",
    number: Annotated[Count, "the wrong number"] = 99,
) -> Hooks:
    return _Single(form, number)


@quirk(
    "sends unique-ids longer than 70 characters that start with the same characters",
    source="no server known (D)",
    bugs="overflows (CVE-2005-2335, CVE-2004-0757, CVE-2009-1029); truncates them to the same text",
    aspect="how long unique-ids are",
)
def uidl_long(octets: Annotated[Count, "length of each unique-id"] = 1000) -> Hooks:
    return uids(lambda uid: uid.rjust(octets, b"u"))


@quirk(
    "sends unique-ids that contain 8-bit octets, which are not valid UTF-8",
    source="mpop knows of one case (A)",
    bugs="Mailpile#2118; CVE-2010-1167 in fetchmail",
)
def uidl_8bit(
    octets: Annotated[bytes, "octets at the start of each unique-id"] = b"\xe9\xff\x80",
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
_ALIKE = (b"a/b", b"a-b")  # equal after each slash becomes a dash


@quirk(
    "sends paths, format strings, escape sequences or the like as unique-ids",
    source="an attack",
    bugs="CVE-2018-14362: mutt wrote outside its cache; getmail confuses a/b with a-b",
)
def uidl_hostile_chars(
    form: Annotated[
        _Hostile, "content of the unique-ids; alike: a/b for message 1, a-b for message 2"
    ] = "path",
) -> Hooks:
    if form == "alike":
        return unique_id_hook((1, 2), *_ALIKE)
    before, mark, _ = HOSTILE[form].replace(b"%%", b"\xff").partition(b"%s")
    before = before.replace(b"\xff", b"%")
    return uids(lambda uid: before + uid if mark else before)


@quirk(
    "sends two unique-ids that differ only in case",
    source="no server known (D)",
    bugs="confuses them on a case-insensitive file system or database",
    layer=Layer.FIRST,
    aspect=_WHICH_ARE_TOLD,
)
def uidl_case_only(numbers: _Numbers = (1, 2)) -> Hooks:
    return unique_id_hook(numbers, b"uid-aB", b"uid-Ab")


uidl_ambiguous = quirk.preset(
    "uidl-ambiguous",
    uidl_duplicate,
    "joins two numbers into each unique-id without a separator: both 1,23 and 12,3 become 123",
    source="Stalwart (list.rs, A)",
    uid=b"123",
)


class _DotLine(Hooks):
    """Starts a line of the list with a dot, which may stay unstuffed."""

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
    "starts a line of the list with a dot",
    source="no server known (D)",
    bugs="curl#19228 took the line for the end of the list",
    needs=("list of several lines",),
)
def uidl_dot_line(
    number: Annotated[Count, "number of the message"] = 1,
    stuffed: Annotated[bool, "whether the dot is doubled (byte-stuffed)"] = True,
) -> Hooks:
    return _DotLine(number, stuffed)


@quirk(
    "lists fewer or other messages in UIDL than in LIST",
    source="getmail's documentation (C)",
    bugs="OpenPop throws an exception",
    needs=("list of several lines",),
)
def uidl_list_mismatch(
    form: Annotated[
        Literal["fewer", "shifted"], "the last message is missing, or each number is one too high"
    ] = "fewer",
) -> Hooks:
    if form == "fewer":
        return ListingHook(lambda lines: lines[:-1], _UIDL)
    return ListingHook(lambda lines: map(_one_on, lines), _UIDL)


def _one_on(line: bytes) -> bytes:
    item = parse_item(line)
    return item._replace(number=b"%d" % (int(item.number) + 1)).octets if item else line
