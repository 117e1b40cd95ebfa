"""STLS and TLS: in dialogues, and on real sockets where packets and records count."""

import math
import socket
import ssl
import warnings
from pathlib import Path

import pytest

from pop3lab.behaviours.tls import CERTIFICATES
from pop3lab.core.actions import Close, Pause, Reset, Send, StartTLS
from pop3lab.core.request import CONNECT
from pop3lab.core.sasl import Channel
from pop3lab.transport.bad_certificates import VARIANTS
from tests.behaviours.ruled import LOGIN, TLS, Serving, line, ruled, secured, serving
from tests.dialogue import done, fed, play, sent
from tests.wording import BEGIN_TLS, BYE, PASSWORD_NEXT, UNKNOWN, as_sent

BEGIN = as_sent(BEGIN_TLS)


def test_stls_refused() -> None:
    refusing = ruled("stls-refused", capabilities=TLS)
    assert sent(fed(refusing, b"CAPA\r\n")).count(b"\r\nSTLS\r\n") == 1
    play(refusing, "C: STLS\nS: -ERR command not implemented" + LOGIN)
    assert b"STLS" not in sent(fed(refusing, b"CAPA\r\n"))


def test_stls_refused_by_a_server_without_tls() -> None:
    refusing = ruled("stls-refused text=no")
    assert b"\r\nSTLS\r\n" in sent(fed(refusing, b"CAPA\r\n"))
    play(refusing, "C: STLS\nS: -ERR no")


def test_stls_hidden() -> None:
    hidden = ruled("stls-hidden", capabilities=TLS)
    assert b"STLS" not in sent(fed(hidden, b"CAPA\r\n"))
    play(hidden, f"C: STLS\nS: {UNKNOWN}" + LOGIN)
    play(
        ruled("stls-hidden capa=refused", capabilities=TLS),
        f"C: CAPA\nS: {UNKNOWN}\nC: STLS\nS: {UNKNOWN}",
    )


def after_stls(rule: str) -> tuple[bytes, object]:
    """What is sent, and the last action."""
    actions = done(fed(ruled(rule, capabilities=TLS), b"STLS\r\n"))
    return sent(actions), actions[-1]


def test_stls_with_another_end() -> None:
    assert after_stls("stls-ok-silent") == (BEGIN, Pause(math.inf))
    assert after_stls("stls-ok-close") == (BEGIN, Close())
    assert after_stls("stls-ok-close reset") == (BEGIN, Reset())
    assert after_stls("stls-ok-close alert") == (BEGIN + b"\x15\x03\x03\x00\x02\x02\x28", Close())


def test_stls_with_another_end_only_where_it_would_be_obeyed() -> None:
    for rule in ("stls-ok-silent", "stls-ok-close", "stls-ok-plaintext"):
        play(ruled(rule), "C: STLS\nS: -ERR ...\nC: NOOP\nS: -ERR ...")


def test_stls_ok_plaintext() -> None:
    plain = ruled("stls-ok-plaintext", capabilities=TLS)
    play(plain, "C: STLS\nS: +OK ..." + LOGIN)


def test_stls_tail_is_in_one_packet_and_one_reply_is_held_back(tmp_path: Path) -> None:
    tail = BEGIN + b"+OK injected\r\n"
    with serving(tmp_path, "stls-tail") as server, server.connect() as plain:
        line(plain)
        plain.sendall(b"STLS\r\n")
        assert plain.recv(65_536) == tail
        with server.trusting().wrap_socket(plain, server_hostname="localhost") as client:
            client.sendall(b"CAPA\r\n")
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(10)
            client.sendall(b"QUIT\r\n")
            assert line(client) == as_sent(BYE)


def test_stls_tail_holds_back_as_many_as_it_is_told() -> None:
    bent = secured('stls-tail octets="+OK x\\r\\n" withheld=3')
    play(
        bent,
        """
        C: USER ann
        C: PASS secret
        C: STAT
        C: LIST 1
        S: +OK 1 23
        C: QUIT
        S: +OK ...
        (close)
        """,
    )


def test_stls_tail_still_closes_behind_a_reply_that_is_held_back() -> None:
    play(secured("stls-tail"), "C: QUIT\n(close)")


def test_stls_tail_holds_nothing_back_without_stls() -> None:
    play(ruled("stls-tail", capabilities=TLS), LOGIN)
    implicit = ruled("stls-tail", capabilities=TLS)
    done(implicit.greeting(tls=True))
    implicit.tls_established(Channel(secure=True))
    play(implicit, LOGIN)


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_tls_cert_bad(kind: str) -> None:
    assert after_stls(f"tls-cert-bad kind={kind}") == (BEGIN, StartTLS(kind))
    assert done(ruled(f"tls-cert-bad {kind}", capabilities=TLS).greeting(tls=True))[0] == StartTLS(
        kind
    )
    assert kind in VARIANTS


def test_tls_by_other_variants() -> None:
    for rule, variant in (
        ("tls-sni-required", "sni-or-wrong-host"),
        ("tls-sni-required otherwise=alert", "sni-or-alert"),
        ("tls-version-mismatch", "tls-1.0"),
        ("tls-version-mismatch 1.3", "tls-1.3"),
    ):
        assert after_stls(rule) == (BEGIN, StartTLS(variant))
        assert variant in VARIANTS


def test_tls_at_connect_is_what_a_condition_can_name() -> None:
    bent = ruled("CONNECT -> tls-cert-bad", capabilities=TLS)
    assert done(bent.greeting(tls=True))[0] == StartTLS("self-signed")
    assert done(fed(bent, b"STLS\r\n"))[-1] == StartTLS()
    assert CONNECT.verb == "(connect)"


def test_tls_abrupt_close() -> None:
    bent = secured("tls-abrupt-close")
    actions = done(fed(bent, b"QUIT\r\n"))
    assert sent(actions) == as_sent(BYE)
    assert actions[-1] == Close(close_notify=False)
    assert done(fed(secured("tls-abrupt-close reply=lost"), b"QUIT\r\n")) == [
        Close(close_notify=False)
    ]
    assert done(fed(ruled("tls-abrupt-close reply=lost"), b"QUIT\r\n"))[-1] == Close()


def under_tls(server: Serving) -> ssl.SSLSocket:
    """A connection to a server under TLS, its greeting read. An end unannounced is an error."""
    client = server.trusting().wrap_socket(
        server.connect(), server_hostname="localhost", suppress_ragged_eofs=False
    )
    assert line(client).startswith(b"+OK")
    return client


@pytest.mark.parametrize("reply", ["sent", "lost"])
def test_tls_abrupt_close_on_the_wire(tmp_path: Path, reply: str) -> None:
    rule = f"tls-abrupt-close reply={reply}"
    with serving(tmp_path, rule, implicit=True) as server, under_tls(server) as client:
        client.sendall(b"QUIT\r\n")
        if reply == "sent":
            assert line(client) == as_sent(BYE)
        with pytest.raises(ssl.SSLEOFError):
            client.recv(1)


def test_with_no_rule_the_close_is_announced(tmp_path: Path) -> None:
    with serving(tmp_path, implicit=True) as server, under_tls(server) as client:
        client.sendall(b"QUIT\r\n")
        assert line(client) == as_sent(BYE)
        assert client.recv(1) == b""


def test_tls_dribble_makes_a_record_of_each_octet(tmp_path: Path) -> None:
    with serving(tmp_path, "tls-dribble", implicit=True) as server, under_tls(server) as client:
        client.sendall(b"QUIT\r\n")
        reads = []
        while octets := client.recv(65_536):  # never more than a record
            reads.append(octets)
        assert reads == [bytes([octet]) for octet in as_sent(BYE)]


def test_tls_dribble_by_more() -> None:
    actions = done(fed(secured("tls-dribble octets=4 seconds=0.5"), b"QUIT\r\n"))
    assert [a.data for a in actions if isinstance(a, Send)] == [b"+OK ", b"bye\r", b"\n"]
    assert actions[1::2] == [Pause(0.5)] * 3
    assert actions[-1] == Close()
    assert not [a for a in done(fed(ruled("tls-dribble"), b"QUIT\r\n")) if type(a) is Pause]


def old(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks one old version of TLS, and does not ask who is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = version
    return context


def test_tls_version_mismatch(tmp_path: Path) -> None:
    rules = ("session=1..2 -> tls-version-mismatch", "session=3.. -> tls-version-mismatch 1.3")
    with serving(tmp_path, *rules, implicit=True) as server:
        with server.connect() as plain, pytest.raises(ssl.SSLError, match="alert protocol version"):
            server.trusting().wrap_socket(plain, server_hostname="localhost")
        context = old(ssl.TLSVersion.TLSv1)
        with server.connect() as plain, context.wrap_socket(plain) as client:
            assert client.version() == "TLSv1"
            assert line(client).startswith(b"+OK")
        with under_tls(server) as client:
            assert client.version() == "TLSv1.3"
        with server.connect() as plain, pytest.raises(ssl.SSLError, match="alert protocol version"):
            context.wrap_socket(plain)


@pytest.mark.parametrize(
    ("otherwise", "reason"), [("wrong-host", "mismatch"), ("alert", "alert handshake failure")]
)
def test_tls_sni_required(tmp_path: Path, otherwise: str, reason: str) -> None:
    rule = f"tls-sni-required {otherwise}"
    with serving(tmp_path, rule, implicit=True) as server:
        with under_tls(server) as client:
            assert client.version() == "TLSv1.3"
        with server.connect() as plain, pytest.raises(ssl.SSLError, match=reason):
            server.trusting().wrap_socket(plain, server_hostname="127.0.0.1")  # sends no name


def test_a_client_that_goes_on_in_clear_is_served(tmp_path: Path) -> None:
    with serving(tmp_path, "stls-ok-plaintext") as server, server.connect() as client:
        line(client)
        client.sendall(b"STLS\r\n")
        assert line(client) == BEGIN
        client.sendall(b"USER ann\r\n")
        assert line(client) == as_sent(PASSWORD_NEXT)


def test_stls_ok_silent_on_the_wire(tmp_path: Path) -> None:
    with serving(tmp_path, "stls-ok-silent") as server, server.connect() as client:
        line(client)
        client.sendall(b"STLS\r\n")
        assert line(client) == BEGIN
        client.sendall(b"\x16\x03\x01")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(10)
        assert client.recv(1) == b""
