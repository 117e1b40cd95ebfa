"""Attacks that are not on TLS: see test_tls for those."""

from pathlib import Path

import pytest

from .clients import curl, fetchmail, fetchmail_as, getmail, getmail_as, mpop, mpop_as
from .libraries import net_pop3_does, poplib, poplib_does
from .seeing import ALL, TWO, Client, see

INJECTED = "RETR 1 -> dot-injection"
APOP = 'print $client->apop("user", "password");'


@pytest.mark.parametrize("client", [getmail, poplib], ids=["getmail", "poplib"])
def test_dot_injection_loses_mail(client: Client, tmp_path: Path) -> None:
    # "CVE-2001-0996", a bare LF and a dot: confirmed for these. Each reply is then taken for that
    # of the command before, and the last message is deleted, and was never stored.
    seen = see(client, tmp_path, INJECTED)
    assert seen.ran.code == 0
    assert seen.ran.stored[2] == TWO
    assert not any(b"third" in text for text in seen.ran.stored)
    assert seen.left == []


def test_dot_injection_stops_mpop(tmp_path: Path) -> None:
    # The same: confirmed, but mpop deletes nothing before it has all messages, and notices.
    seen = see(mpop, tmp_path, INJECTED)
    assert seen.ran.code == 65
    assert seen.left == ["1", "2", "3"]


@pytest.mark.parametrize("kind", ["8-bit", "no-at", "control"])
def test_apop_nonrfc_stamp_is_refused(kind: str, tmp_path: Path) -> None:
    # "The password leaks" (fetchmail before 6.3.8): not confirmed for these two.
    for client in (fetchmail_as(protocol="APOP"), mpop_as(auth="apop")):
        seen = see(client, tmp_path, f"apop-nonrfc-stamp kind={kind}")
        assert seen.ran.code in (3, 69)
        assert not seen.logins


@pytest.mark.parametrize(
    "client",
    [
        getmail_as(apop=True),
        poplib_does("client.apop('user', 'password')"),
        net_pop3_does(APOP),
        curl("1", "--login-options", "AUTH=+APOP"),
    ],
    ids=["getmail", "poplib", "Net::POP3", "curl"],
)
def test_apop_nonrfc_stamp_is_taken(client: Client, tmp_path: Path) -> None:
    # The same: confirmed, the digest is sent.
    seen = see(client, tmp_path, "apop-nonrfc-stamp")
    assert seen.ran.code == 0
    assert seen.session.mechanism == "APOP"


def test_apop_redos(tmp_path: Path) -> None:
    # poplib's "regular expression took time quadratic" (CVE-2018-1060): a line is too long.
    seen = see(poplib_does("client.apop('user', 'password')"), tmp_path, "apop-redos")
    assert "line too long" in seen.ran.output


@pytest.mark.parametrize("verb", ["UIDL", "RETR"])
def test_line_endless(verb: str, tmp_path: Path) -> None:
    # "CVE-2013-1752 in poplib": not confirmed, it stops at 2048 octets.
    code = f"client.user('user'); client.pass_('password'); client.{verb.lower()}"
    call = f"{code}(1)" if verb == "RETR" else f"{code}()"
    seen = see(poplib_does(call), tmp_path, f"line-endless verb={verb}")
    assert "line too long" in seen.ran.output


@pytest.mark.parametrize("client", [fetchmail, mpop, getmail], ids=["fetchmail", "mpop", "getmail"])
def test_uidl_path(client: Client, tmp_path: Path) -> None:
    # "CVE-2018-14362": not confirmed; nothing is written outside the client's home.
    seen = see(client, tmp_path, "uidl-path")
    assert seen.ran.stored == ALL
    assert len(list(tmp_path.iterdir())) == 1


def test_terminal_escapes(tmp_path: Path) -> None:
    # "Passes them to the terminal unchanged": confirmed for fetchmail.
    seen = see(fetchmail, tmp_path, "terminal-escapes", "auth-fail-temporary")
    assert seen.ran.code == 9
    assert "\x1b]0;owned\x07" in seen.ran.output


def test_format_strings(tmp_path: Path) -> None:
    # "CVE-2007-2958": not confirmed; they are texts as others.
    seen = see(fetchmail, tmp_path, "format-strings", "auth-fail-temporary")
    assert "%n%s%x" in seen.ran.output
