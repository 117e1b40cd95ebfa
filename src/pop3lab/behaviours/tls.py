"""STLS and TLS on servers and middleboxes (RFC 2595, RFC 8314)."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

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
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Seconds

quirk = BehaviourDecorator("quirk", category="tls")

_BEGIN = ok("begin TLS negotiation")


def refuse_stls(text: str) -> Hooks:
    """Return hooks that list STLS and refuse it."""

    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        may = session.state is State.AUTHORIZATION and not session.channel.secure
        return show_capability(lines, b"STLS") if may else lines

    return CommandHook(refused("STLS", text=text), capa_lines(change), "CAPA")


@quirk(
    "lists STLS but refuses it",
    source="servers that fetchmail's pop3.c knows, EAST O_2 (A)",
    bugs="continues in cleartext: fetchmail CVE-2021-39272, curl CVE-2021-22946",
    aspect=STLS,
    against=("stls-hidden",),
)
def stls_refused(text: Annotated[str, "text after -ERR"] = "command not implemented") -> Hooks:
    return refuse_stls(text)


@quirk(
    "omits STLS from CAPA and rejects it as unknown, as if a middlebox had stripped it",
    source="EAST O_1 and O_3, the mail collectors of GMX and web.de (C)",
    bugs="continues in cleartext",
    aspect=STLS,
)
def stls_hidden(
    capa: Annotated[
        Literal["answered", "refused"], "whether CAPA is answered or unknown, too"
    ] = "answered",
) -> Hooks:
    return TableHook(without_commands("STLS", *(["CAPA"] if capa == "refused" else [])))


@quirk(
    "answers STLS with +OK, then sends nothing",
    source="fetchmail CVE-2011-1947 (C)",
    bugs="hangs forever",
    aspect=STLS,
)
def stls_ok_silent() -> Hooks:
    return stls_reply(_BEGIN._replace(then=Pause(math.inf)))


@quirk(
    "answers STLS with +OK, then continues in cleartext",
    source="devices in between (D)",
    bugs="continues in cleartext, too",
    aspect=STLS,
    against=("stls-inject",),
)
def stls_ok_plaintext() -> Hooks:
    return stls_reply(_BEGIN)


_StlsEnd = Literal["fin", "reset", "alert"]
_STLS_ENDS: dict[_StlsEnd, Reply] = {
    "fin": _BEGIN._replace(then=Close()),
    "reset": _BEGIN._replace(then=Reset()),
    "alert": _BEGIN._replace(  # fatal, handshake failure (RFC 5246 section 7.2)
        body=raw_body(b"\x15\x03\x03\x00\x02\x02\x28"), then=Close()
    ),
}


@quirk(
    "answers STLS with +OK, then closes the connection",
    source="devices in between (D)",
    bugs="tries again in cleartext",
    aspect=STLS,
)
def stls_ok_close(
    how: Annotated[_StlsEnd, "how the connection ends; alert: FIN after a TLS alert"] = "fin",
) -> Hooks:
    return stls_reply(_STLS_ENDS[how])


@quirk(
    "sends cleartext in the same packet as STLS's +OK, then withholds replies under TLS",
    source="EAST B_1 and B_2 (A)",
    bugs="mistakes it for replies under TLS",
    aspect=STLS,
    needs=("TLS", "STLS"),
)
def stls_tail(
    octets: Annotated[bytes, "octets that follow +OK"] = b"+OK injected\r\n",
    withheld: Annotated[Count, "number of replies withheld under TLS"] = 1,
) -> Hooks:
    return StlsInjection(octets, withheld)


# fmt: off
_Flaw = Literal[
    "expired", "not-yet-valid", "wrong-host", "self-signed", "unknown-ca", "nul-cn", "ip-san",
    "no-eku", "hostile-text",
]
# fmt: on
CERTIFICATES = get_args(_Flaw)


@quirk(
    "presents a certificate that no client may accept",
    source="EAST T_1 to T_4 (A)",
    bugs="logs in anyway",
    aspect=CERTIFICATE,
    needs=("TLS",),
)
def tls_cert_bad(kind: Annotated[_Flaw, "the flaw of the certificate"] = "self-signed") -> Hooks:
    return certificate(kind)


@quirk(
    "closes connections under TLS without close_notify",
    source="stalwart#567, email-oauth2-proxy#44 (B); getmail's documentation (C)",
    bugs="poplib saw the end of the connection instead of the reply to QUIT",
    needs=("TLS",),
)
def tls_abrupt_close(
    reply: Annotated[Literal["sent", "lost"], "whether the client gets the reply to QUIT"] = "sent",
) -> Hooks:
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


@quirk(
    "sends a TLS alert or another host's certificate to clients without SNI",
    source="Gmail with TLS 1.3 (changelog of getmail 5.10, C)",
    bugs="sends no host name",
    aspect=CERTIFICATE,
    counted="each handshake: only the TLS library knows which host name the client sent",
    needs=("TLS",),
)
def tls_sni_required(
    otherwise: Annotated[
        Literal["wrong-host", "alert"], "response to a client without SNI"
    ] = "wrong-host",
) -> Hooks:
    return certificate(f"sni-or-{otherwise}")


@quirk(
    "sends each octet in a separate TLS record, even CR and LF",
    source="Cyrus #4717 shows errors with lines under TLS only (B)",
    bugs="takes the end of a record for the end of a line",
    layer=Layer.LAST,
    needs=("TLS",),
)
def tls_dribble(
    octets: Annotated[Count, "octets per record"] = 1,
    seconds: Annotated[Seconds, "pause after each record"] = 0.0,
) -> Hooks:
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


@quirk(
    "supports only one version of TLS",
    source="Office 365 after a change of policy (hpop#92, B)",
    bugs="tries again in cleartext; the reason is not shown",
    aspect=CERTIFICATE,
    counted="each handshake: only the TLS library knows which versions the client supports",
    needs=("TLS",),
)
def tls_version_mismatch(
    only: Annotated[Literal["1.0", "1.1", "1.2", "1.3"], "the version"] = "1.0",
) -> Hooks:
    return certificate(f"tls-{only}")
