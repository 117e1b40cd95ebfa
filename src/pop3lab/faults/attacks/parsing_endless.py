"""Lines, lists and messages without an end. What is sent is made as it goes."""

from collections.abc import Callable, Iterator
from itertools import chain, count
from math import inf

from pop3lab.core.actions import Action, Part, Pause, Send
from pop3lab.core.exchange import GREETING, Exchange
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.seams import Does
from pop3lab.faults.peculiarity import Layer, Peculiarity
from pop3lab.faults.values import COUNT, Parameter, choice

_PIECE = 65_536
_LINES = 1000  # in one piece

BEGINS = {"LIST": b"1 ", "UIDL": b"1 "}
FILLS = {"LIST": b"1"}
LINES: dict[str, Callable[[int], bytes]] = {
    "LIST": lambda n: b"%d 1000\r\n" % n,
    "UIDL": lambda n: b"%d endless-%d\r\n" % (n, n),
    "CAPA": lambda n: b"X-ENDLESS-%d\r\n" % n,
    "RETR": lambda n: b"line %d of no end\r\n" % n,
}
VERBS = tuple(LINES)


def greeting_endless(octets: int) -> Script:
    """A greeting of so many octets, 0 for no end."""

    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        yield Send(b"+OK ", Part.HEAD)
        yield from _filled(b"x", octets, Part.HEAD)

    return Does(do, GREETING.verb)


def greeting_no_newline() -> Script:
    """The greeting without its CRLF, then nothing."""

    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send):
                yield Send(action.data.removesuffix(b"\r\n"), action.part)
            else:
                yield action
        yield Pause(inf)

    return Does(do, GREETING.verb)


def line_endless(verb: str, part: str, octets: int) -> Script:
    """A status line, or the first line behind it, of so many octets, 0 for no end."""

    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        head = next(actions, None)
        if head is None or not _is_ok(head):
            yield from chain(() if head is None else (head,), actions)
        elif part == "status":
            yield Send(b"+OK ", Part.HEAD)
            yield from _filled(b"x", octets, Part.HEAD)
        else:
            yield head
            yield Send(BEGINS.get(verb, b""), Part.BODY)
            yield from _filled(FILLS.get(verb, b"x"), octets, Part.BODY)

    return Does(do, verb)


def _filled(octet: bytes, octets: int, part: Part) -> Iterator[Action]:
    """So many octets, 0 for no end; other sessions get their turn between the pieces."""
    sizes = range(octets, 0, -_PIECE) if octets else iter(lambda: _PIECE, 0)
    for left in sizes:
        yield Send(octet * min(left, _PIECE), part)
        yield Pause(0)
    yield Pause(inf)


def multiline_endless(verb: str, lines: int) -> Script:
    """So many lines more than there are, 0 for no end."""

    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        known = 0
        last = b"\r\n"
        for action in actions:
            if isinstance(action, Send) and action.part is Part.END:
                yield from _lines(LINES[verb], known, lines, last)
            yield action
            if isinstance(action, Send) and action.part is Part.BODY:
                known += action.data.count(b"\n")
                last = (last + action.data)[-2:]

    return Does(do, verb)


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
_VERB = Parameter("verb", choice(*VERBS), "in the reply to which command", "RETR")

ROWS = (
    Peculiarity(
        "greeting-endless",
        "the greeting is a line without end",
        "an attack",
        lambda shared, octets: greeting_endless(octets),
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
    Peculiarity(
        "greeting-no-newline",
        "the greeting has no line end, and nothing follows",
        "an attack",
        lambda shared: greeting_no_newline(),
        family="attack",
        category="parsing",
        aspect="how the greeting ends",
    ),
    Peculiarity(
        "line-endless",
        "a reply has a line without end",
        "an attack",
        lambda shared, verb, part, octets: line_endless(verb, part, octets),
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
    Peculiarity(
        "multiline-endless",
        "a list, or a message, has lines without end",
        "an attack",
        lambda shared, verb, lines: multiline_endless(verb, lines),
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
