# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect

def stls_inject_capa(
    octets: bytes | str = b'+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n',
    withheld: int = 1,
) -> Effect:
    """Sends a forged CAPA reply with the +OK to STLS, and withholds the real one under TLS.

    Args:
        octets: octets that follow +OK
        withheld: number of replies withheld under TLS
    """

def stls_inject_login(
    octets: bytes | str = b'+OK\r\n+OK\r\n+OK 1 67\r\n+OK\r\n1 67\r\n.\r\n+OK 67 octets\r\nSubject: injected\r\n\r\nThis message has never been in the maildrop.\r\n.\r\n+OK\r\n+OK\r\n',
    withheld: int = 1000,
) -> Effect:
    """Sends the replies of a whole session with the +OK to STLS, and withholds the real ones.

    Args:
        octets: octets that follow +OK
        withheld: number of replies withheld under TLS
    """

def stls_inject_split(
    octets: bytes | str = b'+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n',
    withheld: int = 1,
    seconds: float = 0.1,
    at: Literal["before", "within"] = 'before',
) -> Effect:
    """Sends a forged CAPA reply in a packet after the +OK to STLS, before or within the handshake.

    Args:
        octets: octets that follow +OK in cleartext
        withheld: number of replies withheld under TLS
        seconds: pause between the two packets
        at: before the handshake, or between two of the server's records, without the pause
    """

def stls_strip_capa() -> Effect:
    """Omits STLS from CAPA and rejects it as unknown."""

def stls_strip_err(
    text: str = 'unknown command',
) -> Effect:
    """Lists STLS in CAPA but replies -ERR to it.

    Args:
        text: text after -ERR
    """

def stls_strip_capa_err() -> Effect:
    """Answers both CAPA and STLS with -ERR."""

def stls_err_loop(
    text: str = 'try again',
) -> Effect:
    """Answers every STLS with -ERR, no matter how often the client sends it.

    Args:
        text: text after -ERR
    """

def stls_preauth_greeting(
    kind: Literal["greeting", "listing"] = 'greeting',
) -> Effect:
    """Claims before STLS that the user is logged in, in the greeting or with a listing after it.

    Args:
        kind: the greeting's text, or a listing after the greeting
    """

def stls_strip_then_apop() -> Effect:
    """Offers only APOP and CRAM-MD5, without STLS and USER."""

def stls_hang() -> Effect:
    """Answers STLS with +OK, then sends nothing."""

def tls_truncate_capa(
    lines: int = 2,
) -> Effect:
    """Ends the connection within the CAPA list under TLS, without close_notify.

    Args:
        lines: number of lines sent
    """

def tls_renego_cleartext(
    octets: bytes | str = b'',
) -> Effect:
    """Sends close_notify before a reply, then the reply and everything after it in cleartext.

    Args:
        octets: cleartext before the reply
    """

def cert_expired() -> Effect:
    """Presents a certificate that expired last month."""

def cert_not_yet_valid() -> Effect:
    """Presents a certificate that is valid only from next month on."""

def cert_wrong_host() -> Effect:
    """Presents a certificate for another host."""

def cert_self_signed() -> Effect:
    """Presents a self-signed certificate."""

def cert_unknown_ca() -> Effect:
    """Presents a certificate from a CA that the client doesn't know."""

def cert_nul_cn() -> Effect:
    """Presents a certificate whose names are the host's, a NUL and an attacker's domain."""

def cert_ip_san() -> Effect:
    """Presents a certificate for another address, with the host's address as a DNS name."""

def cert_no_eku() -> Effect:
    """Presents a certificate for clients, not for servers."""

def cert_hostile_text() -> Effect:
    """Presents another host's certificate with terminal escapes, 8-bit and long text as subject."""

def sasl_downgrade() -> Effect:
    """Offers only strong mechanisms, makes them fail, then offers only weak ones; no TLS."""

def sasl_bad_base64(
    kind: Literal["padding", "odd", "letters", "inner", "8-bit"] = 'padding',
) -> Effect:
    """Sends challenges that are not valid base64.

    Args:
        kind: the mistake in the base64
    """

def sasl_huge_challenge(
    octets: int = 10000000,
) -> Effect:
    """Sends huge challenges.

    Args:
        octets: length before base64
    """

def sasl_static_challenge(
    challenge: str = '<1896.697170952@postoffice.example.net>',
    nonce: str = '3rfcNHYJY1ZVvWVs7j',
) -> Effect:
    """Repeats CRAM-MD5's challenge and SCRAM's server nonce in each session; logins still succeed.

    Args:
        challenge: the challenge of CRAM-MD5
        nonce: the server nonce of SCRAM
    """

def ntlm_type2_offsets(
    length: int = 65535,
    offset: int = 2147483647,
) -> Effect:
    """Offers NTLM with a challenge whose target name lies beyond the end of the message.

    Args:
        length: length of the name according to the message
        offset: offset of the name according to the message
    """

def digest_md5_long_realm(
    octets: int = 2000,
    kind: Literal["realm", "nonce"] = 'realm',
) -> Effect:
    """Offers DIGEST-MD5 with an overlong realm or nonce, sends a wrong rspauth, then refuses.

    Args:
        octets: length of the realm or nonce
        kind: the overlong value
    """

def scram_bad_final(
    kind: Literal["signature", "iterations"] = 'signature',
    iterations: int = 2147483648,
) -> Effect:
    """Completes SCRAM with a wrong server signature, or asks for an absurd iteration count.

    Args:
        kind: the wrong value
        iterations: the iteration count for kind=iterations
    """

def auth_echo_trap() -> Effect:
    """Asks for the password again and again, by AUTH and after PASS."""

def apop_nonrfc_stamp(
    kind: Literal["8-bit", "control", "nul", "no-at", "two", "empty", "space", "block"] = '8-bit',
) -> Effect:
    """Greets with a timestamp that is not an RFC 822 msg-id, and accepts its APOP digest.

    Args:
        kind: the mistake; block: 63 octets, so that one octet of the password fills a block of MD5
    """

def apop_static_stamp(
    stamp: str = '<1896.697170952@dbc.mtview.ca.us>',
) -> Effect:
    """Greets with the same timestamp in each session.

    Args:
        stamp: the timestamp with its brackets
    """

def apop_redos(
    octets: int = 200000,
) -> Effect:
    """Greets with a long row of brackets that are never closed.

    Args:
        octets: number of brackets
    """

def greeting_endless(
    octets: int = 0,
) -> Effect:
    """Greets with an endless line.

    Args:
        octets: length of the line, 0 for no end
    """

def greeting_no_newline() -> Effect:
    """Greets without a line end, then sends nothing."""

def line_endless(
    verb: Literal["LIST", "UIDL", "CAPA", "RETR"] = 'RETR',
    part: Literal["body", "status"] = 'body',
    octets: int = 0,
) -> Effect:
    """Sends a reply with an endless line.

    Args:
        verb: the command that gets this reply
        part: body: the first line after the status line; status: the status line
        octets: length of the line, 0 for no end
    """

def multiline_endless(
    verb: Literal["LIST", "UIDL", "CAPA", "RETR"] = 'LIST',
    lines: int = 0,
) -> Effect:
    """Sends a list or message that never ends.

    Args:
        verb: the command that gets this reply
        lines: number of additional lines, 0 for no end
    """

def list_index_attack(
    numbers: bytes | str = b'0,-1,2147483648,4294967295,9223372036854775808',
) -> Effect:
    """Lists numbers that break an index or an integer, in LIST and UIDL.

    Args:
        numbers: the numbers, with commas
    """

def size_int_attack(
    sizes: str = '-1,2147483647,4294967296,18446744073709551616',
) -> Effect:
    """Gives messages, in turn, sizes that break an integer.

    Args:
        sizes: the sizes, with commas
    """

def user_arg_injection(
    command: bytes | str = b'DELE 1',
    at: Literal["value", "number"] = 'value',
    by: Literal["crlf", "lf", "cr"] = 'crlf',
) -> Effect:
    """Adds a line end and a command to LIST and UIDL, for clients that send back the text they read.

    Args:
        command: the command
        at: value: after the size or unique-id; number: after the number
        by: the line end
    """

def uidl_overflow(
    octets: int = 100000,
) -> Effect:
    """Sends unique-ids far longer than 70 characters.

    Args:
        octets: length of a unique-id
    """

def uidl_path(
    form: Literal["relative", "absolute", "drive", "device"] = 'relative',
) -> Effect:
    """Sends unique-ids that are paths of files outside the client's folder.

    Args:
        form: the kind of path
    """

def uidl_zero() -> Effect:
    """Sends empty unique-ids."""

def uidl_multibyte(
    octets: bytes | str = b'\xc3(\xe2\x82',
) -> Effect:
    """Sends unique-ids that end within a multibyte character.

    Args:
        octets: the octets at their end
    """

def duplicate_uid_hang(
    uid: bytes | str = b'the-same',
) -> Effect:
    """Gives all messages the same unique-id, in UIDL and in their headers as X-UIDL.

    Args:
        uid: the unique-id
    """

def dot_injection(
    form: Literal["lf", "lf-lf", "cr", "crlf"] = 'lf',
    octets: bytes | str = b'+OK\r\n+OK\r\n',
) -> Effect:
    """Ends a message early for clients that accept other line ends, and puts replies after that.

    Args:
        form: the line ends around the dot
        octets: the octets after the dot
    """

def header_bombs(
    form: Literal["long", "many", "none", "date", "nesting", "boundary"] = 'long',
    size: int = 0,
    number: int = 1,
) -> Effect:
    """Sends a message with a huge header or structure, or without a header.

    Args:
        form: the huge part
        size: its octets, lines or depth, 0 for a large default
        number: the message, by its number in the first session
    """

def attachment_bomb(
    form: Literal["plain", "gzip", "parts"] = 'plain',
    size: int = 0,
    number: int = 1,
) -> Effect:
    """Sends a message with a huge attachment, one that unpacks to it, or very many parts.

    Args:
        form: the kind of attachment
        size: its octets or parts, 0 for 10 MiB or 100,000 parts
        number: the message, by its number in the first session
    """

def format_strings(
    text: bytes | str = b'%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x',
) -> Effect:
    """Puts printf formats into all texts: status lines, lists, headers and bodies.

    Args:
        text: the text
    """

def terminal_escapes(
    text: bytes | str = b'\x1b]0;owned\x07\x1b[2J\x1b[31m\x08\x08ok\rover',
) -> Effect:
    """Puts terminal escape sequences into all texts: status lines, lists, headers and bodies.

    Args:
        text: the text
    """

def nul_everywhere(
    text: bytes | str = b'before\x00behind',
) -> Effect:
    """Puts a NUL into all texts: status lines, lists, headers and bodies.

    Args:
        text: the text
    """

def crafted_status(
    form: Literal["long", "binary"] = 'long',
    octets: int = 2000,
) -> Effect:
    """Sends binary or overlong status lines.

    Args:
        form: the kind of status line
        octets: additional octets of a long line
    """

def redirect_referral(
    url: str = 'pop://mail.example.net/',
) -> Effect:
    """Refuses a login and refers to another server.

    Args:
        url: the URL of the other server
    """

def resume_confusion(
    session: int = 2,
) -> Effect:
    """Sends other texts for the same unique-ids from one session on, as another server would.

    Args:
        session: the first of these sessions, counted per user
    """
