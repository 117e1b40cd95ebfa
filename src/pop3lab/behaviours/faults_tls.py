"""Faults in the TLS handshake, after STLS or on a connection that begins with TLS."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pop3lab.behaviours.faults_replies import with_line_end
from pop3lab.core.actions import Action, AwaitData, Close, Part, Pause, Send, StartTLS
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import CONNECT, Request
from pop3lab.effects.streams import pause_for
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Seconds, choice

fault = BehaviourDecorator("fault", category="tls")

# RFC 8446 section 6, and TLS 1.2 (RFC 5246 section 7.2)
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
_Level = Literal["warning", "fatal"]
_LEVELS: dict[_Level, int] = {"warning": 1, "fatal": 2}

_ALERT = b"\x15\x03\x03\x00\x02"  # a TLS 1.2 or 1.3 record that holds one alert
_BEGIN = "how TLS begins"


class _BeforeTls(LateEffect):
    """Replaces the start of TLS by other actions, which may include it."""

    sends = frozenset({"STLS", CONNECT.verb})

    def __init__(self, meet: Callable[[Request, StartTLS], Iterable[Action]]) -> None:
        self._meet = meet

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, StartTLS) and self.claim():
                yield from self._meet(request, action)
            else:
                yield action


@fault(
    "answers the client's handshake with an alert, then closes the connection",
    source="Gmail without SNI (C); hpop#92 (B)",
    aspect=_BEGIN,
)
def tls_alert(
    alert: Annotated[str, choice(*ALERTS), "the alert, as named in RFC 8446"] = "handshake_failure",
    level: Annotated[_Level, "the alert's level"] = "fatal",
) -> Hooks:
    record = Send(_ALERT + bytes((_LEVELS[level], ALERTS[alert])), Part.HEAD)
    return _BeforeTls(lambda request, start: (AwaitData(), record, Close()))


@fault(
    "continues in cleartext instead of TLS: greets at once, or answers the handshake with text",
    source="generic middlebox (D)",
    bugs="sends credentials in cleartext",
    aspect=_BEGIN,
    takes=("TLS",),
)
def tls_plain_text(
    text: Annotated[
        bytes, "the answer, one or more lines; a final CRLF is added"
    ] = b"-ERR unknown command",
) -> Hooks:
    said = (AwaitData(), Send(with_line_end(text), Part.HEAD))
    return _BeforeTls(lambda request, start: () if request is CONNECT else said)


@fault(
    "never answers the client's handshake",
    source="fetchmail CVE-2011-1947 (C)",
    bugs="has no timeout in the handshake",
    aspect=_BEGIN,
)
def tls_silence() -> Hooks:
    return _BeforeTls(lambda request, start: (Pause(math.inf),))


class _Inject(_BeforeTls):
    """Sends more after the reply to STLS."""

    sends = frozenset({"STLS"})


@fault(
    "sends lines after the reply to STLS, before TLS, in the same segment or another",
    source="EAST B_1, B_2 (A)",
    bugs="takes them for replies under TLS, CVE-2020-14954 (C)",
    needs=("TLS",),
)
def stls_inject(
    text: Annotated[bytes, "one or more lines; a final CRLF is added"] = b"+OK injected",
    gap: Annotated[Seconds, "pause before them, which puts them in their own segment"] = 0.0,
) -> Hooks:
    more = Send(with_line_end(text), Part.HEAD)

    def meet(request: Request, start: StartTLS) -> Iterable[Action]:
        return (pause_for(request, gap), more, start) if gap else (more, start)

    return _Inject(meet)
