"""Lies and oddities in the reply to CAPA (RFC 2449)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pop3lab.core.actions import Action, Close, Part, Pause, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import CapaLines, capa_lines, hide_capabilities, show_capability
from pop3lab.effects.commands import TableHook, refused, without_commands
from pop3lab.effects.hooks import ActionHook, CommandHook, ReplyHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Seconds, WordList

quirk = BehaviourDecorator("quirk", category="capa")


@quirk(
    "rejects CAPA as an unknown command",
    source="popa3d, and servers from before 1998 (A)",
    bugs="Twisted's client needed a fix (twisted#10740); curl must not go on without TLS then",
    against=(
        "capa-understates",
        "capa-overstates",
        "capa-empty",
        "capa-odd-lines",
        "capa-changes",
        "capa-split",
    ),
)
def capa_unsupported() -> Hooks:
    return TableHook(without_commands("CAPA"))


@quirk(
    "closes the connection on CAPA",
    source="those for which fetchmail reconnects without CAPA (A); o2.pl after login, MailKit#174"
    " (B)",
    bugs="reconnects in a loop",
)
def capa_kills_connection(
    after_login: Annotated[bool, "whether this happens only after login"] = False,
    reply: Annotated[bool, "whether -ERR comes first"] = False,
) -> Hooks:
    answer = Reply(False, "unknown command") if reply else Reply(None)

    def say(session: SessionState, request: Request, usual: Reply) -> Reply:
        if after_login and session.state is not State.TRANSACTION:
            return usual
        return answer._replace(then=Close())

    return ReplyHook(say, "CAPA")


@quirk(
    "omits capabilities that it supports",
    source="Hotmail without UIDL, GreenMail, servers without XOAUTH2 (A)",
    bugs="downloads all messages left on the server again because it never asks for unique-ids",
    needs=("{words}", "line of CAPA"),
    layer=Layer.LAST,
)
def capa_understates(
    words: Annotated[WordList, "the omitted capabilities and SASL mechanisms"] = ("UIDL",),
) -> Hooks:
    return ReplyHook(capa_lines(lambda session, lines: hide_capabilities(lines, words)), "CAPA")


@quirk(
    "lists a capability that has no meaning or whose command it refuses",
    source="STLS (fetchmail's pop3.c, A), USER (hmailserver PR#342, B), LOGIN-DELAY of qpopper (C)",
    bugs="tries no alternative",
    aspect="whether {line} exists",
)
def capa_overstates(
    line: Annotated[str, "the line of the list; the command it starts with is refused"] = "UIDL",
    text: Annotated[str, "text of the refusal"] = "unknown command",
) -> Hooks:
    octets = line.encode("utf-8", "surrogateescape")
    verb = line.partition(" ")[0].upper()
    listed = capa_lines(lambda session, lines: show_capability(lines, octets))
    return CommandHook(refused(verb, text=text), listed, "CAPA")


@quirk(
    "sends an empty capability list, or blank lines within it",
    source="test of EAST (A)",
    bugs="poplib: IndexError on an empty line (A)",
    layer=Layer.FIRST,
    takes=("line of CAPA",),
    against=("capa-lines",),
)
def capa_empty(
    kind: Annotated[
        Literal["nothing", "blank"], "no line at all, or a blank line before each capability"
    ] = "nothing",
) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        return [] if kind == "nothing" else [each for line in lines for each in (b"", line)]

    say = capa_lines(change)
    return ReplyHook(lambda session, request, reply: say(session, request, _bare(reply)), "CAPA")


def _bare(reply: Reply) -> Reply:
    return reply._replace(text="") if reply.ok else reply


_OddLines = Literal[
    "words", "expire", "bare-sasl", "tabs", "lower", "twice", "dot", "8-bit", "many"
]
_ODD_LINES: dict[_OddLines, CapaLines] = {
    "words": [b"RESP_CODES", b"LAST", b"XOIP", b"X-GOOGLE-RICO", b"PIPELINE", b"CELERITY"],
    "expire": [b"EXPIRE 31 USER"],
    "bare-sasl": [b"SASL"],
    "tabs": [b"LOGIN-DELAY\t0", b"SASL\tPLAIN"],
    "lower": [b"top", b"uidl", b"sasl plain"],
    "twice": [b"SASL PLAIN", b"SASL LOGIN", b"UIDL"],
    "dot": [b".foo", b"."],
    "8-bit": [b"IMPLEMENTATION Se\xf1or", b"IMPLEMENTATION \xff\xfe"],
    "many": [b"X-MANY-%d" % number for number in range(1000)],
}


@quirk(
    "lists capabilities that are unknown to the RFCs or deviate from them",
    source="plala (Mew PR#188), o2.pl (MailKit#174, B); Twisted, Zimbra, Gmail (A)",
    bugs="curl#19228: a line starting with a dot ended the list; mpop reads 50 lines",
    layer=Layer.LAST,
)
def capa_odd_lines(kind: Annotated[Literal["all", _OddLines], "the odd lines"] = "all") -> Hooks:
    odd = [line for name, lines in _ODD_LINES.items() if kind in ("all", name) for line in lines]
    return ReplyHook(capa_lines(lambda session, lines: [*lines, *odd]), "CAPA")


@quirk(
    "lists different capabilities before TLS, under TLS and after login",
    source="Gmail (A); UIDL after login only, jakartaee/mail-api#50 (B)",
    bugs="Indy#427: keeps the list from before TLS, against RFC 2595 section 4",
    needs=("line of CAPA",),
    layer=Layer.LAST,
)
def capa_changes(
    before: Annotated[WordList, "omitted before TLS and login"] = ("UIDL", "PIPELINING"),
    tls: Annotated[WordList, "omitted under TLS, before login"] = ("UIDL", "PIPELINING"),
    after: Annotated[WordList, "omitted after login"] = ("SASL", "USER"),
) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        if session.state is State.TRANSACTION:
            return hide_capabilities(lines, after)
        return hide_capabilities(lines, tls if session.channel.secure else before)

    return ReplyHook(capa_lines(change), "CAPA")


@quirk(
    "sends the final dot of the list in a separate packet or TLS record",
    source="plala: Mew PR#188; thc-hydra#1020 (B)",
    bugs="hangs, or asks forever",
    layer=Layer.LAST,
)
def capa_split(seconds: Annotated[Seconds, "pause before the dot"] = 0.1) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send) and action.part is Part.END:
                yield Pause(seconds)
            yield action

    return ActionHook(do, "CAPA")
