import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account
from pop3lab.auth.password_hashes import read_password
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel
from tests.auth.exchanges import Response, begin, malformed, mechanism, names, refused, run

# The example of RFC 2195 section 2.
CHANNEL = Channel(challenge="<1896.697170952@postoffice.reston.mci.net>")
RIGHT = b"tim b913a602c7eda7a495b4e6e7334d3890"

SHA = Account("bob", read_password("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="))
ACCOUNTS = Authenticator({"tim": "tanstaaftanstaaf", "a b": "secret", "bob": SHA})


def client(name: str, password: str) -> Response:
    def respond(challenge: bytes) -> bytes:
        return f"{name} {hmac.new(password.encode(), challenge, 'md5').hexdigest()}".encode()

    return respond


def test_p218_cram_md5_by_the_example_of_rfc_2195() -> None:
    exchanged = begin(ACCOUNTS, "CRAM-MD5", CHANNEL)
    assert next(exchanged) == CHANNEL.challenge.encode()
    with pytest.raises(StopIteration) as done:
        exchanged.send(RIGHT)
    assert done.value.value == "tim"


def test_p218_a_name_may_have_spaces() -> None:
    assert run(begin(ACCOUNTS, "CRAM-MD5", CHANNEL), client("a b", "secret")) == "a b"


@pytest.mark.parametrize("name", ["tim", "Tim", "bob", "nobody"])
def test_p219_wrong_digests(name: str) -> None:
    refused(begin(ACCOUNTS, "CRAM-MD5", CHANNEL), client(name, "wrong"))
    refused(begin(ACCOUNTS, "CRAM-MD5", CHANNEL), client(name, ""))


def test_p219_a_user_whose_password_is_not_known_in_clear() -> None:
    refused(begin(ACCOUNTS, "CRAM-MD5", CHANNEL), client("bob", "secret"))


def test_p219_a_digest_is_for_one_challenge() -> None:
    refused(begin(ACCOUNTS, "CRAM-MD5", Channel(challenge="<2@x>")), RIGHT)


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"tim",
        b"tim ",
        RIGHT[4:],
        b" " + RIGHT[4:],
        RIGHT + b" ",
        RIGHT + b"0",
        RIGHT[:-1],
        RIGHT.upper(),
        RIGHT[:-1] + b"z",
        b"\xff" + RIGHT,
    ],
)
def test_p219_malformed(response: bytes) -> None:
    malformed(begin(ACCOUNTS, "CRAM-MD5", CHANNEL), response)


def test_p221_the_server_speaks_first() -> None:
    assert not mechanism(ACCOUNTS, "CRAM-MD5", CHANNEL).initial


def test_p220_without_a_challenge_there_is_none() -> None:
    assert "CRAM-MD5" not in names(ACCOUNTS)


def test_without_a_password_in_clear_there_is_none() -> None:
    assert "CRAM-MD5" not in names(Authenticator({"bob": SHA}), CHANNEL)


@given(st.binary() | st.text().map(lambda name: f"{name} {'0' * 32}".encode("utf-8", "replace")))
def test_any_octets(response: bytes) -> None:
    with pytest.raises((LoginFailed, ValueError)):
        run(begin(ACCOUNTS, "CRAM-MD5", CHANNEL), response)
