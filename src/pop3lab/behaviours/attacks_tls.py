"""Attacks on how a client gets to TLS: stripping, injection, truncation."""

from collections.abc import Iterator

from pop3lab.behaviours.tls import stls_hidden, stls_ok_silent, stls_refused
from pop3lab.core.actions import Action, Close, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import GREETING, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import CapaLines, capa_lines, hide_capabilities, only_mechanisms
from pop3lab.effects.commands import compose, refused, without_commands
from pop3lab.effects.hooks import ActionHook, CommandHook, ReplyHook
from pop3lab.effects.mechanisms import accept_only
from pop3lab.effects.tls_handshake import (
    CERTIFICATE,
    STLS,
    LeaveTls,
    StlsInjection,
    certificate_factory,
)
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, OCTETS, SECONDS, TEXT, Parameter, choice

_CAPA = b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n"
_MAIL = b"Subject: injected\r\n\r\nThis message has never been in the maildrop.\r\n"
_SIZE = str(len(_MAIL)).encode()
_LOGIN = b"".join(
    (
        b"+OK\r\n+OK\r\n",  # USER, PASS
        b"+OK 1 " + _SIZE + b"\r\n",  # STAT
        b"+OK\r\n1 " + _SIZE + b"\r\n.\r\n",  # LIST
        b"+OK " + _SIZE + b" octets\r\n" + _MAIL + b".\r\n",  # RETR
        b"+OK\r\n+OK\r\n",  # DELE, QUIT
    )
)
_APOP_ONLY = ("CRAM-MD5",)


def _inject(server: ServerContext, octets: bytes, withheld: int) -> Hooks:
    return StlsInjection(octets, withheld)


def _inject_split(
    server: ServerContext, octets: bytes, withheld: int, seconds: float, at: str
) -> Hooks:
    return StlsInjection(octets, withheld, seconds, within=at == "within")


def _injection(octets: bytes, withheld: int) -> tuple[Parameter, Parameter]:
    return (
        Parameter("octets", OCTETS, "what follows +OK in clear", octets),
        Parameter("withheld", COUNT, "how many replies under TLS are held back", withheld),
    )


def _no_capa(server: ServerContext) -> Hooks:
    return stls_hidden.hooks(server, {"capa": "refused"})


def _strip_capa(server: ServerContext) -> Hooks:
    return stls_hidden.hooks(server, {"capa": "answered"})


def _preauth(server: ServerContext, kind: str) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text="you are logged in, 3 messages (360 octets)")

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield from actions
        yield Send(b"1 120\r\n2 120\r\n3 120\r\n.\r\n", Part.BODY)

    return ReplyHook(say, GREETING.verb) if kind == "greeting" else ActionHook(do, GREETING.verb)


def _strip_then_apop(server: ServerContext) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        return only_mechanisms(hide_capabilities(lines, ["USER"]), _APOP_ONLY)

    table = compose(
        without_commands("STLS"), refused("USER", text="use APOP"), accept_only(_APOP_ONLY)
    )
    return CommandHook(table, capa_lines(change), "CAPA")


def _truncate_capa(server: ServerContext, lines: int) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not session.channel.secure:
            yield from actions
            return
        for action in actions:
            if isinstance(action, Send) and action.part is Part.BODY:
                yield Send(b"".join(action.data.splitlines(True)[:lines]), Part.BODY)
                yield Close(close_notify=False)
                return
            yield action

    return ActionHook(do, "CAPA")


_TLS_ROWS = (
    Behaviour(
        "stls-inject-capa",
        "a made-up reply to CAPA comes with STLS's +OK, and the real one under TLS never comes",
        "somebody in between; NO STARTTLS study (A)",
        _inject,
        _injection(_CAPA, 1),
        family="attack",
        category="tls",
        bugs="Mutt CVE-2020-14954, Evolution CVE-2020-14928, Claws CVE-2020-15917, "
        "libetpan CVE-2020-15953, curl CVE-2021-22947, MailKit before 4.16.0",
        aspect=STLS,
        needs=(
            "TLS",
            "STLS",
        ),
    ),
    Behaviour(
        "stls-inject-login",
        "the replies of a whole session come with STLS's +OK, and none of the real ones does",
        "somebody in between; NO STARTTLS study (A)",
        _inject,
        _injection(_LOGIN, 1000),
        family="attack",
        category="tls",
        bugs="Thunderbird CVE-2020-15685 and CVE-2021-29969 (in IMAP)",
        aspect=STLS,
        needs=(
            "TLS",
            "STLS",
        ),
    ),
    Behaviour(
        "stls-inject-split",
        "as stls-inject-capa, but in a second packet, before the handshake, or between its records",
        "somebody in between; curl's test 982 (A)",
        _inject_split,
        (
            *_injection(_CAPA, 1),
            Parameter("seconds", SECONDS, "between the two packets", 0.1),
            Parameter(
                "at",
                choice("before", "within"),
                "before the handshake, or between two records of the server's, without waiting",
                "before",
            ),
        ),
        family="attack",
        category="tls",
        bugs="as stls-inject-capa",
        aspect=STLS,
        needs=(
            "TLS",
            "STLS",
        ),
    ),
    Behaviour(
        "stls-strip-capa",
        "STLS is left out of CAPA, and unknown",
        "somebody in between; EAST O_1 (A)",
        _strip_capa,
        family="attack",
        category="tls",
        bugs="goes on in clear: fetchmail CVE-2006-5867, KMail CVE-2020-15954, curl CVE-2021-22946",
        aspect=STLS,
    ),
    Behaviour(
        "stls-strip-err",
        "STLS is listed, and answered -ERR",
        "somebody in between; EAST O_2 (A)",
        stls_refused.factory,
        (Parameter("text", TEXT, "behind -ERR", "unknown command"),),
        family="attack",
        category="tls",
        bugs="goes on in clear: fetchmail CVE-2021-39272",
        aspect=STLS,
    ),
    Behaviour(
        "stls-strip-capa-err",
        "CAPA is answered -ERR, and STLS, too",
        "somebody in between; EAST O_3 (A)",
        _no_capa,
        family="attack",
        category="tls",
        bugs="goes on in clear: curl CVE-2021-22946",
        aspect=STLS,
    ),
    Behaviour(
        "stls-err-loop",
        "each STLS is answered -ERR, however often it comes",
        "somebody in between; Thunderbird bug 1641882 (B)",
        stls_refused.factory,
        (Parameter("text", TEXT, "behind -ERR", "try again"),),
        family="attack",
        category="tls",
        bugs="Thunderbird tried for ever",
        aspect=STLS,
    ),
    Behaviour(
        "stls-preauth-greeting",
        "the greeting says that the user is logged in, or a listing follows it, before STLS",
        "somebody in between; the class of mutt's CVE-2020-14093 (in IMAP)",
        _preauth,
        (Parameter("kind", choice("greeting", "listing"), "what is said", "greeting"),),
        family="attack",
        category="tls",
        bugs="no TLS is asked for",
        takes=("timestamp",),
        aspect="what the {kind} is",
    ),
    Behaviour(
        "stls-strip-then-apop",
        "no STLS, no USER; only APOP and CRAM-MD5 are left",
        "somebody in between; EAST O_4 (A)",
        _strip_then_apop,
        family="attack",
        category="tls",
        bugs="a digest of the password in clear, to be guessed at leisure",
        aspect=(STLS, "the answer to USER"),
        layer=Layer.FIRST,
        against=(
            "auth-ok-instead-of-plus",
            "auth-plus-nospace",
            "auth-plus-text",
            "sasl-bad-base64",
            "sasl-huge-challenge",
            "scram-plus-end-point",
        ),
    ),
    Behaviour(
        "stls-hang",
        "says +OK to STLS, and then nothing at all",
        "somebody in between; fetchmail CVE-2011-1947 (C)",
        stls_ok_silent.factory,
        family="attack",
        category="tls",
        bugs="hangs for ever",
        aspect=STLS,
    ),
    Behaviour(
        "tls-truncate-capa",
        "under TLS, the connection ends within the list of CAPA, without close_notify",
        "somebody in between; the class of truncation attacks (D)",
        _truncate_capa,
        (Parameter("lines", COUNT, "of the list that come", 2),),
        family="attack",
        category="tls",
        bugs="taken for the whole list",
        needs=(
            "TLS",
            "line of CAPA",
        ),
    ),
    Behaviour(
        "tls-renego-cleartext",
        "under TLS, close_notify comes before a reply to a command, then the reply and all that"
        " follows in clear",
        "somebody in between; the class of truncation attacks (D)",
        lambda server, octets: LeaveTls(octets),
        (Parameter("octets", OCTETS, "what comes in clear before the reply", b""),),
        family="attack",
        category="tls",
        bugs="what comes in clear is taken for a reply under TLS",
        needs=("TLS",),
    ),
)


# Certificates that a client must not accept; each is made when it is first asked for.

_EAST = "somebody in between; EAST T_1 to T_4 (A)"


def _row(variant: str, meaning: str, source: str, bugs: str) -> Behaviour:
    return Behaviour(
        f"cert-{variant}",
        meaning,
        source,
        certificate_factory(variant),
        family="attack",
        category="tls",
        bugs=bugs,
        aspect=CERTIFICATE,
        needs=("TLS",),
    )


_TLS_CERTIFICATES_ROWS = (
    _row(
        "expired",
        "the certificate was valid until last month",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "not-yet-valid",
        "the certificate is valid from next month on",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "wrong-host",
        "the certificate is another host's",
        _EAST,
        "KDE kio-pop3 CVE-2014-3494: logs in all the same",
    ),
    _row(
        "self-signed",
        "the certificate is signed by nobody but itself",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "unknown-ca",
        "the certificate is of a CA that the client does not know",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "nul-cn",
        "the names in the certificate are the host's, a NUL, and an attacker's domain",
        "an attacker who owns the domain behind the NUL (C)",
        "fetchmail CVE-2009-2666: reads up to the NUL",
    ),
    _row(
        "ip-san",
        "the certificate is for another address, and has the host's own as a name of DNS",
        "RFC 9525 section 6.5: an address is compared with addresses only (D)",
        "logs in all the same",
    ),
    _row(
        "no-eku",
        "the certificate is for clients, not for servers",
        "RFC 5280 section 4.2.1.12 (D)",
        "logs in all the same",
    ),
    _row(
        "hostile-text",
        "another host's certificate, with terminal escapes, 8-bit and long text in its subject",
        "fetchmail CVE-2010-0562 (C)",
        "heap overflow when it is shown; escapes reach the terminal",
    ),
)

ROWS = (*_TLS_ROWS, *_TLS_CERTIFICATES_ROWS)
