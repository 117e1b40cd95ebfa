# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect

def close(
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """The connection is closed in good order (FIN; under TLS close_notify first).

    at: where: before the reply or place, or behind
    """

def abrupt_close(
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """The connection is closed (FIN) without TLS's close_notify.

    at: where: before the reply or place, or behind
    """

def half_close(
    at: Literal["start", "end"] = 'start',
    notify: Literal["no", "yes"] = 'no',
) -> Effect:
    """The server says that no more comes (FIN), but does not close, until the client does.

    at: where: before the reply or place, or behind
    notify: under TLS, whether close_notify comes first
    """

def reset(
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """The connection is reset (RST).

    at: where: before the reply or place, or behind
    """

def stall(
    seconds: float = ...,
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Nothing more comes, for ever or for so many seconds.

    seconds: how long, or inf
    at: where: before the reply or place, or behind
    """

def refuse() -> Effect:
    """The connection is reset as soon as it is accepted, the next thing to a refusal that an open port can do."""

def blackhole() -> Effect:
    """The connection is accepted, then nothing at all comes on it."""

def drop_at_quit(
    commit: Literal["before", "after", "never"] = 'before',
    then: Literal["close", "abrupt-close", "half-close", "reset", "stall"] = 'close',
) -> Effect:
    """The connection ends instead of the answer to QUIT; what was marked is deleted before, after (behind a FIN), or never.

    commit: when it is deleted
    then: how the connection ends
    """

def cut_after(
    octets: int,
    then: Literal["close", "abrupt-close", "half-close", "reset", "stall", "go-on"] = 'close',
) -> Effect:
    """So many octets of the reply or place come, then the connection ends, or the rest lacks.

    octets: how many come, as sent, the status line's among them
    then: how the connection ends, or go-on: only the rest is missing
    """

def drop_terminator() -> Effect:
    """The line with the dot that closes a listing or a message does not come."""

def drop_after_dot(
    then: Literal["close", "abrupt-close", "half-close", "reset", "stall"] = 'close',
) -> Effect:
    """The connection ends right behind the dot that closes a listing or a message.

    then: how the connection ends
    """

def replace(
    octets: bytes | str,
    skip: int = 0,
) -> Effect:
    """Octets of the reply or place are replaced, one by one.

    octets: which come instead of as many
    skip: so many octets of the reply or place first, as sent
    """

def insert(
    octets: bytes | str,
    skip: int = 0,
) -> Effect:
    """Octets come that do not belong to the reply or place.

    octets: which
    skip: so many octets of the reply or place first, as sent
    """

def remove(
    octets: int = 1,
    skip: int = 0,
) -> Effect:
    """Octets of the reply or place do not come.

    octets: how many
    skip: so many octets of the reply or place first, as sent
    """

def corrupt(
    octets: int = 1,
    skip: int = 0,
) -> Effect:
    """Octets of the reply or place come with all their bits inverted.

    octets: how many
    skip: so many octets of the reply or place first, as sent
    """

def delay(
    seconds: float = 1.0,
    jitter: float = 0.0,
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """So many seconds pass before the reply or place, or behind it.

    seconds: how long
    jitter: how much longer or shorter it may be, by chance
    at: where: before the reply or place, or behind
    """

def dribble(
    octets: int = 1,
    gap: float = 0.01,
) -> Effect:
    """The reply comes in pieces of so many octets, each a segment or TLS record of its own.

    octets: in a piece
    gap: between two pieces
    """

def throttle(
    rate: int = 1024,
) -> Effect:
    """The reply comes with so many octets a second.

    rate: octets a second
    """

def slice(
    at: Literal["crlf", "lines", "dots", "terminator", "terminator-1", "terminator-2", "terminator-3", "terminator-4"] | int | Iterable[int] = 'terminator',
    gap: float = 0.1,
) -> Effect:
    """The reply is cut at these octets, each piece a segment or TLS record of its own.

    at: the octets before which it is cut, as sent, or: crlf, between each CR and LF; lines, behind each; dots, between the two that begin a stuffed line; terminator, within CR LF dot CR LF before each octet, or only one, from 1
    gap: between two pieces
    """

def reply(
    text: bytes | str = b'-ERR no',
    then: Literal["go-on", "close", "abrupt-close", "half-close", "reset", "stall"] = 'go-on',
) -> Effect:
    """This comes instead of the reply or place; what the command does, it still does.

    text: a line or more; CRLF is added at the end
    then: how the connection ends, or go-on
    """

def no_reply() -> Effect:
    """The command is obeyed, but nothing of the reply or place comes."""

def reply_twice() -> Effect:
    """The reply or place comes twice."""

def unasked_line(
    text: bytes | str = b'-ERR unasked',
    at: Literal["start", "end"] = 'end',
    gap: float = 0.0,
) -> Effect:
    """A line comes that nobody asked for, before or behind the reply.

    text: a line or more; CRLF is added
    at: where: before the reply or place, or behind
    gap: between it and the reply
    """

def tls_alert(
    alert: Literal["close_notify", "unexpected_message", "bad_record_mac", "record_overflow", "handshake_failure", "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown", "illegal_parameter", "unknown_ca", "access_denied", "decode_error", "decrypt_error", "protocol_version", "insufficient_security", "internal_error", "inappropriate_fallback", "user_canceled", "no_renegotiation", "missing_extension", "unsupported_extension", "unrecognized_name", "bad_certificate_status_response", "unknown_psk_identity", "certificate_required", "no_application_protocol"] = 'handshake_failure',
    level: Literal["warning", "fatal"] = 'fatal',
) -> Effect:
    """The client's handshake is answered by an alert, then the connection is closed.

    alert: which, as RFC 8446 names it
    level: how grave
    """

def tls_plain_text(
    text: bytes | str = b'-ERR unknown command',
) -> Effect:
    """The server goes on in plain text instead of TLS: with its greeting, or behind STLS with an answer to the client's handshake.

    text: the answer, a line or more; CRLF is added
    """

def tls_silence() -> Effect:
    """The client's handshake is not answered, for ever."""

def stls_inject(
    text: bytes | str = b'+OK injected',
    gap: float = 0.0,
) -> Effect:
    """Lines come behind the answer to STLS, before TLS, in the same segment or another.

    text: a line or more; CRLF is added
    gap: before they come, in a segment of their own
    """
