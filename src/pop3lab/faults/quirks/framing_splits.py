"""In which pieces replies leave, each written to the connection for itself."""

from collections.abc import Iterator
from itertools import chain

from pop3lab.core.actions import Action, Close, Part, Send, Wait
from pop3lab.core.commands import LISTINGS, TEXTS
from pop3lab.core.exchange import Exchange
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.seams import Does
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.values import SECONDS, YES_NO, Parameter, choice
from pop3lab.faults.wire.pacing import Paced, each
from pop3lab.faults.wire.slicing import sliced


def _of(script: Paced, *verbs: str) -> Script:
    script.sends = frozenset(verbs)
    return script


def _split_terminator(shared: Shared, at: str, gap: float) -> Script:
    place = "terminator" if at == "all" else f"terminator-{at}"
    return _of(sliced(place, gap), *TEXTS, *LISTINGS)


def _coalesced(close: bool) -> Script:
    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        gathered: list[bytes] = []
        for action in chain(actions, (Close(),) if close else ()):
            if isinstance(action, Send):
                gathered.append(action.data)
                continue
            if gathered and not isinstance(action, Wait):
                yield Send(b"".join(gathered), Part.BODY)
                gathered.clear()
            yield action
        if gathered:
            yield Send(b"".join(gathered), Part.BODY)

    return Does(do, *TEXTS)


_GAP = Parameter("gap", SECONDS, "between one piece and the next", 0.25)

ROWS = (
    Peculiarity(
        "split-stuffed-dot",
        "a doubled dot comes in two pieces",
        "networks",
        lambda shared, gap: _of(sliced("dots", gap), *TEXTS),
        (_GAP,),
        category="retrieval",
        bugs="CVE-1999-1033: Outlook Express took it for the end, and never got past the message",
        layer=Layer.LAST,
    ),
    Peculiarity(
        "split-terminator",
        "the CRLF, dot, CRLF that ends a reply comes in pieces",
        "networks; Cyrus flushes first, since clients get confused (A); node-pop3#26 (B)",
        _split_terminator,
        (
            Parameter(
                "at",
                choice("all", "1", "2", "3", "4"),
                "behind how many of its octets it is cut, or all",
                "all",
            ),
            _GAP,
        ),
        category="retrieval",
        bugs="node-pop3 and poco#340 hang",
        layer=Layer.LAST,
    ),
    Peculiarity(
        "coalesced",
        "the whole reply to RETR and TOP leaves in one piece",
        "hMailServer's own tests (A); a proxy that took a reply for one segment (tpop3d, A)",
        lambda shared, close: _coalesced(close == "yes"),
        (Parameter("close", YES_NO, "whether the connection ends with it", "no"),),
        category="retrieval",
        layer=Layer.LAST,
    ),
    Peculiarity(
        "byte-dribble",
        "each octet of the session leaves for itself",
        "no server known (D)",
        lambda shared, gap: Paced(each(1), gap),
        (_GAP._replace(default=0.0),),
        category="retrieval",
        layer=Layer.LAST,
    ),
)
