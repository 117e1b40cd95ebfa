"""Lines, lists and messages without an end. What is sent is made as it goes."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from math import inf

from pop3lab.behaviours.retrieval_texts import prepended
from pop3lab.behaviours.uidl import uids, unique_id_hook
from pop3lab.core.actions import Action, Part, Pause, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import GREETING, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF
from pop3lab.effects.hooks import ActionHook
from pop3lab.effects.listings import Item, ItemHook, ListingHook
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, MaildropView, ViewHook
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, OCTETS, TEXT, Parameter, choice

_PIECE = 65_536
_LINES = 1000  # in one piece

_BEGINS = {"LIST": b"1 ", "UIDL": b"1 "}
_FILLS = {"LIST": b"1"}
_LINE_MAKERS: dict[str, Callable[[int], bytes]] = {
    "LIST": lambda n: b"%d 1000\r\n" % n,
    "UIDL": lambda n: b"%d endless-%d\r\n" % (n, n),
    "CAPA": lambda n: b"X-ENDLESS-%d\r\n" % n,
    "RETR": lambda n: b"line %d of no end\r\n" % n,
}
_VERBS = tuple(_LINE_MAKERS)


def _greeting_endless(octets: int) -> Hooks:
    """A greeting of so many octets, 0 for no end."""

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Send(b"+OK ", Part.HEAD)
        yield from _filled(b"x", octets, Part.HEAD)

    return ActionHook(do, GREETING.verb)


def _greeting_no_newline() -> Hooks:
    """The greeting without its CRLF, then nothing."""

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send):
                yield Send(action.data.removesuffix(b"\r\n"), action.part)
            else:
                yield action
        yield Pause(inf)

    return ActionHook(do, GREETING.verb)


def _line_endless(verb: str, part: str, octets: int) -> Hooks:
    """A status line, or the first line behind it, of so many octets, 0 for no end."""

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        head = next(actions, None)
        if head is None or not _is_ok(head):
            yield from chain(() if head is None else (head,), actions)
        elif part == "status":
            yield Send(b"+OK ", Part.HEAD)
            yield from _filled(b"x", octets, Part.HEAD)
        else:
            yield head
            yield Send(_BEGINS.get(verb, b""), Part.BODY)
            yield from _filled(_FILLS.get(verb, b"x"), octets, Part.BODY)

    return ActionHook(do, verb)


def _filled(octet: bytes, octets: int, part: Part) -> Iterator[Action]:
    """So many octets, 0 for no end; other sessions get their turn between the pieces."""
    sizes = range(octets, 0, -_PIECE) if octets else iter(lambda: _PIECE, 0)
    for left in sizes:
        yield Send(octet * min(left, _PIECE), part)
        yield Pause(0)
    yield Pause(inf)


def _multiline_endless(verb: str, lines: int) -> Hooks:
    """So many lines more than there are, 0 for no end."""

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        known = 0
        last = b"\r\n"
        for action in actions:
            if isinstance(action, Send) and action.part is Part.END:
                yield from _lines(_LINE_MAKERS[verb], known, lines, last)
            yield action
            if isinstance(action, Send) and action.part is Part.BODY:
                known += action.data.count(b"\n")
                last = (last + action.data)[-2:]

    return ActionHook(do, verb)


def _lines(line: Callable[[int], bytes], known: int, more: int, last: bytes) -> Iterator[Action]:
    if last != b"\r\n":
        yield Send(b"\r\n", Part.BODY)
    end = known + more + 1
    starts = range(known + 1, end, _LINES) if more else count(known + 1, _LINES)
    for start in starts:
        stop = min(start + _LINES, end) if more else start + _LINES
        yield Send(b"".join(map(line, range(start, stop))), Part.BODY)
        yield Pause(0)


def _is_ok(action: Action) -> bool:
    return isinstance(action, Send) and action.data.startswith(b"+OK")


_OCTETS = Parameter("octets", COUNT, "how long it is, 0 for no end", 0)
_VERB = Parameter("verb", choice(*_VERBS), "in the reply to which command", "RETR")

_PARSING_ENDLESS_ROWS = (
    Behaviour(
        "greeting-endless",
        "the greeting is a line without end",
        "an attack",
        lambda server, octets: _greeting_endless(octets),
        (_OCTETS,),
        family="attack",
        category="parsing",
        bugs="CVE-2013-1752: poplib read it all",
        aspect=("how the greeting ends", "what the greeting is"),
        layer=Layer.FIRST,
        against=(
            "bare-status",
            "greeting-silent",
        ),
    ),
    Behaviour(
        "greeting-no-newline",
        "the greeting has no line end, and nothing follows",
        "an attack",
        lambda server: _greeting_no_newline(),
        family="attack",
        category="parsing",
        aspect="how the greeting ends",
    ),
    Behaviour(
        "line-endless",
        "a reply has a line without end",
        "an attack",
        lambda server, verb, part, octets: _line_endless(verb, part, octets),
        (
            _VERB,
            Parameter("part", choice("body", "status"), "which line", "body"),
            _OCTETS,
        ),
        family="attack",
        category="parsing",
        bugs="CVE-2013-1752 in poplib; CVE-2003-0792 and CVE-2008-2711 in fetchmail",
        layer=Layer.FIRST,
    ),
    Behaviour(
        "multiline-endless",
        "a list, or a message, has lines without end",
        "an attack",
        lambda server, verb, lines: _multiline_endless(verb, lines),
        (
            _VERB._replace(default="LIST"),
            Parameter("lines", COUNT, "how many more than there are, 0 for no end", 0),
        ),
        family="attack",
        category="parsing",
        bugs="libraries without a limit take all memory",
        needs=("list of several lines",),
    ),
)


# Numbers, sizes and unique-ids that are made to break what reads them.

_NUMBERS = "0,-1,2147483648,4294967295,9223372036854775808"
_SIZES = "-1,2147483647,4294967296,18446744073709551616"
_BREAKS: dict[str, bytes] = {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r"}
_PATHS: dict[str, bytes] = {
    "relative": b"../../../../tmp/",
    "absolute": b"/tmp/",
    "drive": b"C:\\Windows\\Temp\\",
    "device": b"CON.",
}


def _indexes(numbers: bytes) -> Hooks:
    more = [number + b" 5" for number in numbers.split(b",")]
    return ListingHook(lambda lines: [*lines, *more])


def _sizes(text: str) -> MaildropView:
    """One size after the other, and again from the first."""
    sizes = [int(word) for word in text.split(",")]

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        return [
            one.with_entry(octets=sizes[place % len(sizes)])
            for place, one in enumerate(visit.messages)
        ]

    return view


class _SameUid(ViewHook):
    """All messages have the same unique-id, in UIDL and in a field of their headers."""

    replies = frozenset({"UIDL"})

    def __init__(self, uid: bytes) -> None:
        field = b"X-UIDL: " + uid + CRLF
        super().__init__(lambda visit: [prepended(one, field) for one in visit.messages])
        self._listed = unique_id_hook((), uid)

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._listed.reply(request, reply)


def _injected(server: ServerContext, command: bytes, at: str, by: str) -> Hooks:
    tail = _BREAKS[by] + command

    def change(item: Item, place: int) -> Item:
        if at == "number":
            return item._replace(number=item.number + tail)
        return item._replace(value=item.value + tail)

    return ItemHook(change)


_PARSING_LISTING_ROWS = (
    Behaviour(
        "list-index-attack",
        "LIST and UIDL have numbers at which an index or an integer fails",
        "an attack",
        lambda server, numbers: _indexes(numbers),
        (Parameter("numbers", OCTETS, "which, with commas", _NUMBERS.encode()),),
        family="attack",
        category="parsing",
        bugs="CVE-2001-1009 and CVE-2002-0146 in fetchmail; 6.4.37 crashes on a number above the"
        " count",
        needs=("list of several lines",),
        takes=("empty maildrop",),
    ),
    Behaviour(
        "size-int-attack",
        "sizes at which an integer fails are told of the messages in turn",
        "an attack",
        lambda server, sizes: ViewHook(_sizes(sizes)),
        (Parameter("sizes", TEXT, "which, with commas", _SIZES),),
        family="attack",
        category="parsing",
        bugs="CVE-2010-0816 in Outlook Express",
        layer=Layer.FIRST,
        aspect="the sizes of messages",
    ),
    Behaviour(
        "user-arg-injection",
        "LIST and UIDL have a line end and a command behind each number, or behind each size and"
        " unique-id, for clients that send back what they have read",
        "an attack; poplib CVE-2025-15367, by the client's own user (C)",
        _injected,
        (
            Parameter("command", OCTETS, "which command", b"DELE 1"),
            Parameter("at", choice("value", "number"), "behind what", "value"),
            Parameter("by", choice(*_BREAKS), "what ends the line", "crlf"),
        ),
        family="attack",
        category="parsing",
        bugs="the client sends the command, as if it were its own",
    ),
    Behaviour(
        "uidl-overflow",
        "unique-ids are far longer than 70 characters",
        "an attack",
        lambda server, octets: uids(lambda uid: uid.rjust(octets, b"A")),
        (Parameter("octets", COUNT, "how long they are", 100_000),),
        family="attack",
        category="parsing",
        bugs="CVE-2005-2335 in fetchmail, CVE-2004-0757 in Mozilla, CVE-2009-1029 in POP Peeper",
        aspect="how long unique-ids are",
    ),
    Behaviour(
        "uidl-path",
        "unique-ids are paths of files outside the client's folder",
        "an attack",
        lambda server, form: uids(lambda uid: _PATHS[form] + uid),
        (Parameter("form", choice(*_PATHS), "of which kind", "relative"),),
        family="attack",
        category="parsing",
        bugs="CVE-2018-14362 in mutt and NeoMutt",
    ),
    Behaviour(
        "uidl-zero",
        "unique-ids are empty",
        "an attack",
        lambda server: uids(lambda uid: b""),
        family="attack",
        category="parsing",
        bugs="CVE-2018-14356 in mutt",
        layer=Layer.FIRST,
        aspect="which unique-ids are told",
        takes=("unique-id of a message's own",),
        against=("uidl-empty",),
    ),
    Behaviour(
        "uidl-multibyte",
        "unique-ids end within a multibyte character",
        "an attack",
        lambda server, octets: uids(lambda uid: uid + octets),
        (Parameter("octets", OCTETS, "with which they end", b"\xc3(\xe2\x82"),),
        family="attack",
        category="parsing",
        bugs="CVE-2010-1167 in fetchmail",
    ),
    Behaviour(
        "duplicate-uid-hang",
        "all messages have the same unique-id, and it stands in their headers as X-UIDL",
        "an attack",
        lambda server, uid: _SameUid(uid),
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

ROWS = (*_PARSING_ENDLESS_ROWS, *_PARSING_LISTING_ROWS)
