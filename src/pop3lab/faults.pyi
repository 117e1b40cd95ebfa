# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect

def close(
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Closes the connection in good order (FIN; under TLS, close_notify first).

    Args:
        at: before (start) or after (end) the reply or selected part
    """

def abrupt_close(
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Closes the connection (FIN) without TLS close_notify.

    Args:
        at: before (start) or after (end) the reply or selected part
    """

def half_close(
    at: Literal["start", "end"] = 'start',
    notify: bool = False,
) -> Effect:
    """Stops sending (FIN) but keeps the connection open until the client closes it.

    Args:
        at: before (start) or after (end) the reply or selected part
        notify: under TLS, whether close_notify comes first
    """

def reset(
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Resets the connection (RST).

    Args:
        at: before (start) or after (end) the reply or selected part
    """

def stall(
    seconds: float = float("inf"),
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Sends nothing more, forever or for some seconds.

    Args:
        seconds: how long, or inf
        at: before (start) or after (end) the reply or selected part
    """

def refuse() -> Effect:
    """Resets the connection on accept, the closest an open port comes to refusing it."""

def blackhole() -> Effect:
    """Accepts the connection, then sends nothing."""

def drop_at_quit(
    commit: Literal["before", "after", "never"] = 'before',
    then: Literal["close", "abrupt-close", "half-close", "reset", "stall"] = 'close',
) -> Effect:
    """Ends the connection instead of answering QUIT; deletes before that, after a FIN, or never.

    Args:
        commit: when marked messages are deleted
        then: how the connection ends
    """

def cut_after(
    octets: int,
    then: Literal["close", "abrupt-close", "half-close", "reset", "stall", "go-on"] = 'close',
) -> Effect:
    """Cuts the reply or selected part, then ends the connection or goes on without the rest.

    Args:
        octets: how many come, counted as sent and including the status line
        then: how the connection ends, or go-on: omit only the rest
    """

def drop_terminator() -> Effect:
    """Omits the final dot line of a listing or message."""

def drop_after_dot(
    then: Literal["close", "abrupt-close", "half-close", "reset", "stall"] = 'close',
) -> Effect:
    """Ends the connection right after the final dot of a listing or message.

    Args:
        then: how the connection ends
    """

def replace(
    octets: bytes | str,
    skip: int = 0,
) -> Effect:
    """Replaces octets of the reply or selected part, one for one.

    Args:
        octets: the new octets
        skip: octets to skip first, counted as sent
    """

def insert(
    octets: bytes | str,
    skip: int = 0,
) -> Effect:
    """Inserts octets into the reply or selected part.

    Args:
        octets: the octets
        skip: octets to skip first, counted as sent
    """

def remove(
    octets: int = 1,
    skip: int = 0,
) -> Effect:
    """Removes octets from the reply or selected part.

    Args:
        octets: how many octets
        skip: octets to skip first, counted as sent
    """

def corrupt(
    octets: int = 1,
    skip: int = 0,
) -> Effect:
    """Inverts all bits in octets of the reply or selected part.

    Args:
        octets: how many octets
        skip: octets to skip first, counted as sent
    """

def delay(
    seconds: float = 1.0,
    jitter: float = 0.0,
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Waits before or after the reply or selected part.

    Args:
        seconds: how long
        jitter: random variation of the delay, up or down
        at: before (start) or after (end) the reply or selected part
    """

def dribble(
    octets: int = 1,
    gap: float = 0.01,
) -> Effect:
    """Sends the reply in small pieces, each in its own segment or TLS record.

    Args:
        octets: octets per piece
        gap: pause between two pieces
    """

def throttle(
    rate: int = 1024,
) -> Effect:
    """Sends the reply at a limited rate.

    Args:
        rate: octets per second
    """

def slice(
    at: Literal["crlf", "lines", "dots", "terminator", "terminator-1", "terminator-2", "terminator-3", "terminator-4"] | int | Iterable[int] = 'terminator',
    gap: float = 0.1,
) -> Effect:
    """Cuts the reply at certain octets and sends each piece in its own segment or TLS record.

    Args:
        at: the octets before which it is cut, counted as sent; or crlf: between CR and LF; lines: after each line; dots: between the two dots of a stuffed line; terminator: before each octet of the final CR LF dot CR LF except the first; terminator-1 to terminator-4: before only one of them
        gap: pause between two pieces
    """

def reply(
    text: bytes | str = b'-ERR no',
    then: Literal["go-on", "close", "abrupt-close", "half-close", "reset", "stall"] = 'go-on',
) -> Effect:
    """Sends this instead of the reply or selected part; the command still takes effect.

    Args:
        text: one or more lines; a final CRLF is added
        then: how the connection ends, or go-on
    """

def no_reply() -> Effect:
    """Obeys the command, but sends nothing of the reply or selected part."""

def reply_twice() -> Effect:
    """Sends the reply or selected part twice."""

def unasked_line(
    text: bytes | str = b'-ERR unasked',
    at: Literal["start", "end"] = 'end',
    gap: float = 0.0,
) -> Effect:
    """Sends an unsolicited line before or after the reply.

    Args:
        text: one or more lines; a final CRLF is added
        at: before (start) or after (end) the reply or selected part
        gap: pause between it and the reply
    """

def tls_alert(
    alert: Literal["close_notify", "unexpected_message", "bad_record_mac", "record_overflow", "handshake_failure", "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown", "illegal_parameter", "unknown_ca", "access_denied", "decode_error", "decrypt_error", "protocol_version", "insufficient_security", "internal_error", "inappropriate_fallback", "user_canceled", "no_renegotiation", "missing_extension", "unsupported_extension", "unrecognized_name", "bad_certificate_status_response", "unknown_psk_identity", "certificate_required", "no_application_protocol"] = 'handshake_failure',
    level: Literal["warning", "fatal"] = 'fatal',
) -> Effect:
    """Answers the client's handshake with an alert, then closes the connection.

    Args:
        alert: the alert, as named in RFC 8446
        level: the alert's level
    """

def tls_plain_text(
    text: bytes | str = b'-ERR unknown command',
) -> Effect:
    """Continues in cleartext instead of TLS: greets at once, or answers the handshake with text.

    Args:
        text: the answer, one or more lines; a final CRLF is added
    """

def tls_silence() -> Effect:
    """Never answers the client's handshake."""

def stls_inject(
    text: bytes | str = b'+OK injected',
    gap: float = 0.0,
) -> Effect:
    """Sends lines after the reply to STLS, before TLS, in the same segment or another.

    Args:
        text: one or more lines; a final CRLF is added
        gap: pause before them, which puts them in their own segment
    """
