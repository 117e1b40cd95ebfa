"""Line endings, message endings and dot-stuffing (RFC 1939 section 3)."""

from collections.abc import Collection, Iterator
from itertools import chain
from math import inf
from typing import Annotated, Literal

from pop3lab.behaviours.faults_pacing import Pacing, pieces_of, slice_at
from pop3lab.behaviours.retrieval_texts import appended, of_message
from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.command import LISTINGS, TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import CRLF_DOT, DOT, End, Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import stuff
from pop3lab.effects.bodies import (
    CRLF,
    BodyHook,
    MessageEnd,
    insert_after_line,
    message_body,
    stuff_after_crlf,
    without_final_crlf,
)
from pop3lab.effects.hooks import ActionHook, ReplyHook
from pop3lab.effects.maildrop_views import ViewHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Seconds

quirk = BehaviourDecorator("quirk", category="retrieval")

_MESSAGE_END = "how a message ends"
_DOTS_DOUBLED = "which dots are doubled"

_Lines = Literal["all", "status", "body", "terminator"]
_PARTS: dict[_Lines, Collection[Part]] = {
    "all": frozenset(Part),
    "status": {Part.HEAD},
    "body": {Part.BODY},
    "terminator": {Part.END},
}


@quirk(
    "ends lines with LF instead of CRLF",
    source="broken UNIX servers (MailKit, A; fetchmail NEWS 6.2.3, C); one line of Courier's (A)",
    bugs="Jakarta Mail, K-9 and Sylpheed wait for a CR",
)
def lf_only(part: Annotated[_Lines, "lines to change"] = "all") -> Hooks:
    parts = _PARTS[part]

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        held = b""  # a CR, until the next octet is known
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


MIXED = b"\r\nbare CR\rbare LF\nCR CR LF\r\r\nLF CR\n\rLF and a dot\n.x\n.\r\nthe end of it\r\n"


class _MixedEnds(ViewHook):
    """Appends lines with every kind of ending. stuffed: double the dots after a bare LF, too."""

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


@quirk(
    "serves a message that contains bare CR, bare LF, CR CR LF and LF CR",
    source="GreenMail (PR#1049, A); servers with CR CR LF (Dovecot's notes on migration, A)",
    bugs="clients end the message too early and read the rest as replies",
)
def mixed_eol(
    number: Annotated[Count, "message to change, by its number in the first session"] = 1,
    stuffed: Annotated[bool, "whether a dot after a bare LF is doubled"] = True,
) -> Hooks:
    return _MixedEnds(number, stuffed)


@quirk(
    "sends the final dot on the last line of a message instead of a line of its own",
    source="Exchange 2000 and 2003 (fetchmail's FAQ S2; CheckPop3Tail, C)",
    bugs="clients wait for the end of the message in every session",
    aspect=_MESSAGE_END,
)
def no_final_newline() -> Hooks:
    end = End(DOT, DOT, DOT)
    return BodyHook(lambda body: body._replace(chunks=without_final_crlf(body.chunks), end=end))


_Then = Literal["go-on", "silence", "close"]
_THEN: dict[_Then, Action | None] = {"go-on": None, "silence": Pause(inf), "close": Close()}


@quirk(
    "sends the final dot without a complete line ending",
    source="Cyrus 3.4.6 under TLS (#4717, B); node-pop3#26 (B)",
    bugs="Thunderbird hangs",
    aspect=_MESSAGE_END,
)
def terminator_short(
    form: Annotated[Literal["cr", "dot"], "whether CR follows the dot, or nothing"] = "cr",
    then: Annotated[_Then, "whether the session goes on, falls silent or closes"] = "silence",
) -> Hooks:
    octets = b".\r" if form == "cr" else b"."
    end = End(octets, CRLF + octets, octets)

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        return reply._replace(body=body._replace(end=end), then=_THEN[then] or reply.then)

    return ReplyHook(say, *TEXTS)


@quirk(
    "sends an empty line or a space after the final dot of a message",
    source="no server known (D)",
    aspect=_MESSAGE_END,
)
def terminator_trailing_junk(
    form: Annotated[Literal["line", "space"], "extra text: an empty line or a space"] = "line",
) -> Hooks:
    octets = DOT + CRLF if form == "line" else b". \r\n"
    return MessageEnd(End(octets, CRLF + octets, octets))


@quirk(
    "does not double dots at the beginning of lines",
    source="Mailpit#299, netius#96 (B); by TOP hMailServer#126, GreenMail PR#984 (A)",
    bugs="clients read the rest of the message as replies and send DELE (CVE-2001-0996)",
    aspect=_DOTS_DOUBLED,
)
def no_stuffing(
    verb: Annotated[Literal["both", "RETR", "TOP"], "commands to affect"] = "both",
) -> Hooks:
    verbs = TEXTS if verb == "both" else (verb,)
    return BodyHook(lambda body: body._replace(stuffed=False), *verbs)


@quirk(
    "doubles dots at the beginning of lines twice, or doubles all dots",
    source="no server known (D)",
    aspect=_DOTS_DOUBLED,
)
def over_stuffing(
    form: Annotated[Literal["twice", "everywhere"], "dots at line starts or all dots"] = "twice",
) -> Hooks:
    if form == "twice":
        return BodyHook(lambda body: body._replace(chunks=stuff(body.chunks)))
    return BodyHook(
        lambda body: body._replace(
            chunks=(chunk.replace(b".", b"..") for chunk in body.chunks), stuffed=False
        )
    )


@quirk(
    "sends an extra empty line before the final dot of a message",
    source="hMailServer's TOP (A); netius#96 (B)",
    aspect=_MESSAGE_END,
)
def extra_blank_line() -> Hooks:
    return MessageEnd(End(CRLF_DOT, CRLF + CRLF_DOT, CRLF_DOT))


@quirk(
    "inserts an empty line into the header of messages, so the body begins too early",
    source="fetchmail's FAQ X1 and X2 (C)",
)
def blank_lines_inserted(
    line: Annotated[Count, "number of header lines before the empty line"] = 1,
) -> Hooks:
    return BodyHook(lambda body: body._replace(chunks=insert_after_line(body.chunks, line, CRLF)))


# Pieces of replies, each written to the connection on its own.

_Gap = Annotated[Seconds, "delay between pieces"]


def _only_for(hooks: Pacing, *verbs: str) -> Hooks:
    hooks.sends = frozenset(verbs)
    return hooks


@quirk(
    "sends a doubled dot in two pieces",
    source="networks",
    bugs="CVE-1999-1033: Outlook Express takes the first dot for the end of the message",
    layer=Layer.LAST,
)
def split_stuffed_dot(gap: _Gap = 0.25) -> Hooks:
    return _only_for(slice_at("dots", gap), *TEXTS)


@quirk(
    "sends the CRLF, dot, CRLF that ends a reply in pieces",
    source="networks; Cyrus flushes first, since clients get confused (A); node-pop3#26 (B)",
    bugs="node-pop3 and poco#340 hang",
    layer=Layer.LAST,
)
def split_terminator(
    at: Annotated[
        Literal["all", "1", "2", "3", "4"], "number of its octets before the cut; all: cut at each"
    ] = "all",
    gap: _Gap = 0.25,
) -> Hooks:
    place = "terminator" if at == "all" else f"terminator-{at}"
    return _only_for(slice_at(place, gap), *TEXTS, *LISTINGS)


@quirk(
    "sends the whole reply to RETR or TOP in one piece",
    source="hMailServer's own tests (A); a proxy that took a reply for one segment (tpop3d, A)",
    layer=Layer.LAST,
)
def coalesced(
    close: Annotated[bool, "whether the connection closes with the reply"] = False,
) -> Hooks:
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


@quirk(
    "sends each octet of the session in a piece of its own",
    source="no server known (D)",
    layer=Layer.LAST,
)
def byte_dribble(gap: _Gap = 0.0) -> Hooks:
    return Pacing(pieces_of(1), gap)
