from pathlib import Path

import pytest

from .clients import (
    curl,
    fetchmail_stls,
    fetchmail_tls,
    getmail,
    mpop_stls,
    mpop_tls,
)
from .libraries import net_pop3_does, poplib_does
from .seeing import ALL, ONE, Client, see

NET_POP3_STLS = """$client->starttls(SSL_verifycn_name => "localhost") or print "no TLS ";
    print $client->login("user", "password") ? "in" : "out";"""


@pytest.mark.parametrize(
    ("client", "codes"),
    [
        (curl("1", "--ssl-reqd"), (64, 64, 64, 64)),
        (fetchmail_stls, (2, 2, 3, 2)),
        (mpop_stls, (76, 69, 76, 76)),
    ],
    ids=["curl", "fetchmail", "mpop"],
)
def test_stripping_where_tls_is_wanted(
    client: Client, codes: tuple[int, ...], tmp_path: Path
) -> None:
    # "Continues in cleartext" (CVE-2021-22946, CVE-2021-39272) or "tried forever": not confirmed.
    for name, code in zip(
        ("refused", "strip-capa", "strip-capa-err", "err-loop"), codes, strict=True
    ):
        seen = see(client, tmp_path, f"stls-{name}", tls="starttls")
        assert (name, seen.ran.code) == (name, code)
        assert not seen.logins
        assert len(seen.sessions) == 1


@pytest.mark.parametrize("name", ["stls-refused", "stls-strip-capa", "stls-strip-capa-err"])
def test_stripping_where_tls_is_wished(name: str, tmp_path: Path) -> None:
    # "Continues in cleartext": confirmed for curl --ssl, as documented, without telling its user.
    seen = see(curl("1", "--ssl"), tmp_path, name, tls="starttls")
    assert (seen.ran.code, seen.ran.output, seen.ran.stored) == (0, "", [ONE])
    assert (seen.session.tls, seen.session.user) == ("", "user")


def test_stripping_where_nobody_looks(tmp_path: Path) -> None:
    # The same: confirmed for a program that does not ask what starttls of Net::POP3 has answered.
    seen = see(net_pop3_does(NET_POP3_STLS), tmp_path, "stls-refused", tls="starttls")
    assert seen.ran.output == "no TLS in"
    assert seen.session.lines == ["STLS", "USER user", "PASS ****"]


@pytest.mark.parametrize(
    ("client", "code", "said"),
    [
        (curl("1", "--ssl-reqd"), 8, "Weird server reply"),
        (fetchmail_stls, 2, "wrong version number"),
        (mpop_stls, 76, "command STLS failed"),
    ],
    ids=["curl", "fetchmail", "mpop"],
)
def test_stls_inject_capa_is_seen(client: Client, code: int, said: str, tmp_path: Path) -> None:
    # Taken for a reply under TLS (curl CVE-2021-22947): not confirmed; all end before TLS begins.
    seen = see(client, tmp_path, "stls-inject-capa", tls="starttls")
    assert seen.ran.code == code
    assert said in seen.ran.output
    assert seen.session.commands == ["CAPA", "STLS"]


def test_stls_inject_capa_is_thrown_away_by_poplib(tmp_path: Path) -> None:
    # The same: not confirmed; it waits for the reply that never comes.
    client = poplib_does("client.stls(); client.capa()")
    seen = see(client, tmp_path, "stls-inject-capa", tls="starttls", limit=1)
    assert "TimeoutError" in seen.ran.output
    assert seen.session.commands == ["CAPA", "STLS", "CAPA"]


def test_stls_inject_login_is_thrown_away_by_net_pop3(tmp_path: Path) -> None:
    # The same: not confirmed; but its Timeout does not hold under TLS, and it waits for ever.
    seen = see(net_pop3_does(NET_POP3_STLS), tmp_path, "stls-inject-login", tls="starttls", limit=1)
    assert seen.ran.code is None
    assert seen.session.lines == ["STLS", "USER user"]


def test_stls_hang(tmp_path: Path) -> None:
    # "Hangs forever" (fetchmail CVE-2011-1947): confirmed for mpop, whose timeout does not hold
    # in a handshake; not for fetchmail.
    assert see(fetchmail_stls, tmp_path, "stls-hang", tls="starttls", limit=1).ran.code == 2
    seen = see(mpop_stls, tmp_path, "stls-hang", tls="starttls", limit=1)
    assert seen.ran.code is None
    assert not seen.logins


@pytest.mark.parametrize(
    "name",
    ["expired", "not-yet-valid", "wrong-host", "self-signed", "unknown-ca", "nul-cn", "ip-san"],
)
def test_bad_certificates(name: str, tmp_path: Path) -> None:
    # "Logs in anyway": not confirmed.
    clients: dict[Client, int] = {curl("1"): 60, fetchmail_tls: 2, mpop_tls: 69, getmail: 127}
    for client, code in clients.items():
        seen = see(client, tmp_path, f"cert-{name}", tls="implicit")
        assert seen.ran.code == code
        assert not seen.logins


def test_a_certificate_for_clients(tmp_path: Path) -> None:
    # "Logs in anyway": confirmed for mpop, not for the others.
    assert see(mpop_tls, tmp_path, "cert-no-eku", tls="implicit").ran.stored == ALL
    assert not see(curl("1"), tmp_path, "cert-no-eku", tls="implicit").logins
    assert not see(fetchmail_tls, tmp_path, "cert-no-eku", tls="implicit").logins


def test_cert_hostile_text(tmp_path: Path) -> None:
    # "Passes escapes to the terminal" (fetchmail CVE-2010-0562): not confirmed.
    seen = see(fetchmail_tls, tmp_path, "cert-hostile-text", tls="implicit")
    assert seen.ran.code == 2
    assert r"\x1B]0;owned\x07" in seen.ran.output
    assert "\x1b" not in seen.ran.output


def test_tls_abrupt_close(tmp_path: Path) -> None:
    # poplib "saw the end of the connection instead of the reply to QUIT": confirmed, by getmail.
    seen = see(getmail, tmp_path, "tls-abrupt-close reply=lost", tls="implicit")
    assert seen.ran.code == 127
    assert seen.ran.stored == ALL
    assert seen.left == []
    assert see(getmail, tmp_path, "tls-abrupt-close", tls="implicit").ran.code == 0
