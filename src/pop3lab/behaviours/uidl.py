"""Unique-ids that are missing, not unique, or not written as RFC 1939 section 7 has them."""

from collections.abc import Callable, Sequence

from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Request
from pop3lab.effects.commands import TableHook, without_commands
from pop3lab.effects.listings import Item, ItemHook, ListingHook, body_lines, parse_item, with_lines
from pop3lab.effects.maildrop_views import LoginCounter
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.values import COUNT, NUMBERS, OCTETS, TEXT, Parameter, choice

_UIDL = ("UIDL",)


def uids(change: Callable[[bytes], bytes], numbers: Sequence[int] = ()) -> Hooks:
    """Tells what a function makes of each unique-id, or of those of some messages."""
    return ItemHook(lambda item, _: item._replace(value=change(item.value)), _UIDL, numbers)


def unique_id_hook(numbers: Sequence[int], *names: bytes) -> Hooks:
    """Tells these unique-ids for these messages, the last for all that are left."""
    return ItemHook(
        lambda item, place: item._replace(value=names[min(place, len(names) - 1)]), _UIDL, numbers
    )


class _FailsInSome(LoginCounter):
    """Refuses UIDL in some of a user's sessions."""

    replies = frozenset(_UIDL)

    def __init__(self, sessions: Sequence[int], text: str) -> None:
        super().__init__()
        self._sessions = sessions
        self._refusal = err(text, "SYS/TEMP")

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._refusal if self.nth in self._sessions else reply


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


def _separated(gap: bytes, before: bytes, after: bytes) -> Hooks:
    def change(item: Item, _: int) -> Item:
        return Item(before + item.before, item.number, gap, item.value + after)

    return ItemHook(change, _UIDL)


def _emptied(numbers: Sequence[int], form: str) -> Hooks:
    gap = b" " if form == "space" else b""
    return ItemHook(lambda item, _: item._replace(gap=gap, value=b""), _UIDL, numbers)


def _mismatched(form: str) -> Hooks:
    if form == "fewer":
        return ListingHook(lambda lines: lines[:-1], _UIDL)
    return ListingHook(lambda lines: map(_one_on, lines), _UIDL)


def _one_on(line: bytes) -> bytes:
    item = parse_item(line)
    return item._replace(number=b"%d" % (int(item.number) + 1)).octets if item else line


# fmt: off
HOSTILE: dict[str, bytes] = {
    "path": b"../../%s", "absolute": b"/etc/%s", "slash": b"a/b%s", "format": b"%%n%%s%s",
    "quotes": b"\"'%s", "semicolon": b";%s", "nul": b"a\x00%s", "escape": b"\x1b[2J%s",
    "cr": b"a\r%s", "dot": b".", "deep": b"A/" * 300 + b"%s",
}
# fmt: on
_ALIKE = (b"a/b", b"a-b")  # the same once each slash has become a dash


def _hostile(form: str) -> Hooks:
    if form == "alike":
        return unique_id_hook((1, 2), *_ALIKE)
    before, mark, _ = HOSTILE[form].replace(b"%%", b"\xff").partition(b"%s")
    before = before.replace(b"\xff", b"%")
    return uids(lambda uid: before + uid if mark else before)


_NUMBERS = Parameter("numbers", NUMBERS, "which messages, by their numbers in the first session")

ROWS = (
    Behaviour(
        "uidl-unsupported",
        "UIDL is unknown",
        "Verizon and AOL, jpop 0.1 (neomutt#1427, B)",
        lambda server: TableHook(without_commands("UIDL")),
        category="uidl",
        bugs="Outlook 2003 fetched some and deleted others (C)",
    ),
    Behaviour(
        "uidl-fails-temporarily",
        "UIDL is listed by CAPA, but refused in some of a user's sessions",
        "ubikom#28 (B); Thunderbird takes it as temporary (A)",
        lambda server, sessions, text: _FailsInSome(sessions, text),
        (
            Parameter("sessions", NUMBERS, "which of the user's sessions", (2,)),
            Parameter("text", TEXT, "the text of the refusal", "unique-ids are not available now"),
        ),
        category="uidl",
        bugs="all is fetched again",
    ),
    Behaviour(
        "uidl-duplicate",
        "messages share a unique-id",
        "Dovecot by default (A); servers that take the Message-ID (fetchmail, getmail's FAQ, C)",
        lambda server, numbers, uid: unique_id_hook(numbers, uid),
        (
            _NUMBERS._replace(default=(1, 2)),
            Parameter("uid", OCTETS, "what they share", b"the-same"),
        ),
        category="uidl",
        bugs="CVE-1999-1164: Outlook hung; the second is never fetched, or deleted unseen",
        layer=Layer.FIRST,
        aspect="which unique-ids are told",
    ),
    Behaviour(
        "uidl-empty",
        "messages have no unique-id",
        "Gmail (MailKit#560, B); servers that take the Message-ID (getmail's FAQ, C)",
        lambda server, numbers, form: _emptied(numbers, form),
        (
            _NUMBERS._replace(default=(1,)),
            Parameter("form", choice("space", "bare"), "whether a space is left", "space"),
        ),
        category="uidl",
        bugs="fetchmail and mutt crashed (CVE-2005-2335, CVE-2018-14356); Outlook 98: 0x800ccc93",
    ),
    Behaviour(
        "uidl-separator",
        "several spaces, or a tab, stand before the unique-id; more may stand around the line",
        "K-9 issue 3546 (A); Maillennium (mpop, KMail, A)",
        lambda server, gap, before, after: _separated(gap, before, after),
        (
            Parameter("gap", OCTETS, "what stands between number and unique-id", b"   "),
            Parameter("before", OCTETS, "what stands before the number", b""),
            Parameter("after", OCTETS, "what stands behind the unique-id", b""),
        ),
        category="uidl",
        bugs="Thunderbird splits at one space; Jakarta Mail keeps the blanks",
    ),
    Behaviour(
        "uidl-inner-space",
        "unique-ids have a space in them",
        "fetchmail NEWS 5.8.4 (C)",
        lambda server, tail: uids(lambda uid: uid + b" " + tail),
        (Parameter("tail", OCTETS, "what stands behind the space", b"uid"),),
        category="uidl",
    ),
    Behaviour(
        "uidl-ok-prefix",
        "each line of the list begins with +OK",
        "K-9 issue 1237 (A)",
        lambda server: ListingHook(lambda lines: [b"+OK " + line for line in lines], _UIDL),
        category="uidl",
        bugs="Thunderbird takes +OK for the number",
        needs=("list of several lines",),
    ),
    Behaviour(
        "uidl-single-form",
        "UIDL of one message is answered without its number, or with another",
        "Twisted (#9104, A); Gmail (MailKit's recorded sessions, A)",
        lambda server, form, number: _Single(form, number),
        (
            Parameter("form", choice("bare", "other"), "no number, or another", "bare"),
            Parameter("number", COUNT, "the other", 99),
        ),
        category="uidl",
        bugs="Ruby's net/pop gives the last word, so right here, and the number by the book",
    ),
    Behaviour(
        "uidl-long",
        "unique-ids are longer than 70 characters, and begin alike",
        "no server known (D)",
        lambda server, octets: uids(lambda uid: uid.rjust(octets, b"u")),
        (Parameter("octets", COUNT, "how long they are", 1000),),
        category="uidl",
        bugs="overflows (CVE-2005-2335, CVE-2004-0757, CVE-2009-1029); cut, they are the same",
        aspect="how long unique-ids are",
    ),
    Behaviour(
        "uidl-8bit",
        "unique-ids have octets beyond ASCII, which are no UTF-8",
        "mpop knows of one case (A)",
        lambda server, octets: uids(lambda uid: octets + uid),
        (Parameter("octets", OCTETS, "with which they begin", b"\xe9\xff\x80"),),
        category="uidl",
        bugs="Mailpile#2118; CVE-2010-1167 in fetchmail",
    ),
    Behaviour(
        "uidl-hostile-chars",
        "unique-ids are paths, formats, escapes or the like",
        "an attack",
        lambda server, form: _hostile(form),
        (
            Parameter(
                "form",
                choice(*HOSTILE, "alike"),
                "what they have in them; alike: one message has a/b, the next a-b",
                "path",
            ),
        ),
        category="uidl",
        bugs="CVE-2018-14362: mutt wrote outside its cache; getmail takes a/b for a-b",
    ),
    Behaviour(
        "uidl-case-only",
        "two unique-ids differ in upper and lower case only",
        "no server known (D)",
        lambda server, numbers: unique_id_hook(numbers, b"uid-aB", b"uid-Ab"),
        (_NUMBERS._replace(default=(1, 2)),),
        category="uidl",
        bugs="the same on a disk, or in a database, that does not know case",
        layer=Layer.FIRST,
        aspect="which unique-ids are told",
    ),
    Behaviour(
        "uidl-ambiguous",
        "unique-ids are numbers joined without a separator: 1 and 23 give the same as 12 and 3",
        "Stalwart (list.rs, A)",
        lambda server, numbers: unique_id_hook(numbers, b"123", b"123"),
        (_NUMBERS._replace(default=(1, 2)),),
        category="uidl",
        layer=Layer.FIRST,
        aspect="which unique-ids are told",
    ),
    Behaviour(
        "uidl-dot-line",
        "a line of the list begins with a dot",
        "no server known (D)",
        lambda server, number, stuffed: _DotLine(number, stuffed == "yes"),
        (
            Parameter("number", COUNT, "which message's", 1),
            Parameter("stuffed", choice("yes", "no"), "whether the dot is doubled", "yes"),
        ),
        category="uidl",
        bugs="curl#19228 took such a line for the end",
        needs=("list of several lines",),
    ),
    Behaviour(
        "uidl-list-mismatch",
        "UIDL lists fewer messages than LIST, or others",
        "getmail's documentation (C)",
        lambda server, form: _mismatched(form),
        (
            Parameter(
                "form",
                choice("fewer", "shifted"),
                "the last is missing, or each is one on",
                "fewer",
            ),
        ),
        category="uidl",
        bugs="OpenPop throws",
        needs=("list of several lines",),
    ),
)
