# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect

def stls_inject_capa(
    octets: bytes | str = b'+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n',
    withheld: int = 1,
) -> Effect:
    """A made-up reply to CAPA comes with STLS's +OK, and the real one under TLS never comes.

    octets: what follows +OK in clear
    withheld: how many replies under TLS are held back
    """

def stls_inject_login(
    octets: bytes | str = b'+OK\r\n+OK\r\n+OK 1 67\r\n+OK\r\n1 67\r\n.\r\n+OK 67 octets\r\nSubject: injected\r\n\r\nThis message has never been in the maildrop.\r\n.\r\n+OK\r\n+OK\r\n',
    withheld: int = 1000,
) -> Effect:
    """The replies of a whole session come with STLS's +OK, and none of the real ones does.

    octets: what follows +OK in clear
    withheld: how many replies under TLS are held back
    """

def stls_inject_split(
    octets: bytes | str = b'+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n',
    withheld: int = 1,
    seconds: float = 0.1,
    at: Literal["before", "within"] = 'before',
) -> Effect:
    """As stls-inject-capa, but in a second packet, before the handshake, or between its records.

    octets: what follows +OK in clear
    withheld: how many replies under TLS are held back
    seconds: between the two packets
    at: before the handshake, or between two records of the server's, without waiting
    """

def stls_strip_capa() -> Effect:
    """STLS is left out of CAPA, and unknown."""

def stls_strip_err(
    text: str = 'unknown command',
) -> Effect:
    """STLS is listed, and answered -ERR.

    text: behind -ERR
    """

def stls_strip_capa_err() -> Effect:
    """CAPA is answered -ERR, and STLS, too."""

def stls_err_loop(
    text: str = 'try again',
) -> Effect:
    """Each STLS is answered -ERR, however often it comes.

    text: behind -ERR
    """

def stls_preauth_greeting(
    kind: Literal["greeting", "listing"] = 'greeting',
) -> Effect:
    """The greeting says that the user is logged in, or a listing follows it, before STLS.

    kind: what is said
    """

def stls_strip_then_apop() -> Effect:
    """No STLS, no USER; only APOP and CRAM-MD5 are left."""

def stls_hang() -> Effect:
    """Says +OK to STLS, and then nothing at all."""

def tls_truncate_capa(
    lines: int = 2,
) -> Effect:
    """Under TLS, the connection ends within the list of CAPA, without close_notify.

    lines: of the list that come
    """

def tls_renego_cleartext(
    octets: bytes | str = b'',
) -> Effect:
    """Under TLS, close_notify comes before a reply to a command, then the reply and all that follows in clear.

    octets: what comes in clear before the reply
    """

def cert_expired() -> Effect:
    """The certificate was valid until last month."""

def cert_not_yet_valid() -> Effect:
    """The certificate is valid from next month on."""

def cert_wrong_host() -> Effect:
    """The certificate is another host's."""

def cert_self_signed() -> Effect:
    """The certificate is signed by nobody but itself."""

def cert_unknown_ca() -> Effect:
    """The certificate is of a CA that the client does not know."""

def cert_nul_cn() -> Effect:
    """The names in the certificate are the host's, a NUL, and an attacker's domain."""

def cert_ip_san() -> Effect:
    """The certificate is for another address, and has the host's own as a name of DNS."""

def cert_no_eku() -> Effect:
    """The certificate is for clients, not for servers."""

def cert_hostile_text() -> Effect:
    """Another host's certificate, with terminal escapes, 8-bit and long text in its subject."""

def sasl_downgrade() -> Effect:
    """Offers only strong mechanisms, lets them fail, and then has only weak ones; no TLS."""

def sasl_bad_base64(
    kind: Literal["padding", "odd", "letters", "inner", "8-bit"] = 'padding',
) -> Effect:
    """Challenges are no base64.

    kind: what they are
    """

def sasl_huge_challenge(
    octets: int = 10000000,
) -> Effect:
    """Challenges are of very many octets.

    octets: before base64
    """

def sasl_static_challenge(
    challenge: str = '<1896.697170952@postoffice.example.net>',
    nonce: str = '3rfcNHYJY1ZVvWVs7j',
) -> Effect:
    """CRAM-MD5's challenge, and the server's part of SCRAM's nonce, are the same in each session; the right response logs in.

    challenge: CRAM-MD5's
    nonce: SCRAM's
    """

def ntlm_type2_offsets(
    length: int = 65535,
    offset: int = 2147483647,
) -> Effect:
    """Offers NTLM; the target name of its challenge lies beyond the end of the message.

    length: of the name, as the message says
    offset: of the name, as the message says
    """

def digest_md5_long_realm(
    octets: int = 2000,
    kind: Literal["realm", "nonce"] = 'realm',
) -> Effect:
    """Offers DIGEST-MD5 with a very long realm or nonce, then a wrong rspauth, then refuses.

    octets: how long
    kind: which of the two
    """

def scram_bad_final(
    kind: Literal["signature", "iterations"] = 'signature',
    iterations: int = 2147483648,
) -> Effect:
    """SCRAM with a wrong signature of the server, or with a strange count of iterations.

    kind: what is wrong
    iterations: that many, if that is wrong
    """

def auth_echo_trap() -> Effect:
    """Asks for the password again and again, by AUTH and behind PASS."""

def apop_nonrfc_stamp(
    kind: Literal["8-bit", "control", "nul", "no-at", "two", "empty", "space", "block"] = '8-bit',
) -> Effect:
    """The timestamp is no msg-id of RFC 822; APOP takes its digest all the same.

    kind: what it has, or has not; block: 63 octets, so that one of the password fills a block of MD5
    """

def apop_static_stamp(
    stamp: str = '<1896.697170952@dbc.mtview.ca.us>',
) -> Effect:
    """The timestamp is the same in each session.

    stamp: with its brackets
    """

def apop_redos(
    octets: int = 200000,
) -> Effect:
    """Greets with very many brackets that are never closed.

    octets: how many
    """

def greeting_endless(
    octets: int = 0,
) -> Effect:
    """The greeting is a line without end.

    octets: how long it is, 0 for no end
    """

def greeting_no_newline() -> Effect:
    """The greeting has no line end, and nothing follows."""

def line_endless(
    verb: Literal["LIST", "UIDL", "CAPA", "RETR"] = 'RETR',
    part: Literal["body", "status"] = 'body',
    octets: int = 0,
) -> Effect:
    """A reply has a line without end.

    verb: in the reply to which command
    part: which line
    octets: how long it is, 0 for no end
    """

def multiline_endless(
    verb: Literal["LIST", "UIDL", "CAPA", "RETR"] = 'LIST',
    lines: int = 0,
) -> Effect:
    """A list, or a message, has lines without end.

    verb: in the reply to which command
    lines: how many more than there are, 0 for no end
    """

def list_index_attack(
    numbers: bytes | str = b'0,-1,2147483648,4294967295,9223372036854775808',
) -> Effect:
    """LIST and UIDL have numbers at which an index or an integer fails.

    numbers: which, with commas
    """

def size_int_attack(
    sizes: str = '-1,2147483647,4294967296,18446744073709551616',
) -> Effect:
    """Sizes at which an integer fails are told of the messages in turn.

    sizes: which, with commas
    """

def user_arg_injection(
    command: bytes | str = b'DELE 1',
    at: Literal["value", "number"] = 'value',
    by: Literal["crlf", "lf", "cr"] = 'crlf',
) -> Effect:
    """LIST and UIDL have a line end and a command behind each number, or behind each size and unique-id, for clients that send back what they have read.

    command: which command
    at: behind what
    by: what ends the line
    """

def uidl_overflow(
    octets: int = 100000,
) -> Effect:
    """Unique-ids are far longer than 70 characters.

    octets: how long they are
    """

def uidl_path(
    form: Literal["relative", "absolute", "drive", "device"] = 'relative',
) -> Effect:
    """Unique-ids are paths of files outside the client's folder.

    form: of which kind
    """

def uidl_zero() -> Effect:
    """Unique-ids are empty."""

def uidl_multibyte(
    octets: bytes | str = b'\xc3(\xe2\x82',
) -> Effect:
    """Unique-ids end within a multibyte character.

    octets: with which they end
    """

def duplicate_uid_hang(
    uid: bytes | str = b'the-same',
) -> Effect:
    """All messages have the same unique-id, and it stands in their headers as X-UIDL.

    uid: which
    """

def dot_injection(
    form: Literal["lf", "lf-lf", "cr", "crlf"] = 'lf',
    octets: bytes | str = b'+OK\r\n+OK\r\n',
) -> Effect:
    """A message ends early for those that take other line ends, and replies follow in it.

    form: how the dot stands there
    octets: what follows it
    """

def header_bombs(
    form: Literal["long", "many", "none", "date", "nesting", "boundary"] = 'long',
    size: int = 0,
    number: int = 1,
) -> Effect:
    """A message has a header, or a structure, of great size or none.

    form: what is great
    size: its octets, lines or depth, 0 for a good deal
    number: which message, by its number in the first session
    """

def attachment_bomb(
    form: Literal["plain", "gzip", "parts"] = 'plain',
    size: int = 0,
    number: int = 1,
) -> Effect:
    """A message has a great attachment, one that unpacks to it, or a great many parts.

    form: which
    size: its octets or parts, 0 for 10 MiB or 100,000 parts
    number: which message, by its number in the first session
    """

def format_strings(
    text: bytes | str = b'%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x%n%s%x',
) -> Effect:
    """Formats of printf are in all texts: status lines, lists, headers and bodies.

    text: which
    """

def terminal_escapes(
    text: bytes | str = b'\x1b]0;owned\x07\x1b[2J\x1b[31m\x08\x08ok\rover',
) -> Effect:
    """A terminal's escapes are in all texts: status lines, lists, headers and bodies.

    text: which
    """

def nul_everywhere(
    text: bytes | str = b'before\x00behind',
) -> Effect:
    """A NUL is in all texts: status lines, lists, headers and bodies.

    text: the NUL and what stands around it
    """

def crafted_status(
    form: Literal["long", "binary"] = 'long',
    octets: int = 2000,
) -> Effect:
    """Status lines are binary, or far too long.

    form: which
    octets: how many more there are
    """

def redirect_referral(
    url: str = 'pop://mail.example.net/',
) -> Effect:
    """A login is refused, and refers to another server.

    url: where to
    """

def resume_confusion(
    session: int = 2,
) -> Effect:
    """From a session on the same unique-ids have other texts, as if by another server.

    session: from which of the user's sessions on
    """
