"""What meets a client that wants TLS, behind STLS or on a connection that begins with it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from pop3lab.behaviours.faults_replies import with_line_end
from pop3lab.core.actions import Action, AwaitData, Close, Part, Pause, Send, StartTLS
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import CONNECT, Request
from pop3lab.effects.streams import pause_for
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import OCTETS, SECONDS, Parameter, choice

# RFC 8446 section 6, with those of TLS 1.2 (RFC 5246 section 7.2)
ALERTS: Mapping[str, int] = {
    "close_notify": 0,
    "unexpected_message": 10,
    "bad_record_mac": 20,
    "record_overflow": 22,
    "handshake_failure": 40,
    "bad_certificate": 42,
    "unsupported_certificate": 43,
    "certificate_revoked": 44,
    "certificate_expired": 45,
    "certificate_unknown": 46,
    "illegal_parameter": 47,
    "unknown_ca": 48,
    "access_denied": 49,
    "decode_error": 50,
    "decrypt_error": 51,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "inappropriate_fallback": 86,
    "user_canceled": 90,
    "no_renegotiation": 100,
    "missing_extension": 109,
    "unsupported_extension": 110,
    "unrecognized_name": 112,
    "bad_certificate_status_response": 113,
    "unknown_psk_identity": 115,
    "certificate_required": 116,
    "no_application_protocol": 120,
}
_LEVELS: Mapping[str, int] = {"warning": 1, "fatal": 2}

_ALERT = b"\x15\x03\x03\x00\x02"  # a record of TLS 1.2 or 1.3 that holds one alert
_BEGIN = "how TLS begins"


class _BeforeTls(LateEffect):
    """Where TLS would begin, something else happens, or something before."""

    sends = frozenset({"STLS", CONNECT.verb})

    def __init__(self, meet: Callable[[Request, StartTLS], Iterable[Action]]) -> None:
        self._meet = meet

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, StartTLS) and self.claim():
                yield from self._meet(request, action)
            else:
                yield action


class _Inject(_BeforeTls):
    """Says more behind the answer to STLS."""

    sends = frozenset({"STLS"})


def _alert(server: ServerContext, alert: str, level: str) -> Hooks:
    record = Send(_ALERT + bytes((_LEVELS[level], ALERTS[alert])), Part.HEAD)
    return _BeforeTls(lambda request, start: (AwaitData(), record, Close()))


def _plain_text(server: ServerContext, text: bytes) -> Hooks:
    said = (AwaitData(), Send(with_line_end(text), Part.HEAD))
    return _BeforeTls(lambda request, start: () if request is CONNECT else said)


def _silence(server: ServerContext) -> Hooks:
    return _BeforeTls(lambda request, start: (Pause(math.inf),))


def _inject(server: ServerContext, text: bytes, gap: float) -> Hooks:
    more = Send(with_line_end(text), Part.HEAD)

    def meet(request: Request, start: StartTLS) -> Iterable[Action]:
        return (pause_for(request, gap), more, start) if gap else (more, start)

    return _Inject(meet)


ROWS = (
    Behaviour(
        "tls-alert",
        "the client's handshake is answered by an alert, then the connection is closed",
        "Gmail without SNI (C); hpop#92 (B)",
        _alert,
        (
            Parameter("alert", choice(*ALERTS), "which, as RFC 8446 names it", "handshake_failure"),
            Parameter("level", choice(*_LEVELS), "how grave", "fatal"),
        ),
        "fault",
        "tls",
        aspect=_BEGIN,
    ),
    Behaviour(
        "tls-plain-text",
        "the server goes on in plain text instead of TLS: with its greeting, or behind STLS with an"
        " answer to the client's handshake",
        "generic middlebox (D)",
        _plain_text,
        (
            Parameter(
                "text", OCTETS, "the answer, a line or more; CRLF is added", b"-ERR unknown command"
            ),
        ),
        "fault",
        "tls",
        "credentials sent in clear",
        _BEGIN,
        takes=("TLS",),
    ),
    Behaviour(
        "tls-silence",
        "the client's handshake is not answered, for ever",
        "fetchmail CVE-2011-1947 (C)",
        _silence,
        (),
        "fault",
        "tls",
        "no time-out in the handshake",
        _BEGIN,
    ),
    Behaviour(
        "stls-inject",
        "lines come behind the answer to STLS, before TLS, in the same segment or another",
        "EAST B_1, B_2 (A)",
        _inject,
        (
            Parameter("text", OCTETS, "a line or more; CRLF is added", b"+OK injected"),
            Parameter("gap", SECONDS, "before they come, in a segment of their own", 0.0),
        ),
        "fault",
        "tls",
        "taken for replies under TLS, CVE-2020-14954 (C)",
        needs=("TLS",),
    ),
)
