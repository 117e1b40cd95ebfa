"""STLS and TLS as servers, and what stands between, have them (RFC 2595, RFC 8314)."""

import math
from collections.abc import Iterator

from pop3lab.core.actions import Action, Close, Pause, Reset, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, ok
from pop3lab.core.request import Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import CapaLines, capa_lines, show_capability
from pop3lab.effects.commands import TableHook, refused, without_commands
from pop3lab.effects.hooks import ActionHook, CommandHook
from pop3lab.effects.listings import raw_body
from pop3lab.effects.tls_handshake import CERTIFICATE, STLS, StlsInjection, certificate, stls_reply
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, OCTETS, SECONDS, TEXT, Parameter, choice

_TEXT = "begin TLS negotiation"
_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake failure (RFC 5246 section 7.2)

_STLS_ENDS = {
    "fin": ok(_TEXT)._replace(then=Close()),
    "reset": ok(_TEXT)._replace(then=Reset()),
    "alert": Reply(True, _TEXT, body=raw_body(_ALERT), then=Close()),
}

CERTIFICATES = (
    "expired",
    "not-yet-valid",
    "wrong-host",
    "self-signed",
    "unknown-ca",
    "nul-cn",
    "ip-san",
    "no-eku",
    "hostile-text",
)


def stls_refused(server: ServerContext, text: str) -> Hooks:
    """STLS is listed, and refused."""

    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        may = session.state is State.AUTHORIZATION and not session.channel.secure
        return show_capability(lines, b"STLS") if may else lines

    return CommandHook(refused("STLS", text=text), capa_lines(change), "CAPA")


def stls_hidden(server: ServerContext, capa: str) -> Hooks:
    """STLS is gone, and perhaps CAPA."""
    return TableHook(
        without_commands("STLS", "CAPA") if capa == "refused" else without_commands("STLS")
    )


def stls_silent(server: ServerContext) -> Hooks:
    """Nothing behind +OK."""
    return stls_reply(ok(_TEXT)._replace(then=Pause(math.inf)))


def _abrupt_close(server: ServerContext, reply: str) -> Hooks:
    def lost(request: Request, action: Action) -> bool:
        return reply == "lost" and request.verb == "QUIT" and isinstance(action, Send)

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not session.channel.secure:
            yield from actions
            return
        for action in actions:
            if not lost(request, action):
                yield Close(close_notify=False) if isinstance(action, Close) else action

    return ActionHook(do)


def _dribble(server: ServerContext, octets: int, seconds: float) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send) and session.channel.secure:
                for piece in _pieces(action.data, octets):
                    yield Send(piece, action.part)
                    yield Pause(seconds)
            else:
                yield action

    return ActionHook(do)


def _pieces(data: bytes, octets: int) -> Iterator[bytes]:
    size = max(1, octets)
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _tail(server: ServerContext, octets: bytes, withheld: int) -> Hooks:
    return StlsInjection(octets, withheld)


def _version(server: ServerContext, only: str) -> Hooks:
    return certificate(f"tls-{only}")


def _sni(server: ServerContext, otherwise: str) -> Hooks:
    return certificate(f"sni-or-{otherwise}")


def _bad(server: ServerContext, kind: str) -> Hooks:
    return certificate(kind)


ROWS = (
    Behaviour(
        "stls-refused",
        "STLS is listed, and refused",
        "servers that fetchmail's pop3.c knows, EAST O_2 (A)",
        stls_refused,
        (Parameter("text", TEXT, "behind -ERR", "command not implemented"),),
        category="tls",
        bugs="goes on in clear: fetchmail CVE-2021-39272, curl CVE-2021-22946",
        aspect=STLS,
        against=("stls-hidden",),
    ),
    Behaviour(
        "stls-hidden",
        "STLS is neither listed nor known, as if somebody had stripped it",
        "EAST O_1 and O_3, the mail collectors of GMX and web.de (C)",
        stls_hidden,
        (Parameter("capa", choice("answered", "refused"), "whether there is CAPA", "answered"),),
        category="tls",
        bugs="goes on in clear",
        aspect=STLS,
    ),
    Behaviour(
        "stls-ok-silent",
        "says +OK to STLS, and then nothing at all",
        "fetchmail CVE-2011-1947 (C)",
        stls_silent,
        category="tls",
        bugs="hangs for ever",
        aspect=STLS,
    ),
    Behaviour(
        "stls-ok-plaintext",
        "says +OK to STLS, and goes on in clear",
        "devices in between (D)",
        lambda server: stls_reply(ok(_TEXT)),
        category="tls",
        bugs="goes on in clear, too",
        aspect=STLS,
        against=("stls-inject",),
    ),
    Behaviour(
        "stls-ok-close",
        "says +OK to STLS, and closes the connection",
        "devices in between (D)",
        lambda server, how: stls_reply(_STLS_ENDS[how]),
        (Parameter("how", choice(*_STLS_ENDS), "how; alert: a TLS alert comes before", "fin"),),
        category="tls",
        bugs="tries again in clear",
        aspect=STLS,
    ),
    Behaviour(
        "stls-tail",
        "sends more octets in clear, in one packet with STLS's +OK, and holds back replies later",
        "EAST B_1 and B_2 (A)",
        _tail,
        (
            Parameter("octets", OCTETS, "what follows +OK", b"+OK injected\r\n"),
            Parameter("withheld", COUNT, "how many replies under TLS are held back", 1),
        ),
        category="tls",
        bugs="takes them for replies under TLS",
        aspect=STLS,
        needs=(
            "TLS",
            "STLS",
        ),
    ),
    Behaviour(
        "tls-cert-bad",
        "has a certificate that no client may accept",
        "EAST T_1 to T_4 (A)",
        _bad,
        (Parameter("kind", choice(*CERTIFICATES), "what is wrong with it", "self-signed"),),
        category="tls",
        bugs="logs in all the same",
        aspect=CERTIFICATE,
        needs=("TLS",),
    ),
    Behaviour(
        "tls-abrupt-close",
        "closes connections under TLS without close_notify",
        "stalwart#567, email-oauth2-proxy#44 (B); getmail's documentation (C)",
        _abrupt_close,
        (Parameter("reply", choice("sent", "lost"), "whether QUIT is answered before", "sent"),),
        category="tls",
        bugs="poplib saw the end of the connection instead of the reply to QUIT",
        needs=("TLS",),
    ),
    Behaviour(
        "tls-sni-required",
        "a client that does not say which host it wants gets an alert, or another's certificate",
        "Gmail with TLS 1.3 (changelog of getmail 5.10, C)",
        _sni,
        (Parameter("otherwise", choice("wrong-host", "alert"), "what it gets", "wrong-host"),),
        category="tls",
        bugs="no name is sent",
        aspect=CERTIFICATE,
        counted="each handshake: which name the client gave is known to the TLS library only",
        needs=("TLS",),
    ),
    Behaviour(
        "tls-dribble",
        "sends each octet in a TLS record of its own, CR and LF, too",
        "Cyrus #4717 shows errors with lines under TLS only (B)",
        _dribble,
        (
            Parameter("octets", COUNT, "in a record", 1),
            Parameter("seconds", SECONDS, "between two records", 0.0),
        ),
        category="tls",
        bugs="a line ends where a record does",
        layer=Layer.LAST,
        needs=("TLS",),
    ),
    Behaviour(
        "tls-version-mismatch",
        "speaks one version of TLS only",
        "Office 365 after a change of policy (hpop#92, B)",
        _version,
        (Parameter("only", choice("1.0", "1.1", "1.2", "1.3"), "which one", "1.0"),),
        category="tls",
        bugs="tries again in clear; the reason is not told",
        aspect=CERTIFICATE,
        counted="each handshake: what the client can is known to the TLS library only",
        needs=("TLS",),
    ),
)
