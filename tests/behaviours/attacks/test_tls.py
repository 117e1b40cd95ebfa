"""Stripping, injection and truncation, octet by octet."""

import ssl
from pathlib import Path

import pytest

from pop3lab.core.actions import Close, EndTLS, Part, Pause, Send, StartTLS
from pop3lab.core.config import Limits
from tests.behaviours.ruled import LOGIN, TLS, line, ruled, secured, serving
from tests.dialogue import TIMESTAMP, done, fed, play, sent
from tests.wording import (
    BEGIN_TLS,
    BYE,
    CAPABILITIES_FOLLOW,
    LOG_IN_FIRST,
    NO_MECHANISM,
    READY,
    UNKNOWN,
    as_sent,
)

BEGIN = as_sent(BEGIN_TLS)
CAPA = b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n"
LOGIN_REPLIES = (
    b"+OK\r\n+OK\r\n+OK 1 67\r\n+OK\r\n1 67\r\n.\r\n+OK 67 octets\r\n"
    b"Subject: injected\r\n\r\nThis message has never been in the maildrop.\r\n.\r\n"
    b"+OK\r\n+OK\r\n"
)


def test_stls_inject_capa() -> None:
    actions = done(fed(ruled("stls-inject-capa", capabilities=TLS), b"STLS\r\n"))
    assert actions == [Send(BEGIN, Part.HEAD), Send(CAPA, Part.BODY), StartTLS()]
    play(secured("stls-inject-capa"), "C: CAPA" + LOGIN)


def test_stls_inject_login() -> None:
    actions = done(fed(ruled("stls-inject-login", capabilities=TLS), b"STLS\r\n"))
    assert sent(actions) == BEGIN + LOGIN_REPLIES
    play(secured("stls-inject-login"), "C: USER ann\nC: PASS secret\nC: STAT\nC: QUIT\n(close)")


def test_stls_inject_split() -> None:
    actions = done(fed(ruled("stls-inject-split", capabilities=TLS), b"STLS\r\n"))
    assert actions == [
        Send(BEGIN, Part.HEAD),
        Pause(0.1, leave_unread=True),
        Send(CAPA, Part.BODY),
        StartTLS(),
    ]


def test_stls_inject_split_within_the_handshake() -> None:
    rule = "stls-inject-split at=within"
    actions = done(fed(ruled(rule, capabilities=TLS), b"STLS\r\n"))
    assert actions == [Send(BEGIN, Part.HEAD), StartTLS(between=CAPA)]
    play(secured(rule), "C: CAPA" + LOGIN)


def test_with_another_certificate_it_stays_within_the_handshake() -> None:
    rules = ("stls-inject-split at=within", "cert-expired")
    assert done(fed(ruled(*rules, capabilities=TLS), b"STLS\r\n"))[1] == StartTLS("expired", CAPA)


@pytest.mark.parametrize("hurried", [True, False])
def test_stls_inject_split_in_two_packets(tmp_path: Path, hurried: bool) -> None:
    """hurried: the client's first octets of TLS come before the second packet."""
    rule = 'stls-inject-split octets="+OK x\\r\\n" seconds=0.1'
    with serving(tmp_path, rule) as server, server.connect() as plain:
        line(plain)
        plain.sendall(b"STLS\r\n")
        assert plain.recv(65_536) == BEGIN
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = server.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        if hurried:
            plain.sendall(hello)
        assert line(plain) == b"+OK x\r\n"
        if not hurried:
            plain.sendall(hello)
        while True:
            incoming.write(plain.recv(65_536))
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                continue
        client.write(b"CAPA\r\nQUIT\r\n")
        plain.sendall(outgoing.read())
        incoming.write(plain.recv(65_536))
        assert client.read() == as_sent(BYE)


def test_nothing_is_injected_where_there_is_no_tls() -> None:
    for rule in ("stls-inject-capa", "stls-inject-login", "stls-inject-split"):
        play(ruled(rule), "C: STLS\nS: -ERR ..." + LOGIN)


def test_stls_strip_capa() -> None:
    stripped = ruled("stls-strip-capa", capabilities=TLS)
    assert b"STLS" not in sent(fed(stripped, b"CAPA\r\n"))
    play(stripped, f"C: STLS\nS: {UNKNOWN}" + LOGIN)


def test_stls_strip_err() -> None:
    stripped = ruled("stls-strip-err", capabilities=TLS)
    assert b"\r\nSTLS\r\n" in sent(fed(stripped, b"CAPA\r\n"))
    play(stripped, f"C: STLS\nS: {UNKNOWN}" + LOGIN)


def test_stls_strip_capa_err() -> None:
    play(
        ruled("stls-strip-capa-err", capabilities=TLS),
        f"C: CAPA\nS: {UNKNOWN}\nC: STLS\nS: {UNKNOWN}" + LOGIN,
    )


def test_stls_err_loop() -> None:
    again = "C: STLS\nS: -ERR try again\n"
    play(ruled("stls-err-loop", capabilities=TLS), again * 20 + LOGIN)


def test_a_limit_ends_nothing_that_a_rule_keeps_up() -> None:
    few = Limits(bad_before=3, bad_after=3)
    again = "C: STLS\nS: -ERR try again\n"
    unknown = "C: XYZZY\nS: -ERR ...\n"
    last = unknown * 3 + "(close)"
    play(ruled("stls-err-loop", capabilities=TLS, limits=few), again * 9 + last)
    denied = "C: USER ann\nS: +OK ...\nC: PASS secret\nS: -ERR [SYS/TEMP] wait\n"
    play(ruled("auth-fail-temporary wait", limits=few), denied * 9 + last)
    refused = "C: DELE 1\nS: -ERR the maildrop is read-only\n"
    play(ruled("dele-err", limits=few), LOGIN + refused * 9 + last)
    own = "C: DELE 9\nS: -ERR ...\n"
    play(ruled("dele-ignored", limits=few), LOGIN + own * 3 + "(close)")


def test_stls_preauth_greeting() -> None:
    preauth = ruled("stls-preauth-greeting", capabilities=TLS)
    assert sent(preauth.greeting()) == b"+OK you are logged in, 3 messages (360 octets)\r\n"
    play(preauth, "C: STAT\nS: -ERR ...")
    listing = ruled("stls-preauth-greeting listing", capabilities=TLS)
    assert sent(listing.greeting()) == (
        f"{READY} {TIMESTAMP}\r\n1 120\r\n2 120\r\n3 120\r\n.\r\n".encode()
    )


def test_stls_strip_then_apop() -> None:
    stripped = ruled("stls-strip-then-apop", capabilities=TLS)
    assert TIMESTAMP.encode() in sent(stripped.greeting())
    lines = sent(fed(stripped, b"CAPA\r\n")).split(b"\r\n")
    assert b"SASL CRAM-MD5" in lines
    assert not {b"USER", b"STLS"} & set(lines)
    play(
        stripped,
        f"""
        C: USER ann
        S: -ERR use APOP
        C: STLS
        S: {UNKNOWN}
        C: AUTH PLAIN
        S: {NO_MECHANISM}
        C: APOP ann 00000000000000000000000000000000
        S: -ERR [AUTH] ...
        """,
    )


def test_stls_hang() -> None:
    actions = done(fed(ruled("stls-hang", capabilities=TLS), b"STLS\r\n"))
    assert sent(actions) == BEGIN
    assert actions[-1] == Pause(float("inf"))


def test_tls_renego_cleartext_once_before_a_reply() -> None:
    bent = secured("tls-renego-cleartext")
    status = Send(as_sent(LOG_IN_FIRST), Part.HEAD)
    assert done(fed(bent, b"NOOP\r\n")) == [EndTLS(), status]
    assert done(fed(bent, b"NOOP\r\n")) == [status]


def test_tls_renego_cleartext_with_more_where_it_is_told_to() -> None:
    bent = secured(r'RETR 2 -> tls-renego-cleartext octets="+OK x\r\n"')
    play(bent, LOGIN + "C: NOOP\nS: +OK ...")
    assert done(fed(bent, b"RETR 2\r\n"))[:2] == [EndTLS(), Send(b"+OK x\r\n", Part.HEAD)]


def test_tls_renego_cleartext_is_nothing_without_tls() -> None:
    play(ruled("tls-renego-cleartext", capabilities=TLS), LOGIN)


def test_tls_truncate_capa() -> None:
    actions = done(fed(secured("tls-truncate-capa"), b"CAPA\r\n"))
    assert sent(actions) == as_sent(CAPABILITIES_FOLLOW) + b"UIDL\r\nTOP\r\n"
    assert actions[-1] == Close(close_notify=False)
    assert sent(fed(ruled("tls-truncate-capa"), b"CAPA\r\n")).endswith(b"\r\n.\r\n")


def test_tls_truncate_capa_on_the_wire(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "tls-truncate-capa lines=0", implicit=True) as server,
        server.connect() as plain,
        server.trusting().wrap_socket(
            plain, server_hostname="localhost", suppress_ragged_eofs=False
        ) as client,
    ):
        line(client)
        client.sendall(b"CAPA\r\n")
        assert line(client) == as_sent(CAPABILITIES_FOLLOW)
        with pytest.raises(ssl.SSLEOFError):
            client.recv(1)
