from pathlib import Path

import pytest

from .clients import fetchmail, getmail, mpop
from .libraries import net_pop, net_pop3, net_pop3_does, pop3_client, poplib
from .seeing import ALL, ONE, THREE, TWO, Client, see


@pytest.mark.parametrize(
    ("client", "code", "said"),
    [
        (poplib, 1, "error_proto: -ERR EOF"),
        (fetchmail, 2, ""),
        (mpop, 65, "empty reply"),
        (getmail, 127, ""),
        (net_pop, 1, "EOFError"),
    ],
    ids=["poplib", "fetchmail", "mpop", "getmail", "net/pop"],
)
def test_quit_eof(client: Client, code: int, said: str, tmp_path: Path) -> None:
    # "poplib raises -ERR EOF": confirmed; and it is an error to all, though the mail is there.
    seen = see(client, tmp_path, "quit-eof")
    assert seen.ran.code == code
    assert said in seen.ran.output
    assert (seen.ran.stored, seen.left) == (ALL, [])


@pytest.mark.parametrize(
    ("client", "code"),
    [(poplib, 1), (fetchmail, 4), (mpop, 65), (getmail, 127), (pop3_client, 1), (net_pop, 1)],
    ids=["poplib", "fetchmail", "mpop", "getmail", "Mail::POP3Client", "net/pop"],
)
def test_quit_err(client: Client, code: int, tmp_path: Path) -> None:
    # "poplib raises an error": confirmed, and all of these tell of it in some way.
    seen = see(client, tmp_path, "quit-err")
    assert seen.ran.code == code
    assert seen.ran.stored == ALL
    assert seen.left == ["2", "3"]


def test_quit_err_to_net_pop3(tmp_path: Path) -> None:
    # It is the only one that calls this a success.
    seen = see(net_pop3, tmp_path, "quit-err")
    assert (seen.ran.code, seen.ran.output, seen.left) == (0, "", ["2", "3"])


@pytest.mark.parametrize(
    ("client", "again"),
    [(mpop, []), (fetchmail, [TWO, THREE]), (getmail, [TWO, THREE])],
    ids=["mpop", "fetchmail", "getmail"],
)
def test_quit_err_and_the_next_day(client: Client, again: list[bytes], tmp_path: Path) -> None:
    # "Clients fetch the remaining messages again": confirmed, but for mpop, which deletes it only.
    seen = see(client, tmp_path, "quit-err", runs=2)
    assert seen.ran.stored == ALL + again
    assert seen.left == ["3"]


@pytest.mark.parametrize(
    ("client", "code", "again"),
    [(mpop, 0, []), (fetchmail, 0, ALL), (getmail, 0, ALL)],
    ids=["mpop", "fetchmail", "getmail"],
)
def test_rollback_on_drop(client: Client, code: int, again: list[bytes], tmp_path: Path) -> None:
    # "Outlook 2002 fetches the whole batch again": confirmed for fetchmail and getmail, told to
    # fetch all; not for mpop.
    seen = see(client, tmp_path, "session=1 -> rollback-on-drop", runs=2)
    assert [session.end_reason for session in seen.sessions] == ["fault", "quit"]
    assert seen.ran.code == code
    assert seen.ran.stored == ALL + again
    assert seen.left == []


@pytest.mark.parametrize(
    ("client", "stored"),
    [(mpop, ALL), (fetchmail, [ONE]), (getmail, [ONE]), (net_pop3, ALL)],
    ids=["mpop", "fetchmail", "getmail", "Net::POP3"],
)
def test_dele_err(client: Client, stored: list[bytes], tmp_path: Path) -> None:
    # "Clients do not fetch the other messages": confirmed for fetchmail and getmail.
    seen = see(client, tmp_path, "dele-err")
    assert seen.ran.stored == stored
    assert seen.left == ["1", "2", "3"]


def test_rset_side_effects(tmp_path: Path) -> None:
    # Net::POP3 "sends RSET in the destructor": confirmed. "Clients undo deletions that the user
    # wanted": here the rejected RSET keeps them.
    code = '$client->login("user", "password"); $client->delete(1); undef $client;'
    seen = see(net_pop3_does(code), tmp_path)
    assert seen.session.lines[-3:] == ["DELE 1", "RSET", "QUIT"]
    assert seen.left == ["1", "2", "3"]
    assert see(net_pop3_does(code), tmp_path, "rset-side-effects").left == ["2", "3"]
