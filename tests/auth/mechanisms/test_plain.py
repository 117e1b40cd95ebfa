import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel
from tests.auth.exchanges import begin, malformed, mechanism, names, refused, run

ACCOUNTS = Authenticator({"ann": "secret", "tim": "tanstaaftanstaaf", "jürgen": "pässword"})
LONG = Authenticator({"u" * 255: "p" * 255})


def plain(response: bytes) -> str:
    return run(begin(ACCOUNTS, "PLAIN"), response)


def test_p200_p202_plain_by_the_examples_of_rfc_4616_section_4() -> None:
    assert plain(b"\0tim\0tanstaaftanstaaf") == "tim"
    refused(begin(ACCOUNTS, "PLAIN"), b"Ursel\0Kurt\0xipj3plmq")


@pytest.mark.parametrize("name", ["PLAIN", "LOGIN"])
def test_p201_p221_the_client_may_speak_first(name: str) -> None:
    assert mechanism(ACCOUNTS, name).initial


def test_p201_the_first_challenge_of_plain_is_empty() -> None:
    assert next(begin(ACCOUNTS, "PLAIN")) == b""


def test_p207_an_authorization_identity_equal_to_the_user() -> None:
    assert plain(b"ann\0ann\0secret") == "ann"
    assert plain("ju\u0308rgen\0jürgen\0pässword".encode()) == "jürgen"


@pytest.mark.parametrize("authorization", ["tim", "Ann", "ann ", "nobody"])
def test_p208_another_authorization_identity(authorization: str) -> None:
    refused(begin(ACCOUNTS, "PLAIN"), f"{authorization}\0ann\0secret".encode())


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"annsecret",
        b"ann\0secret",
        b"\0ann\0secret\0",
        b"\0\0secret",
        b"\0ann\0",
        b"\0\0",
        b"\0\0\0\0",
        b"\0ann\0\xff\xfe",
    ],
)
def test_p206_p209_malformed(response: bytes) -> None:
    malformed(begin(ACCOUNTS, "PLAIN"), response)


def test_p210_255_octets_each_are_judged() -> None:
    name, password = b"u" * 255, b"p" * 255
    right = b"\0".join((name, name, password))
    assert run(begin(LONG, "PLAIN"), right) == "u" * 255
    refused(begin(LONG, "PLAIN"), right[:-1] + b"q")
    refused(begin(LONG, "PLAIN"), right + b"p")


@pytest.mark.parametrize("name", ["ann", "bob"])
@pytest.mark.parametrize(
    "password", ["Secret", "secre", "secrets", "secret ", " secret", "x" * 999]
)
def test_p202_wrong_secrets(name: str, password: str) -> None:
    refused(begin(ACCOUNTS, "PLAIN"), f"\0{name}\0{password}".encode())
    refused(begin(ACCOUNTS, "LOGIN"), name.encode(), password.encode())


def test_what_saslprep_makes_equal_is_equal() -> None:
    assert plain("\0ju\u0308rgen\0pa\u0308sswo\u00adrd".encode()) == "jürgen"


def test_p216_login() -> None:
    exchanged = begin(ACCOUNTS, "LOGIN")
    assert next(exchanged) == b"Username:"
    assert exchanged.send(b"ann") == b"Password:"
    with pytest.raises(StopIteration) as done:
        exchanged.send(b"secret")
    assert done.value.value == "ann"


@pytest.mark.parametrize(
    "responses", [(b"", b"x"), (b"ann", b""), (b"\xff", b"x"), (b"a", b"\xff")]
)
def test_p217_login_malformed(responses: tuple[bytes, bytes]) -> None:
    malformed(begin(ACCOUNTS, "LOGIN"), *responses)


def test_p217_login_with_nul() -> None:
    refused(begin(ACCOUNTS, "LOGIN"), b"ann", b"secret\0")


def test_p246_only_where_passwords_may_pass() -> None:
    assert {"PLAIN", "LOGIN"} <= set(names(ACCOUNTS))
    assert not {"PLAIN", "LOGIN"} & set(names(ACCOUNTS, Channel(clear=False)))


@given(st.binary(), st.binary())
def test_any_octets(first: bytes, second: bytes) -> None:
    with pytest.raises((LoginFailed, ValueError)):
        plain(first)
    with pytest.raises((LoginFailed, ValueError)):
        run(begin(ACCOUNTS, "LOGIN"), first, second)
