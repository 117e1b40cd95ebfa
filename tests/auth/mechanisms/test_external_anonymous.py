import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, no_password
from pop3lab.auth.tokens import StaticTokens, Token
from pop3lab.core.errors import ConfigError, LoginFailed
from pop3lab.core.sasl import Channel
from tests.auth.exchanges import begin, malformed, names, refused, run

CERTIFIED = Channel(secure=True, certificate_names=("Ann Smith", "ann"))
ACCOUNTS = Authenticator(
    {
        "ann": Account("ann", no_password()),
        "bob": "secret",
        "tim": Account("tim", no_password(), frozenset({"PLAIN"})),
    }
)
FOLDED = [name.encode() for name in ("a\u00adnn", "\uff41nn", "an\u200dn", "ªnn")]
OPEN = Authenticator({"ann": "secret"}, LoginOptions(anonymous="guest"))


@pytest.mark.parametrize("response", [b"", b"ann"])
def test_external(response: bytes) -> None:
    assert run(begin(ACCOUNTS, "EXTERNAL", CERTIFIED), response) == "ann"


@pytest.mark.parametrize("response", [b"bob", b"Ann", b"nobody", b"Ann Smith", *FOLDED])
def test_external_for_another_user(response: bytes) -> None:
    refused(begin(ACCOUNTS, "EXTERNAL", CERTIFIED), response)


@pytest.mark.parametrize("response", [b"ann\0", b"\xff"])
def test_external_malformed(response: bytes) -> None:
    malformed(begin(ACCOUNTS, "EXTERNAL", CERTIFIED), response)


@pytest.mark.parametrize(
    "named",
    [
        (),
        ("nobody",),
        ("Ann",),
        ("ann ",),
        *((octets.decode(),) for octets in FOLDED),
        ("ann", "bob"),
        ("bob", "ann"),
        ("ann", "tim"),
    ],
)
def test_p243_external_without_a_certificate_of_one_user(named: tuple[str, ...]) -> None:
    channel = Channel(secure=True, certificate_names=named)
    assert "EXTERNAL" not in names(ACCOUNTS, channel)


@pytest.mark.parametrize("named", [("ann", "ann"), ("ann", "Bob"), ("x", "ann", "y")])
def test_any_name_of_a_certificate_may_be_the_users(named: tuple[str, ...]) -> None:
    channel = Channel(secure=True, certificate_names=named)
    assert run(begin(ACCOUNTS, "EXTERNAL", channel), b"") == "ann"


def test_a_name_in_another_form_of_unicode_is_another_name() -> None:
    accounts = Authenticator({"jürgen": "secret"})
    for name, listed in (("jürgen", True), ("ju\u0308rgen", False)):
        channel = Channel(secure=True, certificate_names=(name,))
        assert ("EXTERNAL" in names(accounts, channel)) == listed


@pytest.mark.parametrize("trace", [b"", b"sirhc", "x@example.com é".encode(), b"x" * 255])
def test_p244_anonymous(trace: bytes) -> None:
    assert run(begin(OPEN, "ANONYMOUS"), trace) == "guest"


@pytest.mark.parametrize("trace", [b"\xff", b"x" * 256])
def test_p244_anonymous_malformed(trace: bytes) -> None:
    malformed(begin(OPEN, "ANONYMOUS"), trace)


def test_p244_anonymous_is_off_by_default() -> None:
    assert "ANONYMOUS" not in names(ACCOUNTS)


def test_p244_anonymous_gets_nobodys_maildrop() -> None:
    with pytest.raises(ConfigError, match="maildrop of ann"):
        Authenticator({"ann": "secret"}, LoginOptions(anonymous="ann"))
    tokens = StaticTokens({"token": Token("tim")})
    with pytest.raises(ConfigError, match="maildrop of tim"):
        Authenticator({"ann": "secret"}, LoginOptions(tokens=tokens, anonymous="tim"))


@given(st.binary())
def test_any_octets(response: bytes) -> None:
    for name in ("EXTERNAL", "ANONYMOUS"):
        accounts = ACCOUNTS if name == "EXTERNAL" else OPEN
        try:
            assert run(begin(accounts, name, CERTIFIED), response) in {"ann", "guest"}
        except (LoginFailed, ValueError):
            pass
