"""What settings must agree on."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from pop3lab.config.checks import check_settings, exposure
from pop3lab.config.options import DIRECTORY, Settings
from pop3lab.config.types import HostPort, User
from pop3lab.core.errors import ConfigError

ANN = User("ann", "a long word")
GOOD = Settings(target="mail", users=(ANN,))
PUBLIC = GOOD.replace(hosts=("127.0.0.1", "0.0.0.0"), public=True)


def limited(**limits: Any) -> Settings:
    return GOOD.replace(limit_values=limits)


def fatal(settings: Settings) -> str:
    with pytest.raises(ConfigError) as error:
        check_settings(settings)
    return str(error.value)


def test_what_agrees_passes_without_a_word() -> None:
    assert check_settings(GOOD) == []
    assert check_settings(GOOD.replace(hosts=("127.0.0.1", "::1", "127.8.8.8"))) == []
    assert check_settings(GOOD.replace(target=None, users=(User("a", "long word", "gen:1"),))) == []
    assert check_settings(GOOD.replace(port=None, fds=(3,))) == []
    assert check_settings(GOOD.replace(port=0, tls_port=0, tls_self_signed=True)) == []
    assert check_settings(GOOD.replace(users=(User("ann", None),), users_file="users")) == []
    assert check_settings(GOOD.replace(allow_oauth_in_clear=True, control=True)) == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (GOOD.replace(target=None), "no messages given"),
        (GOOD.replace(users=()), "nobody could log in"),
        (GOOD.replace(users=(ANN, ANN)), "user 'ann' is given twice"),
        (GOOD.replace(users=(User("ann"),)), "user 'ann' has no password"),
        (GOOD.replace(oauth_issuer="me"), "oauth-issuer and oauth-audience need"),
        (limited(idle=0.0), "limit-idle is 0: give a number from 0.05 to 1000000000"),
        (limited(line=46), "limit-line is 46: give a number from 47 to 2147483648"),
        (limited(busy_step=0.0), "limit-busy-step is 0: give a number from 0.001 to 60"),
        (limited(handshake=0.0), "limit-handshake is 0: give a number from 0.1 to"),
        (limited(login=0.01), "limit-login is 0.01: give a number from 0.05 to 1000000000, or 0"),
        (
            limited(tls_buffer=2**25),
            "limit-tls-buffer is 33554432: give a number from 1 to",
        ),
        (GOOD.replace(port=None), "there is nothing to listen on"),
        (
            GOOD.replace(port=99, tls_port=99, tls_self_signed=True),
            "port and tls-port are both 99",
        ),
        (GOOD.replace(fds=(3,), ready_fd=3), "file descriptor 3 is given twice"),
        (GOOD.replace(ready_fd=4, events=4), "file descriptor 4 is given twice"),
        (GOOD.replace(cert="c"), "cert needs its private key"),
        (GOOD.replace(key="k"), "key needs its certificate"),
        (GOOD.replace(cert="c", key="k", tls_self_signed=True), "exclude each other"),
        (GOOD.replace(ca_out="c"), "ca-out needs --tls-self-signed"),
        (GOOD.replace(tls_port=995), "tls-port needs --cert and --key"),
        (GOOD.replace(tls_fds=(3,)), "tls-fd needs --cert and --key"),
        (GOOD.replace(client_ca="c"), "client-ca needs --cert and --key"),
        (GOOD.replace(target="memory:", workers=2), "memory: is not shared between processes"),
        (GOOD.replace(target="gen:1", workers=2), "gen: is not shared between processes"),
        (GOOD.replace(on_delete="hide", workers=2), "--on-delete hide is not shared between"),
        (GOOD.replace(transcript="t", workers=2), "processes would write one transcript"),
        (
            GOOD.replace(quirks=("no-uidl",), workers=2),
            "profile, quirk and rule would count in each",
        ),
        (GOOD.replace(rules=("RETR -> close",), workers=2), "give --workers 1"),
        (GOOD.replace(profile="gmail", workers=2), "give --workers 1"),
        (GOOD.replace(metrics=HostPort("127.0.0.1", 0), workers=2), "statistics, web work in"),
        (PUBLIC.replace(public=False), "other machines can connect to 0.0.0.0: add --public"),
    ],
)
def test_what_must_not_start(settings: Settings, complaint: str) -> None:
    assert complaint in fatal(settings)


def test_a_hash_that_is_taken_for_a_password_is_told_without_it() -> None:
    [told] = check_settings(GOOD.replace(users=(User("ann", "{SHA512-CRYPT}$6$salt$hidden"),)))
    assert told.startswith("user 'ann': {SHA512-CRYPT} and what follows are read as a password")
    assert "hidden" not in told
    assert (
        check_settings(GOOD.replace(users=(User("ann", "a{PLAIN}"), User("bob", "{} {a b}")))) == []
    )


@pytest.mark.parametrize(
    "user",
    [
        User("user", "password"),
        User("test", "test"),
        User("admin", "admin"),
        User("ann", "ANN"),
        User("ann", "{PLAIN}secret"),
    ],
)
def test_well_known_passwords_are_for_loopback(user: User) -> None:
    assert "well-known" not in " ".join(check_settings(GOOD.replace(users=(user,))))
    assert f"user {user.name!r} has a well-known password: not on 0.0.0.0" in fatal(
        PUBLIC.replace(users=(user,))
    )


def test_any_user_is_for_loopback_and_for_passwords() -> None:
    open_to_all = Settings(target="memory:", any_user=True)
    assert check_settings(open_to_all) == []
    assert "any-user lets everybody in: listen on 127.0.0.1, not on 0.0.0.0" in fatal(
        open_to_all.replace(hosts=("0.0.0.0",), public=True)
    )
    assert "leave out users-file" in fatal(open_to_all.replace(users_file="users"))
    assert "leave out user" in fatal(open_to_all.replace(users=(User("ann", "x"),)))
    assert check_settings(open_to_all.replace(users=DIRECTORY["users"])) == []


def test_a_public_address_is_warned_of() -> None:
    assert check_settings(PUBLIC) == [
        "other machines can connect to 0.0.0.0 and read what is served"
    ]
    open_to_all = PUBLIC.replace(
        allow_clear_passwords=True, anonymous="ann", tls_self_signed=True, tls_port=0
    )
    assert [text.split()[0] for text in check_settings(open_to_all)] == [
        "other",
        "passwords",
        "anybody",
        "a",
    ]


def test_metrics_for_other_machines_are_warned_of() -> None:
    assert check_settings(GOOD.replace(metrics=HostPort("::1", 9100))) == []
    [warning] = check_settings(GOOD.replace(metrics=HostPort("0.0.0.0", 9100)))
    assert warning == "other machines can connect to 0.0.0.0:9100 and read the metrics"


def test_inherited_sockets_are_looked_at_in_the_same_way() -> None:
    assert [problem.fatal for problem in exposure(GOOD, ["192.0.2.1"])] == [True]
    assert list(exposure(GOOD, ["::1"])) == []


def test_a_proxy_may_be_anybody_only_with_a_warning() -> None:
    assert check_settings(GOOD.replace(proxies=(ip_network("10.0.0.0/8"),))) == []
    [warning] = check_settings(GOOD.replace(proxies=(ip_network("::/0"),)))
    assert warning.startswith("proxy-from covers all addresses")


@pytest.mark.parametrize("user", [User("gr\u00fcn", "a long word"), User("ann", "ein K\u00f6nig")])
def test_letters_that_only_auth_takes_are_warned_of(user: User) -> None:
    [warning] = check_settings(GOOD.replace(users=(user,)))
    assert warning.startswith(f"user {user.name!r} has non-ASCII letters")
    assert "K\u00f6nig" not in warning
    assert check_settings(GOOD.replace(users=(user,), utf8=True)) == []


def test_a_key_that_others_may_read_is_warned_of(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(0o640)
    settings = GOOD.replace(cert="c", key=str(key))
    assert check_settings(settings) == []
    key.chmod(0o644)
    assert check_settings(settings) == [f"others may read the private key: chmod o= {key}"]
    key.unlink()
    assert check_settings(settings) == []
