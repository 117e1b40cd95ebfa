"""How lines and messages end, and which dots are doubled (RFC 1939 section 3)."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from math import inf

from pop3lab.behaviours.faults_pacing import Pacing, pieces_of, slice_at
from pop3lab.behaviours.retrieval_texts import appended, of_message
from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.command import LISTINGS, TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import CRLF_DOT, DOT, Body, End, Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import stuff
from pop3lab.effects.bodies import (
    CRLF,
    MessageEnd,
    insert_after_line,
    message_body,
    stuff_after_crlf,
    without_final_crlf,
)
from pop3lab.effects.hooks import ActionHook, ReplyHook
from pop3lab.effects.maildrop_views import ViewHook
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, SECONDS, YES_NO, Parameter, choice

_PARTS: dict[str, Collection[Part]] = {
    "all": frozenset(Part),
    "status": {Part.HEAD},
    "body": {Part.BODY},
    "terminator": {Part.END},
}
_ENDINGS: dict[str, Action | None] = {"go-on": None, "silence": Pause(inf), "close": Close()}


def _lf_only(parts: Collection[Part]) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        held = b""  # a CR, until what follows it has come
        for action in actions:
            if isinstance(action, Send) and action.part in parts:
                octets = held + action.data
                held = b"\r" if octets.endswith(b"\r") else b""
                yield Send(octets.removesuffix(b"\r").replace(CRLF, b"\n"), action.part)
                continue
            if held and not isinstance(action, OffloadNext):
                yield Send(held, Part.BODY)
                held = b""
            yield action
        if held:
            yield Send(held, Part.BODY)

    return ActionHook(do)


class _Bodies(Hooks):
    """Bends the body of RETR and TOP."""

    replies = frozenset(TEXTS)
    sends = ()

    def reply(self, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        return reply if body is None else reply._replace(body=self.changed(body))

    def changed(self, body: Body) -> Body:
        """What becomes of it."""
        return body


class _Unended(_Bodies):
    """The last line has no end of its own; the dot follows on it."""

    def changed(self, body: Body) -> Body:
        return body._replace(chunks=without_final_crlf(body.chunks), end=End(DOT, DOT, DOT))


class _OverStuffed(_Bodies):
    """Dots are doubled twice, or everywhere."""

    def __init__(self, everywhere: bool) -> None:
        self._everywhere = everywhere

    def changed(self, body: Body) -> Body:
        if self._everywhere:
            return body._replace(chunks=_all_doubled(body.chunks), stuffed=False)
        return body._replace(chunks=stuff(body.chunks))


def _all_doubled(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk.replace(b".", b"..")


class _BlankLine(_Bodies):
    """An empty line more in the header."""

    def __init__(self, line: int) -> None:
        self._line = line

    def changed(self, body: Body) -> Body:
        return body._replace(chunks=insert_after_line(body.chunks, self._line, CRLF))


class _Unstuffed(_Bodies):
    """No dot is doubled."""

    def __init__(self, verbs: Collection[str]) -> None:
        self.replies = frozenset(verbs)

    def changed(self, body: Body) -> Body:
        return body._replace(stuffed=False)


def _terminator(octets: bytes, then: Action | None) -> Hooks:
    end = End(octets, CRLF + octets, octets)

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        return reply._replace(body=body._replace(end=end), then=then or reply.then)

    return ReplyHook(say, *TEXTS)


MIXED = b"\r\nbare CR\rbare LF\nCR CR LF\r\r\nLF CR\n\rLF and a dot\n.x\n.\r\nthe end of it\r\n"


class _MixedEnds(ViewHook):
    """Appends lines that end in all ways; stuffed: as if each LF ended one."""

    replies = frozenset(TEXTS)

    def __init__(self, number: int, stuffed: bool) -> None:
        super().__init__(of_message(number, lambda one: appended(one, MIXED)))
        self._stuffed = stuffed

    def reply(self, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None or self._stuffed:
            return reply
        return reply._replace(
            body=body._replace(chunks=stuff_after_crlf(body.chunks), stuffed=False)
        )


_END = "how a message ends"

_FRAMING_ROWS = (
    Behaviour(
        "lf-only",
        "lines end in LF without CR",
        "broken UNIX servers (MailKit, A; fetchmail NEWS 6.2.3, C); one line of Courier's (A)",
        lambda server, part: _lf_only(_PARTS[part]),
        (Parameter("part", choice(*_PARTS), "which lines", "all"),),
        category="retrieval",
        bugs="Jakarta Mail, K-9 and Sylpheed wait for a CR",
    ),
    Behaviour(
        "mixed-eol",
        "a message has bare CR, bare LF, CR CR LF and LF CR in it",
        "GreenMail (PR#1049, A); servers with CR CR LF (Dovecot's notes on migration, A)",
        lambda server, number, stuffed: _MixedEnds(number, stuffed == "yes"),
        (
            Parameter("number", COUNT, "which message", 1),
            Parameter("stuffed", YES_NO, "whether a dot behind a bare LF is doubled", "yes"),
        ),
        category="retrieval",
        bugs="the message ends too early, and its rest is read as replies",
    ),
    Behaviour(
        "no-final-newline",
        "the dot that ends a message follows on its last line",
        "Exchange 2000 and 2003 (fetchmail's FAQ S2; CheckPop3Tail, C)",
        lambda server: _Unended(),
        category="retrieval",
        bugs="waits for the end, at each session anew",
        aspect=_END,
    ),
    Behaviour(
        "terminator-short",
        "the line with the dot has no end",
        "Cyrus 3.4.6 under TLS (#4717, B); node-pop3#26 (B)",
        lambda server, form, then: _terminator(b".\r" if form == "cr" else b".", _ENDINGS[then]),
        (
            Parameter("form", choice("cr", "dot"), "a dot with CR, or alone", "cr"),
            Parameter("then", choice(*_ENDINGS), "what follows", "silence"),
        ),
        category="retrieval",
        bugs="Thunderbird hung",
        aspect=_END,
    ),
    Behaviour(
        "terminator-trailing-junk",
        "an empty line follows the dot, or a space",
        "no server known (D)",
        lambda server, form: MessageEnd(
            End(DOT + CRLF, CRLF_DOT + CRLF, DOT + CRLF)
            if form == "line"
            else End(b". \r\n", b"\r\n. \r\n", b". \r\n")
        ),
        (Parameter("form", choice("line", "space"), "which", "line"),),
        category="retrieval",
        aspect=_END,
    ),
    Behaviour(
        "no-stuffing",
        "dots at the beginning of lines are not doubled",
        "Mailpit#299, netius#96 (B); by TOP hMailServer#126, GreenMail PR#984 (A)",
        lambda server, verb: _Unstuffed(TEXTS if verb == "both" else (verb,)),
        (Parameter("verb", choice("both", *TEXTS), "to which command", "both"),),
        category="retrieval",
        bugs="the rest of the message is read as replies, and DELE follows (CVE-2001-0996)",
        aspect="which dots are doubled",
    ),
    Behaviour(
        "over-stuffing",
        "dots at the beginning of lines are doubled twice, or all dots are doubled",
        "no server known (D)",
        lambda server, form: _OverStuffed(form == "everywhere"),
        (Parameter("form", choice("twice", "everywhere"), "which", "twice"),),
        category="retrieval",
        aspect="which dots are doubled",
    ),
    Behaviour(
        "extra-blank-line",
        "an empty line more stands before the dot that ends a message",
        "hMailServer's TOP (A); netius#96 (B)",
        lambda server: MessageEnd(End(CRLF_DOT, CRLF + CRLF_DOT, CRLF_DOT)),
        category="retrieval",
        aspect=_END,
    ),
    Behaviour(
        "blank-lines-inserted",
        "an empty line stands in the header, so that the body begins too early",
        "fetchmail's FAQ X1 and X2 (C)",
        lambda server, line: _BlankLine(line),
        (Parameter("line", COUNT, "behind how many lines of the header", 1),),
        category="retrieval",
    ),
)


# In which pieces replies leave, each written to the connection for itself.


def _of(hooks: Pacing, *verbs: str) -> Hooks:
    hooks.sends = frozenset(verbs)
    return hooks


def _split_terminator(server: ServerContext, at: str, gap: float) -> Hooks:
    place = "terminator" if at == "all" else f"terminator-{at}"
    return _of(slice_at(place, gap), *TEXTS, *LISTINGS)


def _coalesced(close: bool) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        gathered: list[bytes] = []
        for action in chain(actions, (Close(),) if close else ()):
            if isinstance(action, Send):
                gathered.append(action.data)
                continue
            if gathered and not isinstance(action, OffloadNext):
                yield Send(b"".join(gathered), Part.BODY)
                gathered.clear()
            yield action
        if gathered:
            yield Send(b"".join(gathered), Part.BODY)

    return ActionHook(do, *TEXTS)


_GAP = Parameter("gap", SECONDS, "between one piece and the next", 0.25)

_FRAMING_SPLITS_ROWS = (
    Behaviour(
        "split-stuffed-dot",
        "a doubled dot comes in two pieces",
        "networks",
        lambda server, gap: _of(slice_at("dots", gap), *TEXTS),
        (_GAP,),
        category="retrieval",
        bugs="CVE-1999-1033: Outlook Express took it for the end, and never got past the message",
        layer=Layer.LAST,
    ),
    Behaviour(
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
    Behaviour(
        "coalesced",
        "the whole reply to RETR and TOP leaves in one piece",
        "hMailServer's own tests (A); a proxy that took a reply for one segment (tpop3d, A)",
        lambda server, close: _coalesced(close == "yes"),
        (Parameter("close", YES_NO, "whether the connection ends with it", "no"),),
        category="retrieval",
        layer=Layer.LAST,
    ),
    Behaviour(
        "byte-dribble",
        "each octet of the session leaves for itself",
        "no server known (D)",
        lambda server, gap: Pacing(pieces_of(1), gap),
        (_GAP._replace(default=0.0),),
        category="retrieval",
        layer=Layer.LAST,
    ),
)

ROWS = (*_FRAMING_ROWS, *_FRAMING_SPLITS_ROWS)
