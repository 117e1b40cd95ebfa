from hashlib import md5

import pytest

from pop3lab.auth.accounts import Accounts
from pop3lab.core.errors import LoginFailed

ACCOUNTS = Accounts({"mrose": "tanstaaf", "ann": "p w"})
STAMP = "<1896.697170952@dbc.mtview.ca.us>"


def test_p035_login() -> None:
    assert ACCOUNTS.login("ann", "p w") == "ann"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "p"),
        ("ann", "P w"),
        ("ann", "p w "),
        ("Ann", "p w"),
        ("bob", "p w"),
        ("ann", "tanstaaf"),
    ],
)
def test_p036_p038_p047_refused_in_the_same_words(name: str, password: str) -> None:
    with pytest.raises(LoginFailed, match=r"^login failed$"):
        ACCOUNTS.login(name, password)


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
    with pytest.raises(LoginFailed):
        ACCOUNTS.apop(name, STAMP, digest)


def test_p066_a_digest_is_for_one_timestamp() -> None:
    with pytest.raises(LoginFailed):
        ACCOUNTS.apop("mrose", "<1@x>", "c4c9334bac560ecc979e58001b3e22fb")


def test_the_stand_in_for_unknown_names_is_no_password() -> None:
    stand_in = "no account has this password, it is only compared with"
    with pytest.raises(LoginFailed):
        ACCOUNTS.login("bob", stand_in)
    with pytest.raises(LoginFailed):
        ACCOUNTS.apop("bob", STAMP, md5((STAMP + stand_in).encode()).hexdigest())
