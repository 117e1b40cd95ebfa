import signal
from pathlib import Path

import pytest

from .clients import (
    curl,
    fetchmail,
    fetchmail_keeping,
    getmail,
    getmail_keeping,
    mpop,
    mpop_keeping,
)
from .libraries import net_pop, net_pop3, pop3_client, poplib, poplib_does
from .seeing import ALL, ONE, THREE, Client, see

KEEPING = pytest.mark.parametrize(
    "client",
    [fetchmail_keeping, mpop_keeping, getmail_keeping],
    ids=["fetchmail", "mpop", "getmail"],
)


@pytest.mark.parametrize(
    ("client", "code", "said"),
    [
        (poplib, 1, "IndexError: list index out of range"),
        (net_pop, 1, "wrong response format: +OK 3 (Net::POPBadResponse)"),
        (pop3_client, 1, "login: +OK"),
        (fetchmail, 4, "protocol error"),
        (mpop, 76, "invalid reply to command STAT"),
    ],
    ids=["poplib", "net/pop", "Mail::POP3Client", "fetchmail", "mpop"],
)
def test_stat_malformed(client: Client, code: int, said: str, tmp_path: Path) -> None:
    # "poplib raises IndexError": confirmed. "Taken for an empty maildrop": not confirmed.
    seen = see(client, tmp_path, "stat-malformed")
    assert seen.ran.code == code
    assert said in seen.ran.output
    assert seen.left == ["1", "2", "3"]


@pytest.mark.parametrize("client", [getmail, net_pop3], ids=["getmail", "Net::POP3"])
def test_stat_malformed_to_those_who_do_not_ask(client: Client, tmp_path: Path) -> None:
    # The same: Net::POP3 believes the reply to PASS, getmail the listings.
    seen = see(client, tmp_path, "stat-malformed")
    assert (seen.ran.code, seen.ran.stored, seen.left) == (0, ALL, [])


def test_list_empty(tmp_path: Path) -> None:
    # "curl waited for a dot between two CRLF": not confirmed.
    seen = see(curl(""), tmp_path, "list-empty")
    assert seen.ran.code == 0
    assert seen.session.end_reason == "quit"


def test_list_empty_no_dot(tmp_path: Path) -> None:
    # "Waits for ever": until its time is over; fetchmail and mpop do not ask when STAT says 0.
    assert see(curl(""), tmp_path, "list-empty-no-dot", texts=(), limit=1).ran.code == 28
    seen = see(getmail, tmp_path, "list-empty-no-dot", texts=(), limit=1)
    assert seen.ran.code == 127
    assert "timeout (timed out)" in seen.ran.output
    seen = see(mpop, tmp_path, "list-empty-no-dot", texts=())
    assert (seen.ran.code, seen.session.commands[-2:]) == (0, ["STAT", "QUIT"])


@pytest.mark.parametrize(
    "quirk",
    ["list-gaps", "stat-count-wrong by=-1", "list-bogus-lines", "list-index-attack"],
)
def test_fetchmail_and_numbers_above_that_of_stat(quirk: str, tmp_path: Path) -> None:
    # "A negative index in fetchmail" (CVE-2001-1009): it still crashes, at any number in UIDL that
    # is greater than what STAT has counted.
    seen = see(fetchmail, tmp_path, quirk)
    assert seen.ran.code == -signal.SIGSEGV
    assert seen.session.commands[-1] == "UIDL"
    assert seen.left == ["1", "2", "3"]


def test_list_gaps(tmp_path: Path) -> None:
    # "Takes the place of a line for the number, and deletes another message": not confirmed.
    for client in (getmail, net_pop):
        seen = see(client, tmp_path, "list-gaps")
        assert seen.ran.code == 0
        assert seen.ran.stored == [ONE, THREE]
        assert seen.left == ["2"]
    seen = see(pop3_client, tmp_path, "list-gaps")  # counts to two, as STAT says
    assert (seen.ran.code, seen.ran.stored, seen.left) == (1, [ONE], ["2", "3"])
    assert see(mpop, tmp_path, "list-gaps").ran.code == 76


def test_list_duplicate_number(tmp_path: Path) -> None:
    # "mpop rejects it": confirmed; net/pop retrieves what it has just deleted.
    seen = see(mpop, tmp_path, "list-duplicate-number")
    assert seen.ran.code == 76
    assert "invalid reply to command LIST" in seen.ran.output
    seen = see(net_pop, tmp_path, "list-duplicate-number")
    assert seen.session.lines[-3:] == ["RETR 1", "DELE 1", "RETR 1"]
    assert seen.left == ["1", "2", "3"]


def test_list_arg_ignored(tmp_path: Path) -> None:
    # "The lines are read as replies to the next commands": confirmed for poplib.
    code = "client.user('user'); client.pass_('password'); client.uidl(1); client.dele(1)"
    seen = see(poplib_does(code), tmp_path, "list-arg-ignored")
    assert "error_proto: b'1 1'" in seen.ran.output
    assert seen.session.lines[-1] == "DELE 1"


@KEEPING
def test_list_cut(client: Client, tmp_path: Path) -> None:
    # Clients "forget the messages that were not listed": not confirmed; nothing is fetched twice.
    seen = see(client, tmp_path, "session=2 -> list-cut", runs=3)
    assert [session.end_reason for session in seen.sessions] == ["quit", "fault", "quit"]
    assert seen.ran.stored == ALL


@KEEPING
def test_stat_zero_transient(client: Client, tmp_path: Path) -> None:
    # "Forgets what it has, and fetches all again": not confirmed.
    seen = see(client, tmp_path, "stat-zero-transient", runs=3)
    assert len(seen.sessions) == 3
    assert seen.ran.stored == ALL


@KEEPING
def test_list_window(client: Client, tmp_path: Path) -> None:
    # "Forgets, or deletes, what is not listed": it is never deleted, and never fetched.
    seen = see(client, tmp_path, "list-window count=1 which=newest", runs=2)
    assert seen.ran.stored == [THREE]
    assert seen.left == ["1", "2", "3"]
