"""Tokens are signed here with cryptography and hmac, not with the library under test."""

import hmac
import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.jwt import JwtRequirements, JwtTokens, read_key_file
from pop3lab.auth.tokens import TokenRefused, Tokens
from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from tests.auth.exchanges import begin, run

NOW = 1_800_000_000
SECRET = b"0123456789abcdef0123456789abcdef"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
Sign = Callable[[bytes], bytes]


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def hs256(text: bytes) -> bytes:
    return hmac.digest(SECRET, text, "sha256")


def rs256(text: bytes) -> bytes:
    return RSA.sign(text, padding.PKCS1v15(), hashes.SHA256())


def es256(text: bytes) -> bytes:
    return b"".join(
        part.to_bytes(32, "big")
        for part in decode_dss_signature(EC.sign(text, ec.ECDSA(hashes.SHA256())))
    )


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def token(alg: str = "HS256", sign: Sign = hs256, header: Any = None, **claims: Any) -> str:
    said = {"sub": "ann", "exp": NOW + 60} | claims
    head = {"alg": alg} | (header or {})
    text = ".".join(
        b64(json.dumps(part).encode())
        for part in (head, {key: value for key, value in said.items() if value is not None})
    )
    return f"{text}.{b64(sign(text.encode()))}"


def tokens(demands: JwtRequirements = JwtRequirements(), key: bytes = SECRET) -> Tokens:
    return JwtTokens(key, lambda: NOW, demands)


def status(known: Tokens, text: str) -> str:
    with pytest.raises(TokenRefused) as refusal:
        known.users_for(text)
    return refusal.value.status


@pytest.mark.parametrize(
    ("key", "alg", "sign"),
    [(SECRET + b"\n", "HS256", hs256), (pem(RSA), "RS256", rs256), (pem(EC), "ES256", es256)],
)
def test_p242_each_algorithm(key: bytes, alg: str, sign: Sign) -> None:
    known = tokens(key=key)
    assert known.users_for(token(alg, sign)) == ["ann"]
    assert status(known, token(alg, lambda text: sign(text + b"x"))) == "invalid_token"
    assert status(known, token("none", lambda text: b"")) == "invalid_token"


def test_p239_a_public_key_is_no_secret() -> None:
    forged = token("HS256", lambda text: hmac.digest(pem(RSA), text, "sha256"))
    assert status(tokens(key=pem(RSA)), forged) == "invalid_token"


@pytest.mark.parametrize("alg", ["HS512", "RS256", "none", "NONE", "", "x"])
def test_p239_another_algorithm(alg: str) -> None:
    assert status(tokens(), token(alg)) == "invalid_token"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": NOW + 31},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"aud": "mail"},
    ],
)
def test_p239_claims_that_do_not_hold(claims: dict[str, Any]) -> None:
    assert status(tokens(), token(**claims)) == "invalid_token"


def test_clocks_may_differ_a_little() -> None:
    assert tokens().users_for(token(exp=NOW - 29, nbf=NOW + 29)) == ["ann"]


def test_audience_and_issuer() -> None:
    known = tokens(JwtRequirements(audience="mail", issuer="https://example.com"))
    right: dict[str, Any] = {"aud": "mail", "iss": "https://example.com"}
    assert known.users_for(token(**right)) == ["ann"]
    assert known.users_for(token(**right | {"aud": ["web", "mail"]})) == ["ann"]
    wrongs: list[dict[str, Any]] = [{"aud": "web"}, {"aud": None}, {"aud": []}]
    for wrong in [*wrongs, {"iss": "x"}, {"iss": None}]:
        assert status(known, token(**right | wrong)) == "invalid_token"


def test_scope() -> None:
    known = tokens(JwtRequirements(scope="pop"))
    assert known.users_for(token(scope="imap pop")) == ["ann"]
    assert known.users_for(token(scp=["imap", "pop"])) == ["ann"]
    for claims in ({}, {"scope": "popular imap"}, {"scope": 7}, {"scp": ["imap"]}):
        assert status(known, token(**claims)) == "insufficient_scope"


def test_the_claim_that_names_the_user() -> None:
    known = tokens(JwtRequirements(claim="email"))
    assert known.users_for(token(email="a@example.com")) == ["a@example.com"]
    assert known.users_for(token(email=["ann", "team"])) == ["ann", "team"]
    for wrong in ([], "", ["ann", ""], ["ann", 5], {"ann": 1}, None):
        assert status(known, token(email=wrong)) == "invalid_token"


def test_what_has_the_form_of_one() -> None:
    known = tokens()
    assert known.is_token(token())
    assert known.is_token(token(exp=1))
    for text in ("", "a.b.c", "eyJ", "eyJhbGciOiJub25lIn0", "example.org"):
        assert not known.is_token(text)


def test_a_set_of_keys_by_their_names() -> None:
    numbers = EC.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "kid": "two",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
    }
    secret = {"kty": "oct", "kid": "one", "k": b64(SECRET)}
    known = tokens(key=json.dumps({"keys": [secret, jwk]}).encode())
    assert known.users_for(token(header={"kid": "one"})) == ["ann"]
    assert known.users_for(token("ES256", es256, header={"kid": "two"})) == ["ann"]
    assert status(known, token(header={"kid": "two"})) == "invalid_token"
    assert status(known, token(header={"kid": "three"})) == "invalid_token"
    assert tokens(key=json.dumps(jwk).encode()).users_for(token("ES256", es256)) == ["ann"]


def public(key: ec.EllipticCurvePrivateKey, curve: str = "P-256", **more: Any) -> dict[str, Any]:
    numbers, size = key.public_key().public_numbers(), key.key_size // 8
    x, y = (b64(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": curve, "x": x, "y": y, **more}


def public_rsa(key: rsa.RSAPrivateKey = RSA, **more: Any) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": b64(numbers.n.to_bytes(256, "big")), "e": "AQAB", **more}


OTHER_EC = ec.generate_private_key(ec.SECP256R1())
OTHER_RSA = rsa.generate_private_key(65537, 2048)
STRANGERS: list[Any] = [
    {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32))},
    {"kty": "XYZ"},
    {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
    {"kty": "RSA", "n": "AQAB"},
    public(ec.generate_private_key(ec.SECP384R1()), "P-384"),
    public_rsa(OTHER_RSA, use="enc"),
    public_rsa(OTHER_RSA, alg="RS512"),
    7,
    {},
    public(OTHER_EC),
    public_rsa(OTHER_RSA),
]
SIGNED = [("RS256", rs256), ("ES256", es256), ("HS256", hs256)]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("alg", "sign"), SIGNED)
@pytest.mark.parametrize("named", [{}, {"kid": "mine"}])
def test_p242_a_token_without_a_name_is_tried_with_every_key(
    turned: bool, alg: str, sign: Sign, named: dict[str, Any]
) -> None:
    """Also where keys of a set are for others, or for nobody."""
    mine: list[Any] = [public_rsa(**named), public(EC, **named)]
    mine.append({"kty": "oct", "k": b64(SECRET), **named})
    members = [*STRANGERS, *mine]
    known = tokens(key=json.dumps({"keys": members[::-1] if turned else members}).encode())
    assert known.users_for(token(alg, sign)) == ["ann"]
    assert status(known, token(alg, lambda text: sign(text + b"x"))) == "invalid_token"
    assert known.users_for(token(alg, sign, header={"kid": "mine"})) == ["ann"]
    odds: list[Any] = [[], 7, None, {}]
    for odd in odds:
        assert status(known, token(alg, lambda text: b"", header={"kid": odd})) == "invalid_token"


def test_p239_a_key_is_used_for_its_own_algorithm_only() -> None:
    known = tokens(key=json.dumps({"keys": [public_rsa(), public(EC)]}).encode())
    for text in (pem(RSA), pem(EC), json.dumps(public_rsa()).encode()):
        forged = token("HS256", partial(hmac.digest, text, digest="sha256"))
        assert status(known, forged) == "invalid_token"
    enc = tokens(key=json.dumps({"keys": [public_rsa(use="enc"), public(EC)]}).encode())
    assert status(enc, token("RS256", rs256)) == "invalid_token"


def test_keys_for_nobody_here_alone_are_refused() -> None:
    with pytest.raises(ConfigError, match="a key for JWT must be for one of RS256 ES256 HS256"):
        tokens(key=json.dumps({"keys": STRANGERS[:7]}).encode())


OKP = {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32))}


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"short",
        b"{",
        b"{}",
        b'{"keys": []}',
        b'{"keys": 7}',
        b'{"kty": "oct", "k": "c2hvcnQ"}',
        json.dumps(OKP).encode(),
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ],
)
def test_keys_that_can_not_be_used(key: bytes) -> None:
    with pytest.raises(ConfigError, match=r"key for JWT|secret for HS256"):
        tokens(key=key)


def test_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(RSA))
    assert tokens(key=read_key_file(str(path))).users_for(token("RS256", rs256)) == ["ann"]
    path.write_bytes(b" \n")
    with pytest.raises(ConfigError, match=r"key\.pem: no key in it: put one there"):
        read_key_file(str(path))
    with pytest.raises(ConfigError, match="nothing: No such file"):
        read_key_file(str(tmp_path / "nothing"))


def test_p242_who_signs_tokens_does_not_make_accounts() -> None:
    accounts = Authenticator({"ann": "secret"}, LoginOptions(tokens=tokens()))
    tls = Channel(secure=True)

    def first(text: str) -> bytes:
        return f"n,,\x01auth=Bearer {text}\x01\x01".encode()

    assert run(begin(accounts, "OAUTHBEARER", tls), first(token())) == "ann"
    # Whoever signs them may know two names as two people's that SASLprep takes for one.
    for stranger in ("bob", "Ann", "a\u00adnn", "\uff41nn", "ann "):
        exchanged = begin(accounts, "OAUTHBEARER", tls)
        next(exchanged)
        assert exchanged.send(first(token(sub=stranger))) == b'{"status": "invalid_token"}'


def test_a_missing_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joserfc.jwt", None)
    with pytest.raises(ConfigError, match=r"^JWT needs a library: pip install 'pop3lab\[oauth\]'$"):
        tokens()


KNOWN = tokens()
HEAD = b64(b'{"alg": "HS256"}')


@given(st.text("abcdef.=-_eyJ0") | st.text(), st.binary())
def test_p240_any_text(text: str, octets: bytes) -> None:
    for odd in (text, f"{b64(octets)}.{b64(octets)}.{b64(octets)}"):
        assert status(KNOWN, odd) == "invalid_token"


@pytest.mark.parametrize(
    "head",
    [
        b"[" * 40_000,
        b"7",
        b"{}",
        b"[]",
        b"null",
        b'{"alg": 7}',
        b'{"alg": []}',
        b'{"alg": {}}',
        b'{"alg": null}',
        b'{"alg": "HS256"}',
        b'{"alg": "HS256", "kid": []}',
        b'{"alg": "HS256", "crit": 7}',
        b'{"alg": "HS256", "crit": ["x"]}',
        b'{"alg": "HS256", "b64": false}',
        b'{"alg": "HS256", "jwk": {}}',
        b'{"alg": "HS256", "enc": "A128GCM"}',
        b"\xff",
    ],
)
def test_p240_odd_heads(head: bytes) -> None:
    for payload in ("e30", "", "W10", "Nw", "_w"):
        for end in (".x", "..", ".x.x.x", ""):
            assert status(KNOWN, f"{b64(head)}.{payload}{end}") == "invalid_token"


@pytest.mark.parametrize("payload", [b"7", b"[]", b"null", b"\xff", b"[" * 40_000, b""])
def test_p240_odd_payloads_well_signed(payload: bytes) -> None:
    text = f"{HEAD}.{b64(payload)}"
    assert status(KNOWN, f"{text}.{b64(hs256(text.encode()))}") == "invalid_token"
