from pathlib import Path

import pytest

from .clients import fetchmail, getmail, mpop
from .libraries import net_pop, net_pop3, pop3_client, poplib, poplib_does
from .seeing import ALL, ONE, THREE, Client, see


def test_typo_plus_err_at_login(tmp_path: Path) -> None:
    # "poplib takes any + for success": confirmed, and getmail with it: they go on.
    seen = see(poplib, tmp_path, "typo-plus-err", "auth-fail-temporary")
    assert seen.session.commands == ["USER", "PASS", "STAT"]
    assert "ValueError" in seen.ran.output
    seen = see(getmail, tmp_path, "typo-plus-err", "auth-fail-temporary", limit=1)
    assert seen.session.commands[:3] == ["USER", "PASS", "UIDL"]


@pytest.mark.parametrize(
    ("client", "code"),
    [(mpop, 76), (fetchmail, 4), (net_pop3, 1), (net_pop, 1)],
    ids=["mpop", "fetchmail", "Net::POP3", "net/pop"],
)
def test_typo_plus_err_is_seen(client: Client, code: int, tmp_path: Path) -> None:
    # "mpop takes any + for success": not confirmed.
    seen = see(client, tmp_path, "typo-plus-err", "auth-fail-temporary")
    assert seen.ran.code == code
    assert "STAT" not in seen.session.commands


def test_typo_plus_err_of_a_message(tmp_path: Path) -> None:
    # poplib waits for the message; Net::POP3 and Mail::POP3Client skip it.
    seen = see(poplib, tmp_path, "typo-plus-err", "retr-err-one number=2", limit=1)
    assert "TimeoutError" in seen.ran.output
    for client in (net_pop3, pop3_client):
        seen = see(client, tmp_path, "typo-plus-err", "retr-err-one number=2")
        assert (seen.ran.stored, seen.left) == ([ONE, THREE], ["2"])


def test_continuation_anywhere(tmp_path: Path) -> None:
    # "poplib takes it for success": confirmed.
    seen = see(poplib_does("print(client.user('user'))"), tmp_path, "continuation-anywhere")
    assert (seen.ran.code, seen.ran.output.strip()) == (0, "b'+ '")


@pytest.mark.parametrize(
    ("client", "understood"),
    [(fetchmail, False), (mpop, False), (net_pop, False), (getmail, True), (net_pop3, True)],
    ids=["fetchmail", "mpop", "net/pop", "getmail", "Net::POP3"],
)
def test_status_case(client: Client, understood: bool, tmp_path: Path) -> None:
    # Ruby reads both cases, but for STAT.
    seen = see(client, tmp_path, "status-case")
    assert (seen.ran.code == 0) == understood
    assert seen.ran.stored == (ALL if understood else [])


def test_status_long(tmp_path: Path) -> None:
    # "Has buffers of fixed size": poplib's is of 2048 octets, fetchmail's smaller; none overflows.
    assert "line too long" in see(poplib, tmp_path, "status-long octets=4000").ran.output
    assert see(fetchmail, tmp_path, "status-long octets=4000").ran.code == 4
    assert see(mpop, tmp_path, "status-long octets=4000").ran.stored == ALL


def test_multi_for_single(tmp_path: Path) -> None:
    # "Takes the lines for the replies to later commands": confirmed for poplib and getmail.
    seen = see(poplib, tmp_path, "multi-for-single")
    assert "error_proto: b'and this is more'" in seen.ran.output
    seen = see(getmail, tmp_path, "multi-for-single")
    assert seen.ran.code == 127
    assert seen.ran.stored == [ONE]
    assert seen.left == ["2", "3"]


def test_an_unasked_line(tmp_path: Path) -> None:
    # "Takes it for the reply to the next command": confirmed for Mail::POP3Client, which then
    # stores a status line with the message, and deletes all.
    seen = see(pop3_client, tmp_path, "RETR 1 -> unasked-line")
    assert seen.ran.stored[1].startswith(b"+OK 56 octets\n")
    assert (seen.ran.code, seen.left) == (0, [])
