"""Whose maildrop is opened: the user's own, or that of somebody for whom they may act."""

import pytest

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account
from pop3lab.auth.password_hashes import read_password, write_password
from pop3lab.auth.tokens import StaticTokens, Token
from pop3lab.core.actions import Proof
from pop3lab.core.sasl import Channel, SaslGenerator
from tests.auth.exchanges import ScramClient, begin, refused, run
from tests.auth.mechanisms.test_oauth import BOTH, first

TOKENS = StaticTokens(
    {
        "both": Token("ann", others=("team", "bob")),
        "bobs": Token("bob"),
        "app": Token("jürgen", others=("ann",)),
    }
)
OPTIONS = LoginOptions(TOKENS, authzids=[("ann", "bob"), ("ann", "desk"), ("bob", "jürgen")])
ACCOUNTS = Authenticator({"ann": "secret", "bob": "word", "jürgen": "pass"}, OPTIONS)
SLOW = Account("sam", read_password(write_password("secret", "SCRAM-SHA-256")))
TLS = Channel(secure=True, certificate_names=("ann",))


def bearer(name: str) -> SaslGenerator:
    return begin(ACCOUNTS, name, TLS)


@BOTH
@pytest.mark.parametrize(
    ("token", "asked", "user"),
    [
        ("both", "ann", "ann"),
        ("both", "team", "team"),  # a maildrop of nobody's: no account is wanted
        ("both", "bob", "bob"),
        ("both", "desk", "desk"),  # for whom ann may act
        ("bobs", "ju\u0308rgen", "jürgen"),
        ("app", "ann", "ann"),
    ],
)
def test_the_client_chooses_among_the_maildrops_of_a_token(
    name: str, token: str, asked: str, user: str
) -> None:
    assert run(bearer(name), first(name, token, asked)) == user


@BOTH
@pytest.mark.parametrize(("token", "asked"), [("bobs", "ann"), ("bobs", "team"), ("both", "Team")])
def test_a_token_opens_no_other_maildrop(name: str, token: str, asked: str) -> None:
    exchanged = bearer(name)
    next(exchanged)
    assert b"invalid_token" in (said := exchanged.send(first(name, token, asked))) or b"401" in said


def test_without_a_name_a_token_opens_the_maildrop_of_its_user() -> None:
    assert run(bearer("OAUTHBEARER"), b"n,,\x01auth=Bearer both\x01\x01") == "ann"
    assert run(bearer("XOAUTH2"), b"user=\x01auth=Bearer both\x01\x01") == "ann"


@pytest.mark.parametrize(
    ("response", "user"),
    [
        ("\0ann\0secret", "ann"),
        ("bob\0ann\0secret", "bob"),
        ("desk\0ann\0secret", "desk"),
        ("ju\u0308rgen\0bob\0word", "jürgen"),
    ],
)
def test_p208_plain_for_whom_the_user_may_act(response: str, user: str) -> None:
    assert run(begin(ACCOUNTS, "PLAIN"), response.encode()) == user


@pytest.mark.parametrize(
    "response",
    ["ann\0bob\0word", "Bob\0ann\0secret", "bob\0ann\0word", "desk\0bob\0word", "ju\0ann\0secret"],
)
def test_p208_plain_for_whom_not(response: str) -> None:
    refused(begin(ACCOUNTS, "PLAIN"), response.encode())


@pytest.mark.parametrize("asked", ["bob", "nobody", "sam"])
def test_p208_a_slow_password_is_compared_before_anybody_knows_for_whom(asked: str) -> None:
    accounts = Authenticator({"sam": SLOW}, LoginOptions(authzids=[("sam", "bob")]))
    for password in ("secret", "wrong"):
        exchanged = begin(accounts, "PLAIN")
        next(exchanged)
        with pytest.raises(StopIteration) as end:
            exchanged.send(f"{asked}\0sam\0{password}".encode())
        assert isinstance(end.value.value, Proof)
    if asked != "nobody":
        assert run(begin(accounts, "PLAIN"), f"{asked}\0sam\0secret".encode()) == asked
    else:
        refused(begin(accounts, "PLAIN"), b"nobody\0sam\0secret")
    refused(begin(accounts, "PLAIN"), f"{asked}\0sam\0wrong".encode())


def test_scram_and_external_know_for_whom_too() -> None:
    for asked, right in (("bob", True), ("desk", True), ("jürgen", False)):
        client = ScramClient("secret", header=f"n,a={asked},")
        scram, external = begin(ACCOUNTS, "SCRAM-SHA-256"), begin(ACCOUNTS, "EXTERNAL", TLS)
        if right:
            assert run(scram, *client.steps) == asked
            assert run(external, asked.encode()) == asked
        else:
            refused(scram, *client.steps[:2])
            refused(external, asked.encode())
    refused(begin(ACCOUNTS, "EXTERNAL", TLS), b"Bob")


def test_what_is_a_secret_of_any_user() -> None:
    for text in ("secret", "word", "pass", "both", "app"):
        assert ACCOUNTS.is_secret(text)
    for text in ("ann", "Secret", "", "\udcff", "sam"):
        assert not ACCOUNTS.is_secret(text)
    assert not Authenticator({"sam": SLOW}).is_secret("secret")  # nobody knows it
