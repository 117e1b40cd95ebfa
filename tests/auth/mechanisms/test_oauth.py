import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, no_password
from pop3lab.auth.tokens import StaticTokens, Token, TokenState
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel, SaslGenerator
from tests.auth.exchanges import begin, malformed, mechanism, names, run

TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="  # of the example in RFC 7628 section 4.1
USER = "user@example.com"
DISCOVERY = "https://example.com/.well-known/openid-configuration"
TOKENS = StaticTokens(
    {
        TOKEN: Token(USER),
        "old": Token(USER, TokenState.EXPIRED),
        "revoked": Token(USER, TokenState.REVOKED),
        "other-scope": Token(USER, TokenState.WRONG_SCOPE),
        "anns": Token("ann"),
        "bobs": Token("bob"),
    },
    scope="example_scope",
    discovery=DISCOVERY,
)
NO_TOKENS = Account("bob", no_password(), frozenset({"PASS"}))
ACCOUNTS = Authenticator({"ann": "secret", "bob": NO_TOKENS}, LoginOptions(tokens=TOKENS))
TLS = Channel(secure=True)
BOTH = pytest.mark.parametrize("name", ["OAUTHBEARER", "XOAUTH2"])


def bearer(name: str) -> SaslGenerator:
    return begin(ACCOUNTS, name, TLS)


def first(name: str, token: str, user: str = USER, scheme: str = "Bearer") -> bytes:
    if name == "XOAUTH2":
        return f"user={user}\x01auth={scheme} {token}\x01\x01".encode()
    host = "host=server.example.com\x01port=143"
    return f"n,a={user},\x01{host}\x01auth={scheme} {token}\x01\x01".encode()


def reason(name: str, response: bytes, dummy: bytes = b"\x01") -> dict[str, str]:
    """The challenge, behind which comes LoginFailed."""
    exchanged = bearer(name)
    next(exchanged)
    said = json.loads(exchanged.send(response))
    with pytest.raises(LoginFailed):
        exchanged.send(dummy)
    assert isinstance(said, dict)
    return said


@BOTH
def test_p241_p242_a_good_token_by_the_example_of_rfc_7628_section_4_1(name: str) -> None:
    assert run(bearer(name), first(name, TOKEN)) == USER
    assert run(bearer(name), first(name, "anns", "ann")) == "ann"


@BOTH
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_p242_the_scheme_without_case(name: str, scheme: str) -> None:
    assert run(bearer(name), first(name, TOKEN, scheme=scheme)) == USER


def test_p242_without_authorization_identity() -> None:
    assert run(bearer("OAUTHBEARER"), f"n,,\x01auth=Bearer {TOKEN}\x01\x01".encode()) == USER
    assert run(bearer("OAUTHBEARER"), f"y,,\x01auth=Bearer {TOKEN}\x01\x01".encode()) == USER


@pytest.mark.parametrize("token", ["old", "revoked", "unknown", TOKEN.lower()])
@pytest.mark.parametrize("dummy", [b"\x01", b"", b"anything"])
def test_p239_bad_tokens_by_the_example_of_rfc_7628_section_4_3(token: str, dummy: bytes) -> None:
    assert reason("OAUTHBEARER", first("OAUTHBEARER", token), dummy) == {
        "status": "invalid_token",
        "scope": "example_scope",
        "openid-configuration": DISCOVERY,
    }


def test_p239_wrong_scope() -> None:
    said = reason("OAUTHBEARER", first("OAUTHBEARER", "other-scope"))
    assert said["status"] == "insufficient_scope"


def test_p239_only_the_status_where_nothing_else_is_known() -> None:
    accounts = Authenticator({}, LoginOptions(tokens=StaticTokens({TOKEN: Token(USER)})))
    exchanged = begin(accounts, "OAUTHBEARER", TLS)
    next(exchanged)
    challenge = exchanged.send(first("OAUTHBEARER", "unknown"))
    assert json.loads(challenge) == {"status": "invalid_token"}
    exchanged = begin(accounts, "XOAUTH2", TLS)
    next(exchanged)
    challenge = exchanged.send(first("XOAUTH2", "unknown"))
    assert json.loads(challenge) == {"status": "401", "schemes": "bearer"}


@pytest.mark.parametrize(
    ("token", "status"),
    [("old", "401"), ("revoked", "401"), ("unknown", "401"), ("other-scope", "403")],
)
def test_p241_bad_tokens(token: str, status: str) -> None:
    said = reason("XOAUTH2", first("XOAUTH2", token))
    assert said == {"status": status, "schemes": "bearer", "scope": "example_scope"}


@BOTH
@pytest.mark.parametrize(("token", "user"), [(TOKEN, "ann"), ("anns", "Ann"), ("bobs", "bob")])
def test_a_token_for_another_user_or_not_allowed(name: str, token: str, user: str) -> None:
    assert reason(name, first(name, token, user))["status"] in {"invalid_token", "401"}


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"n,,",
        b"n,,\x01",
        b"n,,\x01\x01",
        b"n,,\x01host=x\x01\x01",
        b"n,,\x01auth=Basic eDp5\x01\x01",
        b"n,,\x01auth=Bearer\x01\x01",
        b"n,,\x01auth=Bearer \x01\x01",
        b"n,,\x01auth=\x01\x01",
        b"n,,\x01auth=Bearer a b\x01\x01",
        b"n,,\x01auth=Bearer anns\x01",
        b"n,,\x01auth=Bearer anns",
        b"n,,auth=Bearer anns\x01\x01",
        b"n,,\x01auth=Bearer anns\x01\x01\x01",
        b"n,,\x01auth=Bearer anns\x01auth=Bearer anns\x01\x01",
        b"n,,\x01auth Bearer anns\x01\x01",
        b"n,,\x01a1=x\x01auth=Bearer anns\x01\x01",
        b"n,,\x01host=\xc3\xa9\x01auth=Bearer anns\x01\x01",
        b"p=tls-unique,,\x01auth=Bearer anns\x01\x01",
        b"x,,\x01auth=Bearer anns\x01\x01",
        b"n,ann,\x01auth=Bearer anns\x01\x01",
        b"n,,\x01auth=Bearer \xff\x01\x01",
    ],
)
def test_p240_malformed(response: bytes) -> None:
    malformed(bearer("OAUTHBEARER"), response)


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"user=ann",
        b"user=ann\x01\x01",
        b"auth=Bearer anns\x01\x01",
        b"user=ann\x01auth=Bearer anns\x01",
        b"user=ann\x01auth=Basic anns\x01\x01",
        b"user=ann auth=Bearer anns\x01\x01",
    ],
)
def test_p241_malformed(response: bytes) -> None:
    malformed(bearer("XOAUTH2"), response)


def test_p245_only_under_tls_or_where_a_setting_says_so() -> None:
    both = {"OAUTHBEARER", "XOAUTH2"}
    assert both <= set(names(ACCOUNTS, TLS))
    assert not both & set(names(ACCOUNTS))
    in_clear = Authenticator({}, LoginOptions(tokens=TOKENS, allow_oauth_in_clear=True))
    assert names(in_clear) == ["OAUTHBEARER", "XOAUTH2"]


def test_without_tokens_there_is_neither() -> None:
    assert "XOAUTH2" not in names(Authenticator({"ann": "secret"}), TLS)
    assert names(Authenticator({}, LoginOptions(tokens=StaticTokens({}))), TLS) == []


@BOTH
def test_p221_the_client_may_speak_first(name: str) -> None:
    assert mechanism(ACCOUNTS, name, TLS).initial


@given(st.binary(), st.sampled_from([b"", b"n,,\x01auth=Bearer ", b"user=a\x01auth=Bearer "]))
def test_any_octets(octets: bytes, start: bytes) -> None:
    for name in ("OAUTHBEARER", "XOAUTH2"):
        for end in (b"", b"\x01\x01"):
            with pytest.raises((LoginFailed, ValueError)):
                run(bearer(name), start + octets + end, octets)
