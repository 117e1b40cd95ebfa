"""What servers say to CAPA (RFC 2449), and what it is worth."""

from collections.abc import Iterator

from pop3lab.core.actions import Action, Close, Part, Pause, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import CapaLines, capa_lines, hide_capabilities, show_capability
from pop3lab.effects.commands import TableHook, refused, without_commands
from pop3lab.effects.hooks import ActionHook, CommandHook, ReplyHook
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import SECONDS, TEXT, WORDS, YES_NO, Parameter, choice

_ODD = {
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
_ALL = "all"


def _kills_connection(server: ServerContext, after_login: str, reply: str) -> Hooks:
    answer = Reply(False, "unknown command") if reply == "yes" else Reply(None)

    def say(session: SessionState, request: Request, usual: Reply) -> Reply:
        if after_login == "yes" and session.state is not State.TRANSACTION:
            return usual
        return answer._replace(then=Close())

    return ReplyHook(say, "CAPA")


def _understates(server: ServerContext, words: tuple[str, ...]) -> Hooks:
    return ReplyHook(capa_lines(lambda session, lines: hide_capabilities(lines, words)), "CAPA")


def _overstates(server: ServerContext, line: str, text: str) -> Hooks:
    octets = line.encode("utf-8", "surrogateescape")
    verb = line.partition(" ")[0].upper()
    listed = capa_lines(lambda session, lines: show_capability(lines, octets))
    return CommandHook(refused(verb, text=text), listed, "CAPA")


def _empty(server: ServerContext, kind: str) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        return [] if kind == "nothing" else [each for line in lines for each in (b"", line)]

    say = capa_lines(change)
    return ReplyHook(lambda session, request, reply: say(session, request, _bare(reply)), "CAPA")


def _bare(reply: Reply) -> Reply:
    return reply._replace(text="") if reply.ok else reply


def _odd_lines(server: ServerContext, kind: str) -> Hooks:
    odd = [line for name, lines in _ODD.items() if kind in (_ALL, name) for line in lines]
    return ReplyHook(capa_lines(lambda session, lines: [*lines, *odd]), "CAPA")


def _changes(
    server: ServerContext, before: tuple[str, ...], tls: tuple[str, ...], after: tuple[str, ...]
) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        if session.state is State.TRANSACTION:
            return hide_capabilities(lines, after)
        return hide_capabilities(lines, tls if session.channel.secure else before)

    return ReplyHook(capa_lines(change), "CAPA")


def _split(server: ServerContext, seconds: float) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send) and action.part is Part.END:
                yield Pause(seconds)
            yield action

    return ActionHook(do, "CAPA")


ROWS = (
    Behaviour(
        "capa-unsupported",
        "CAPA is an unknown command",
        "popa3d, and servers from before 1998 (A)",
        lambda server: TableHook(without_commands("CAPA")),
        category="capa",
        bugs="Twisted's client needed a fix (twisted#10740); curl must not go on without TLS then",
        against=(
            "capa-understates",
            "capa-overstates",
            "capa-empty",
            "capa-odd-lines",
            "capa-changes",
            "capa-split",
        ),
    ),
    Behaviour(
        "capa-kills-connection",
        "closes the connection at CAPA",
        "those for which fetchmail reconnects without CAPA (A); o2.pl after login, MailKit#174 (B)",
        _kills_connection,
        (
            Parameter("after-login", YES_NO, "whether only after login", "no"),
            Parameter("reply", YES_NO, "whether -ERR is said before", "no"),
        ),
        category="capa",
        bugs="connects again and again",
    ),
    Behaviour(
        "capa-understates",
        "does not list what is there",
        "Hotmail without UIDL, GreenMail, servers without XOAUTH2 (A)",
        _understates,
        (
            Parameter(
                "words", WORDS, "capabilities and SASL mechanisms that are left out", ("UIDL",)
            ),
        ),
        category="capa",
        bugs="messages left on the server are fetched again, as unique-ids are not asked for",
        needs=(
            "{words}",
            "line of CAPA",
        ),
        layer=Layer.LAST,
    ),
    Behaviour(
        "capa-overstates",
        "lists a capability whose command is refused, or that means nothing",
        "STLS (fetchmail's pop3.c, A), USER (hmailserver PR#342, B), LOGIN-DELAY of qpopper (C)",
        _overstates,
        (
            Parameter("line", TEXT, "as it is listed; its first word is refused", "UIDL"),
            Parameter("text", TEXT, "of the refusal", "unknown command"),
        ),
        category="capa",
        bugs="no other way is tried",
        aspect="whether there is the command {line}",
    ),
    Behaviour(
        "capa-empty",
        "lists nothing, or empty lines between the others",
        "test of EAST (A)",
        _empty,
        (Parameter("kind", choice("nothing", "blank"), "what is listed", "nothing"),),
        category="capa",
        bugs="poplib: IndexError on an empty line (A)",
        layer=Layer.FIRST,
        takes=("line of CAPA",),
        against=("capa-lines",),
    ),
    Behaviour(
        "capa-odd-lines",
        "lists lines that no RFC knows, or knows otherwise",
        "plala (Mew PR#188), o2.pl (MailKit#174, B); Twisted, Zimbra, Gmail (A)",
        _odd_lines,
        (Parameter("kind", choice(_ALL, *_ODD), "which lines", _ALL),),
        category="capa",
        bugs="curl#19228: a line with a dot in front ended the list; mpop reads 50 lines",
        layer=Layer.LAST,
    ),
    Behaviour(
        "capa-changes",
        "lists other capabilities before TLS, under TLS, and after login",
        "Gmail (A); UIDL after login only, jakartaee/mail-api#50 (B)",
        _changes,
        (
            Parameter("before", WORDS, "left out before TLS and login", ("UIDL", "PIPELINING")),
            Parameter("tls", WORDS, "left out under TLS, before login", ("UIDL", "PIPELINING")),
            Parameter("after", WORDS, "left out after login", ("SASL", "USER")),
        ),
        category="capa",
        bugs="Indy#427: the list from before TLS is kept, against RFC 2595 section 4",
        needs=("line of CAPA",),
        layer=Layer.LAST,
    ),
    Behaviour(
        "capa-split",
        "sends the final dot of the list in a packet, or TLS record, of its own",
        "plala: Mew PR#188; thc-hydra#1020 (B)",
        _split,
        (Parameter("seconds", SECONDS, "between the two", 0.1),),
        category="capa",
        bugs="hangs, or asks for ever",
        layer=Layer.LAST,
    ),
)
