"""Attacks on how a client gets to TLS: stripping, injection, truncation."""

from collections.abc import Iterator

from pop3lab.core.actions import Action, Close, Part, Send
from pop3lab.core.exchange import GREETING, Exchange
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.around import both, refused
from pop3lab.faults.bending.capability_lines import Lines, capa_lines, hide, only_mechanisms
from pop3lab.faults.bending.handshakes import STLS, Injected, LeavesTls
from pop3lab.faults.bending.mechanisms import knowing_only
from pop3lab.faults.bending.seams import Bends, Does, Says
from pop3lab.faults.bending.tables import without
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.quirks.tls import stls_hidden, stls_refused, stls_silent
from pop3lab.faults.values import COUNT, OCTETS, SECONDS, TEXT, Parameter, choice

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


def _inject(shared: Shared, octets: bytes, withheld: int) -> Script:
    return Injected(octets, withheld)


def _inject_split(shared: Shared, octets: bytes, withheld: int, seconds: float, at: str) -> Script:
    return Injected(octets, withheld, seconds, within=at == "within")


def _injection(octets: bytes, withheld: int) -> tuple[Parameter, Parameter]:
    return (
        Parameter("octets", OCTETS, "what follows +OK in clear", octets),
        Parameter("withheld", COUNT, "how many replies under TLS are held back", withheld),
    )


def _no_capa(shared: Shared) -> Script:
    return stls_hidden(shared, "refused")


def _strip_capa(shared: Shared) -> Script:
    return stls_hidden(shared, "answered")


def _preauth(shared: Shared, kind: str) -> Script:
    def say(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        return reply._replace(text="you are logged in, 3 messages (360 octets)")

    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        yield from actions
        yield Send(b"1 120\r\n2 120\r\n3 120\r\n.\r\n", Part.BODY)

    return Says(say, GREETING.verb) if kind == "greeting" else Does(do, GREETING.verb)


def _strip_then_apop(shared: Shared) -> Script:
    def change(session: Standing, lines: Lines) -> Lines:
        return only_mechanisms(hide(lines, ["USER"]), _APOP_ONLY)

    table = both(without("STLS"), refused("USER", text="use APOP"), knowing_only(_APOP_ONLY))
    return Bends(table, capa_lines(change), "CAPA")


def _truncate_capa(shared: Shared, lines: int) -> Script:
    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        if not session.channel.secure:
            yield from actions
            return
        for action in actions:
            if isinstance(action, Send) and action.part is Part.BODY:
                yield Send(b"".join(action.data.splitlines(True)[:lines]), Part.BODY)
                yield Close(notify=False)
                return
            yield action

    return Does(do, "CAPA")


ROWS = (
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
        "stls-strip-capa",
        "STLS is left out of CAPA, and unknown",
        "somebody in between; EAST O_1 (A)",
        _strip_capa,
        family="attack",
        category="tls",
        bugs="goes on in clear: fetchmail CVE-2006-5867, KMail CVE-2020-15954, curl CVE-2021-22946",
        aspect=STLS,
    ),
    Peculiarity(
        "stls-strip-err",
        "STLS is listed, and answered -ERR",
        "somebody in between; EAST O_2 (A)",
        stls_refused,
        (Parameter("text", TEXT, "behind -ERR", "unknown command"),),
        family="attack",
        category="tls",
        bugs="goes on in clear: fetchmail CVE-2021-39272",
        aspect=STLS,
    ),
    Peculiarity(
        "stls-strip-capa-err",
        "CAPA is answered -ERR, and STLS, too",
        "somebody in between; EAST O_3 (A)",
        _no_capa,
        family="attack",
        category="tls",
        bugs="goes on in clear: curl CVE-2021-22946",
        aspect=STLS,
    ),
    Peculiarity(
        "stls-err-loop",
        "each STLS is answered -ERR, however often it comes",
        "somebody in between; Thunderbird bug 1641882 (B)",
        stls_refused,
        (Parameter("text", TEXT, "behind -ERR", "try again"),),
        family="attack",
        category="tls",
        bugs="Thunderbird tried for ever",
        aspect=STLS,
    ),
    Peculiarity(
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
    Peculiarity(
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
    Peculiarity(
        "stls-hang",
        "says +OK to STLS, and then nothing at all",
        "somebody in between; fetchmail CVE-2011-1947 (C)",
        stls_silent,
        family="attack",
        category="tls",
        bugs="hangs for ever",
        aspect=STLS,
    ),
    Peculiarity(
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
    Peculiarity(
        "tls-renego-cleartext",
        "under TLS, close_notify comes before a reply to a command, then the reply and all that"
        " follows in clear",
        "somebody in between; the class of truncation attacks (D)",
        lambda shared, octets: LeavesTls(octets),
        (Parameter("octets", OCTETS, "what comes in clear before the reply", b""),),
        family="attack",
        category="tls",
        bugs="what comes in clear is taken for a reply under TLS",
        needs=("TLS",),
    ),
)
