from pathlib import Path

import pytest

from .clients import curl, fetchmail, getmail, mpop, mpop_as
from .libraries import net_pop, net_pop3, pop3_client, poplib
from .seeing import ALL, Client, see

PLAIN = ("--login-options", "AUTH=PLAIN")


@pytest.mark.parametrize(
    "client",
    [fetchmail, getmail, poplib, net_pop3, pop3_client, net_pop],
    ids=["fetchmail", "getmail", "poplib", "Net::POP3", "Mail::POP3Client", "net/pop"],
)
def test_user_refused(client: Client, tmp_path: Path) -> None:
    # "Sends the password all the same": not confirmed for these.
    seen = see(client, tmp_path, "user-refused", auth=["PASS"])
    assert seen.ran.code != 0
    assert not seen.logins


def test_user_refused_to_a_client_in_a_hurry(tmp_path: Path) -> None:
    # The same: confirmed for mpop where it may pipeline, since PASS leaves with USER.
    seen = see(mpop, tmp_path, "user-refused")
    assert seen.ran.code == 77
    assert seen.session.lines == ["CAPA", "USER user", "PASS ****"]


def test_auth_plus_nospace(tmp_path: Path) -> None:
    # "Waits for the space": mpop does not wait, but gives up; with LOGIN it never looks.
    seen = see(mpop_as(auth="plain"), tmp_path, "auth-plus-nospace")
    assert seen.ran.code == 76
    assert "invalid reply" in seen.ran.output
    assert see(mpop_as(auth="login"), tmp_path, "auth-plus-nospace").ran.code == 0
    assert see(curl("1", *PLAIN), tmp_path, "auth-plus-nospace").session.mechanism == "PLAIN"


def test_auth_plus_text(tmp_path: Path) -> None:
    # "An exception, as that is no base64": confirmed for mpop with LOGIN; curl does not look.
    seen = see(mpop_as(auth="login"), tmp_path, "auth-plus-text")
    assert seen.ran.code == 70
    assert "Base 64 coding error" in seen.ran.output
    assert see(curl("1", *PLAIN), tmp_path, "auth-plus-text").session.mechanism == "PLAIN"


def test_auth_no_ir(tmp_path: Path) -> None:
    # "The login fails for ever": confirmed for curl if it is told to; else it takes two lines.
    seen = see(curl("1", *PLAIN, "--sasl-ir"), tmp_path, "auth-no-ir")
    assert seen.ran.code == 67
    assert seen.session.lines == ["CAPA", "AUTH PLAIN ****"]
    seen = see(curl("1", *PLAIN), tmp_path, "auth-no-ir")
    assert (seen.ran.code, seen.session.mechanism) == (0, "PLAIN")
    assert see(mpop_as(auth="plain"), tmp_path, "auth-no-ir").session.mechanism == "PLAIN"


def test_auth_ok_instead_of_plus(tmp_path: Path) -> None:
    # "Took it for a login": not confirmed; curl takes it for a refusal, mpop for a challenge.
    seen = see(curl("1", *PLAIN), tmp_path, "auth-ok-instead-of-plus")
    assert (seen.ran.code, seen.session.commands) == (67, ["CAPA", "AUTH"])
    seen = see(mpop_as(auth="plain"), tmp_path, "auth-ok-instead-of-plus")
    assert (seen.ran.code, seen.ran.stored) == (0, ALL)


@pytest.mark.parametrize("how", ["fails", "refused"])
def test_auth_mech_broken(how: str, tmp_path: Path) -> None:
    # "No other mechanism is tried": confirmed for curl.
    seen = see(curl("1"), tmp_path, f"auth-mech-broken how={how}")
    assert seen.ran.code == 67
    assert seen.session.lines == ["CAPA", "AUTH CRAM-MD5"]


def test_auth_fail_temporary(tmp_path: Path) -> None:
    # "The saved password is thrown away": not confirmed; fetchmail says 9, the maildrop is busy.
    # But it sends the password in clear as soon as CRAM-MD5 is refused, for whatever reason.
    seen = see(fetchmail, tmp_path, "auth-fail-temporary")
    assert seen.ran.code == 9
    assert seen.session.lines == ["CAPA", "AUTH CRAM-MD5", "USER user", "PASS ****", "QUIT"]


@pytest.mark.parametrize(
    ("client", "code"),
    [(fetchmail, 4), (mpop, 76), (getmail, 127), (poplib, 1), (net_pop, 1)],
    ids=["fetchmail", "mpop", "getmail", "poplib", "net/pop"],
)
def test_login_ok_then_refused(client: Client, code: int, tmp_path: Path) -> None:
    # "Taken for an empty maildrop": not confirmed.
    seen = see(client, tmp_path, "login-ok-then-refused")
    assert seen.ran.code == code
    assert seen.session.user == "user"
    assert len(seen.sessions) == 1


def test_sasl_downgrade(tmp_path: Path) -> None:
    # "Sends the password in cleartext where it must not": confirmed for fetchmail, not for curl.
    seen = see(fetchmail, tmp_path, "sasl-downgrade")
    assert "PASS" in seen.session.commands
    seen = see(curl("1"), tmp_path, "sasl-downgrade")
    assert seen.ran.code == 67
    assert [session.lines for session in seen.sessions] == [["CAPA", "AUTH CRAM-MD5"]]
