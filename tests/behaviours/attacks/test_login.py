"""What an attacker's server says by AUTH, octet by octet."""

import hmac
from base64 import b64decode, b64encode

import pytest
from scramp import ScramClient, ScramException  # type: ignore[import-untyped]

from pop3lab.core.actions import Close
from pop3lab.core.session import Session
from tests.behaviours.ruled import LOGIN, ruled, rules
from tests.dialogue import done, fed, play, sent, session
from tests.wording import (
    CANCELLED,
    FAILED,
    LOG_IN_FIRST,
    NO_MECHANISM,
    OPEN_TWO,
    PASSWORD_NEXT,
    as_sent,
)

PLAIN = b64encode(b"\0ann\0secret")
ENTERED = as_sent(OPEN_TWO)


def said(asked: Session, *lines: bytes) -> list[bytes]:
    """What comes back to each line."""
    return [sent(fed(asked, line + b"\r\n")) for line in lines]


def capabilities(asked: Session) -> list[bytes]:
    return sent(fed(asked, b"CAPA\r\n")).split(b"\r\n")


def test_sasl_downgrade_over_sessions() -> None:
    shared = rules("sasl-downgrade")
    first = session(hooks=shared)
    assert b"SASL SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5" in capabilities(first)
    assert not {b"USER", b"STLS"} & set(capabilities(first))
    assert said(first, b"AUTH PLAIN =")[0].startswith(b"-ERR the response"), "nothing strong yet"
    assert said(first, b"AUTH SCRAM-SHA-256") == [b"-ERR [AUTH] authentication failed\r\n"]
    for downgraded in (first, session(hooks=shared)):
        assert b"SASL PLAIN LOGIN" in capabilities(downgraded)
        assert b"USER" in capabilities(downgraded)
    assert said(first, b"AUTH PLAIN " + PLAIN) == [ENTERED]
    assert b"SASL PLAIN LOGIN" not in capabilities(session(hooks=rules("sasl-downgrade")))


@pytest.mark.parametrize(
    ("kind", "challenge"),
    [
        ("padding", b"+ ====\r\n"),
        ("odd", b"+ YWJjZ\r\n"),
        ("letters", b"+ not base64!\r\n"),
        ("inner", b"+ YW==JjZA==\r\n"),
        ("8-bit", b"+ \xe9\xff\x80\r\n"),
    ],
)
def test_sasl_bad_base64(kind: str, challenge: bytes) -> None:
    bad = ruled(f"sasl-bad-base64 {kind}")
    assert said(bad, b"AUTH LOGIN", b"*") == [challenge, as_sent(CANCELLED)]
    assert said(bad, b"AUTH PLAIN", PLAIN) == [challenge, ENTERED]


def test_sasl_huge_challenge() -> None:
    (challenge,) = said(ruled("sasl-huge-challenge"), b"AUTH PLAIN")
    assert len(b64decode(challenge[2:])) == 10_000_000
    (challenge,) = said(ruled("sasl-huge-challenge octets=4"), b"AUTH PLAIN")
    assert challenge == b"+ AAAAAA==\r\n"


def test_ntlm_type2_offsets() -> None:
    bad = ruled("ntlm-type2-offsets")
    assert next(line for line in capabilities(bad) if line.startswith(b"SASL")).endswith(b" NTLM")
    type_1 = b64encode(b"NTLMSSP\0\x01\0\0\0")
    first, second, third = said(bad, b"AUTH NTLM", type_1, b"TlRMTQ==")
    assert first == b"+ \r\n"
    assert b64decode(second[2:]) == (
        b"NTLMSSP\0\x02\0\0\0"
        b"\xff\xff\xff\xff\xff\xff\xff\x7f"
        b"\x33\x82\x02\x00"
        b"\x11\x12\x13\x14\x15\x16\x17\x18"
        b"\0\0\0\0\0\0\0\0"
        b"\xff\xff\xff\xff\xff\xff\xff\x7f"
        b"LAB"
    )
    assert third == as_sent(FAILED)
    play(bad, LOGIN)


def test_ntlm_type2_offsets_as_they_are_told() -> None:
    bad = ruled("ntlm-type2-offsets length=3 offset=48")
    message = b64decode(said(bad, b"AUTH NTLM", b"TlRMTQ==")[1][2:])
    assert message[12:20] == b"\x03\0\x03\0\x30\0\0\0"
    assert message[48:] == b"LAB", "and these are right"


@pytest.mark.parametrize("kind", ["realm", "nonce"])
def test_digest_md5_long_realm(kind: str) -> None:
    bad = ruled(f"digest-md5-long-realm octets=1025 kind={kind}")
    first, second, third = said(bad, b"AUTH DIGEST-MD5", b64encode(b'username="ann"'), b"")
    long = b"x" * 1025
    realm, nonce = (long, b"OA6MG9tEQGm2hh") if kind == "realm" else (b"lab", long)
    assert b64decode(first[2:]) == (
        b'realm="' + realm + b'",nonce="' + nonce + b'",qop="auth",charset=utf-8,algorithm=md5-sess'
    )
    assert b64decode(second[2:]) == b"rspauth=" + b"0" * 32
    assert third == as_sent(FAILED)


def scram(asked: Session) -> tuple[ScramClient, bytes]:
    """A client that has sent its proof, and the last word of the server."""
    client = ScramClient(["SCRAM-SHA-256"], "ann", "secret")
    (first,) = said(asked, b"AUTH SCRAM-SHA-256 " + b64encode(client.get_client_first().encode()))
    client.set_server_first(b64decode(first[2:]).decode())
    (last,) = said(asked, b64encode(client.get_client_final().encode()))
    return client, last


def test_scram_bad_final() -> None:
    bad = ruled("scram-bad-final")
    client, last = scram(bad)
    assert last == b"+ " + b64encode(b"v=" + b64encode(bytes(32))) + b"\r\n"
    with pytest.raises(ScramException):
        client.set_server_final(b64decode(last[2:]).decode())
    assert said(bad, b"") == [ENTERED], "a client that goes on is let in"


def test_scram_with_a_right_final() -> None:
    good = ruled()
    client, last = scram(good)
    client.set_server_final(b64decode(last[2:]).decode())


@pytest.mark.parametrize("iterations", [1, 2**31])
def test_scram_with_a_strange_count(iterations: int) -> None:
    bad = ruled(f"scram-bad-final iterations iterations={iterations}")
    first = b64encode(b"n,,n=ann,r=fyko+d2lbbFgONRv9qkxdawL")
    message = b64decode(said(bad, b"AUTH SCRAM-SHA-256 " + first)[0][2:])
    assert message.startswith(b"r=fyko+d2lbbFgONRv9qkxdawL")
    assert message.endswith(b",i=%d" % iterations)


def test_scram_bad_final_leaves_other_mechanisms_alone() -> None:
    bad = ruled("scram-bad-final")
    assert said(bad, b"AUTH PLAIN", PLAIN) == [b"+ \r\n", ENTERED]


CRAM = "<1896.697170952@postoffice.example.net>"


def test_sasl_static_challenge() -> None:
    """A response that was seen in one session logs in in the next."""
    shared = rules("sasl-static-challenge")
    response = b64encode(b"ann " + hmac.new(b"secret", CRAM.encode(), "md5").hexdigest().encode())
    for nth in (1, 2):
        bent = session(hooks=shared)
        challenged = b"+ " + b64encode(CRAM.encode()) + b"\r\n"
        assert said(bent, b"AUTH CRAM-MD5", response) == [challenged, ENTERED], nth
        bent.session_ended("closed")
    other = session(hooks=shared)
    wrong = b64encode(b"ann " + hmac.new(b"wrong", CRAM.encode(), "md5").hexdigest().encode())
    assert said(other, b"AUTH CRAM-MD5", wrong)[1] == as_sent(FAILED)


def test_sasl_static_challenge_of_scram() -> None:
    first = b64encode(b"n,,n=ann,r=fyko+d2lbbFgONRv9qkxdawL")
    shared = rules("sasl-static-challenge nonce=abc")
    answers = {said(session(hooks=shared), b"AUTH SCRAM-SHA-256 " + first)[0] for _ in range(2)}
    (answer,) = answers
    assert b64decode(answer[2:]).startswith(b"r=fyko+d2lbbFgONRv9qkxdawLabc,s=")
    client, last = scram(session(hooks=shared))
    client.set_server_final(b64decode(last[2:]).decode())
    book = [said(session(), b"AUTH SCRAM-SHA-256 " + first)[0] for _ in range(2)]
    assert book[0] != book[1]


def test_sasl_static_challenge_in_one_session() -> None:
    shared = rules("session=1 -> sasl-static-challenge <1.2@lab>")
    answers = [said(session(hooks=shared), b"AUTH CRAM-MD5")[0] for _ in range(2)]
    assert answers == [b"+ " + b64encode(b"<1.2@lab>") + b"\r\n", as_sent(NO_MECHANISM)]


def test_auth_echo_trap() -> None:
    trap = ruled("auth-echo-trap")
    assert said(trap, b"USER ann", b"PASS secret", b"PASS secret", b"secret", b"*") == [
        as_sent(PASSWORD_NEXT),
        b"+ \r\n",
        b"+ \r\n",
        b"+ \r\n",
        as_sent(CANCELLED),
    ]
    assert said(trap, b"AUTH PLAIN " + PLAIN, PLAIN, b"*", b"STAT") == [
        b"+ \r\n",
        b"+ \r\n",
        as_sent(CANCELLED),
        as_sent(LOG_IN_FIRST),
    ]
    assert done(fed(trap, b"QUIT\r\n"))[-1] == Close()
