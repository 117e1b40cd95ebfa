import gc
import subprocess
import sys
import weakref
from dataclasses import replace
from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, no_password
from pop3lab.auth.password_hashes import read_password
from pop3lab.auth.tokens import StaticTokens, Token
from pop3lab.core.actions import Proof
from pop3lab.core.errors import ConfigError, LoginFailed
from pop3lab.core.maildrop import Users
from pop3lab.core.sasl import Channel
from tests.auth.exchanges import proved

ACCOUNTS = Authenticator({"mrose": "tanstaaf", "ann": "p w", "jürgen": "pässword"})
STAMP = "<1896.697170952@dbc.mtview.ca.us>"
SCRAM = (
    "{SCRAM-SHA-256}4096,TM2XNujrLVYXvv8YeSPFeg==,"
    "CwZ9lhMN6sioHBo478NOfMrP1uhRe02DFs6iFdKhBEY=,4XFGW/tr9PXI1DQyp6R3WvwsAU3KM1LJX00cm7FiSXQ="
)


def account(name: str, field: str, *only: str) -> Account:
    return Account(name, read_password(field), frozenset(only))


def test_they_are_what_the_session_wants() -> None:
    users: Users = ACCOUNTS
    assert users.login("ann", "p w") == "ann"


def test_p035_login() -> None:
    assert ACCOUNTS.login("ann", "p w") == "ann"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "p"),
        ("ann", "P w"),
        ("ann", "p w "),
        ("ann", "p w\0"),
        ("ann", "p" * 256),
        ("Ann", "p w"),
        ("bob", "p w"),
        ("ann", "tanstaaf"),
    ],
)
def test_p036_p038_p047_refused_in_the_same_words(name: str, password: str) -> None:
    with pytest.raises(LoginFailed, match=r"^$"):
        ACCOUNTS.login(name, password)


def test_p253_names_and_passwords_are_prepared() -> None:
    assert ACCOUNTS.login("ju\u0308rgen", "pa\u0308ss\u00adword") == "jürgen"


def test_what_saslprep_prohibits_is_compared_as_it_is() -> None:
    odd = "a\ue000b"
    assert Authenticator({odd: odd}).login(odd, odd) == odd


def test_p064_apop_by_the_example_of_the_rfc() -> None:
    assert ACCOUNTS.apop("mrose", STAMP, "c4c9334bac560ecc979e58001b3e22fb") == "mrose"


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("mrose", "c4c9334bac560ecc979e58001b3e22fc"),
        ("mrose", "C4C9334BAC560ECC979E58001B3E22FB"),
        ("ann", "c4c9334bac560ecc979e58001b3e22fb"),
        ("mrose", ""),
        ("mrose", "tanstaaf"),
        ("bob", md5(STAMP.encode()).hexdigest()),
    ],
)
def test_p065_p067_apop_refused(name: str, digest: str) -> None:
    with pytest.raises(LoginFailed, match=r"^$"):
        ACCOUNTS.apop(name, STAMP, digest)


def test_p066_a_digest_is_for_one_timestamp() -> None:
    with pytest.raises(LoginFailed):
        ACCOUNTS.apop("mrose", "<1@x>", "c4c9334bac560ecc979e58001b3e22fb")


def test_p069_apop_only_where_a_password_is_known_in_clear() -> None:
    assert ACCOUNTS.offers_apop
    hashed = Authenticator({"ann": account("ann", SCRAM)})
    assert hashed.offers_pass
    assert not hashed.offers_apop
    digest = md5((STAMP + "secret").encode()).hexdigest()
    with pytest.raises(LoginFailed):
        hashed.apop("ann", STAMP, digest)


def test_p070_one_kind_per_user() -> None:
    accounts = Authenticator({"ann": account("ann", "{PLAIN}secret", "APOP"), "bob": "secret"})
    digest = md5((STAMP + "secret").encode()).hexdigest()
    assert accounts.apop("ann", STAMP, digest) == "ann"
    with pytest.raises(LoginFailed):
        accounts.login("ann", "secret")
    no_apop = Authenticator({"ann": account("ann", "{PLAIN}secret", "PASS")})
    assert not no_apop.offers_apop
    with pytest.raises(LoginFailed):
        no_apop.apop("ann", STAMP, digest)


def test_p063_p164_nobody_with_a_password_no_pass() -> None:
    for accounts in (Authenticator({}), Authenticator({"ann": Account("ann", no_password())})):
        assert not accounts.offers_pass
        assert not accounts.offers_apop
        with pytest.raises(LoginFailed):
            accounts.login("ann", "")


def test_only_a_slow_hash_is_left_to_a_proof() -> None:
    fast = Authenticator({"ann": account("ann", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), "bob": "x"})
    for name in ("ann", "bob", "nobody"):
        with pytest.raises(LoginFailed):
            fast.login(name, "wrong")
    slow = Authenticator({"ann": account("ann", SCRAM), "bob": "x"})
    assert slow.login("bob", "x") == "bob"
    for name in ("ann", "bob", "nobody"):  # who exists is not seen by who has to wait
        left = slow.login(name, "wrong")
        assert isinstance(left, Proof)
        with pytest.raises(LoginFailed, match=r"^$"):
            proved(left)


class Counted:
    """Accounts of three kinds, one of them twice, that count how often each compares."""

    def __init__(self) -> None:
        self.compared: list[str] = []
        self.accounts = Authenticator(
            {name: self.account(name, kind) for name, kind in (("a", "X"), ("b", "Y"), ("c", "X"))}
            | {"p": self.account("p", "PLAIN")}
        )

    def account(self, name: str, kind: str) -> Account:
        def matches(given: bytes) -> bool:
            self.compared.append(kind)
            return given == b"right"

        fast = kind == "PLAIN"
        stored = replace(
            read_password("{PLAIN}x"), scheme=kind, matches=matches, is_fast=fast, clear=None
        )
        return Account(name, stored)


@pytest.mark.parametrize("name", ["a", "b", "c", "p", "unknown", "A"])
def test_p038_a_failure_takes_the_same_work_for_any_name(name: str) -> None:
    counted = Counted()
    with pytest.raises(LoginFailed):
        proved(counted.accounts.login(name, "wrong"))
    assert sorted(counted.compared) == ["PLAIN", "X", "Y"]


def test_p038_a_password_that_can_be_none_takes_no_work_for_any_name() -> None:
    counted = Counted()
    for name in ("a", "unknown"):
        with pytest.raises(LoginFailed):
            counted.accounts.login(name, "x" * 256)
    assert counted.compared == []


def test_the_right_password_is_compared_once() -> None:
    counted = Counted()
    assert proved(counted.accounts.login("c", "right")) == "c"
    assert counted.compared == ["X"]


def test_p070_a_way_that_is_closed_takes_the_work_of_a_failure() -> None:
    counted = Counted()
    with pytest.raises(LoginFailed):
        proved(counted.accounts.accounts.verify_password("NOSUCH", "b", "right"))
    assert sorted(counted.compared) == ["PLAIN", "X", "Y"]


def test_no_secret_is_shown() -> None:
    options = LoginOptions(tokens=StaticTokens({"t0ken": Token("ann")}), secret=b"salted")
    shown = repr(
        (Authenticator({"ann": "secret"}, options), options, account("ann", "{PLAIN}secret"))
    )
    assert not any(word in shown for word in ("secret'", "t0ken", "salted"))


def test_one_name_twice() -> None:
    with pytest.raises(ConfigError, match="is the same name as"):
        Authenticator({"ju\u0308rgen": "x", "jürgen": "y"})


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_any_words(name: str, word: str) -> None:
    with pytest.raises(LoginFailed):
        ACCOUNTS.login(name, word)
    with pytest.raises(LoginFailed):
        ACCOUNTS.apop(name, STAMP, word)


@pytest.mark.slow
def test_no_library_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys; import pop3lab.cli.service;"
        "from pop3lab.auth.authenticator import Authenticator;"
        "from pop3lab.core.sasl import Channel;"
        "a = Authenticator({'user': 'password'}); a.login('user', 'password');"
        "a.mechanisms(Channel(challenge='<1@x>', bindings={'tls-unique': b'x'}));"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'scramp', 'argon2',"
        "'cryptography', 'joserfc', 'jwt', 'passlib', 'bcrypt', 'asn1crypto', 'spnego'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "\n"


def test_what_is_let_go_is_freed_at_once() -> None:
    """With very many of them a search for circles would stop all sessions."""
    accounts = Authenticator({"ann": account("ann", SCRAM), "bob": "secret"})
    for mechanism in accounts.mechanisms(Channel(secure=True, challenge="<1@x>")):
        next(mechanism.begin())
    gone = weakref.ref(accounts.accounts)
    gc.disable()
    try:
        del accounts, mechanism
        assert gone() is None
    finally:
        gc.enable()
