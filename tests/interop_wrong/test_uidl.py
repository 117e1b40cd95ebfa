from pathlib import Path

import pytest

from .clients import (
    fetchmail,
    fetchmail_keeping,
    getmail,
    getmail_keeping,
    mpop,
    mpop_keeping,
)
from .libraries import net_pop_does
from .seeing import ALL, ONE, THREE, TWO, Client, see

UIDS = ("x1", "x2", "x3")


@pytest.mark.parametrize("client", [fetchmail, mpop, getmail], ids=["fetchmail", "mpop", "getmail"])
def test_uidl_separator(client: Client, tmp_path: Path) -> None:
    # Maillennium's three spaces, for which mpop has a remark: all three can.
    seen = see(client, tmp_path, "uidl-separator")
    assert "S: 1   1\n" in str(seen.session.transcript)
    assert (seen.ran.code, seen.ran.stored, seen.left) == (0, ALL, [])


def test_uidl_separator_tab(tmp_path: Path) -> None:
    # A tab is too much for mpop; to fetchmail and getmail it is a blank as others.
    quirk = r'uidl-separator gap="\t"'
    seen = see(mpop, tmp_path, quirk)
    assert seen.ran.code == 76
    assert "invalid reply to command UIDL" in seen.ran.output
    assert see(fetchmail, tmp_path, quirk).left == []
    assert see(getmail, tmp_path, quirk).left == []


@pytest.mark.parametrize(
    ("quirks", "said"),
    [((), '"2"'), (("uidl-single-form",), '"x2"'), (("uidl-single-form form=other",), '"99"')],
    ids=["by the book", "bare", "other"],
)
def test_uidl_single_form(quirks: tuple[str, ...], said: str, tmp_path: Path) -> None:
    # "Ruby's net/pop gives the number for the unique-id": confirmed, of servers that go by the
    # book; it is right only where the number is missing.
    client = net_pop_does("p client.send(:command).uidl(2)")
    seen = see(client, tmp_path, *quirks, uids=UIDS)
    assert seen.ran.output.strip() == said


def test_uidl_duplicate(tmp_path: Path) -> None:
    # "The second is never fetched, or deleted unseen": not confirmed; getmail fetches nothing.
    for client in (fetchmail, mpop):
        seen = see(client, tmp_path, "uidl-duplicate")
        assert (seen.ran.stored, seen.left) == (ALL, [])
    seen = see(getmail, tmp_path, "uidl-duplicate")
    assert seen.ran.code == 127
    assert "does not uniquely identify messages (got the-same twice)" in seen.ran.output
    assert seen.left == ["1", "2", "3"]


def test_uidl_hostile_chars(tmp_path: Path) -> None:
    # "getmail takes a/b for a-b": confirmed, and so it fetches neither.
    seen = see(getmail, tmp_path, texts=[ONE, TWO], uids=["a/b", "a-b"])
    assert seen.ran.code == 127
    assert "(got a-b twice)" in seen.ran.output
    assert seen.left == ["a/b", "a-b"]


def test_uidl_empty(tmp_path: Path) -> None:
    # "fetchmail crashed" (CVE-2005-2335): not confirmed; without the space it refuses the list.
    seen = see(fetchmail, tmp_path, "uidl-empty")
    assert (seen.ran.code, seen.ran.stored, seen.left) == (0, ALL, [])
    assert see(fetchmail, tmp_path, "uidl-empty form=bare").ran.code == 7
    assert see(mpop, tmp_path, "uidl-empty").ran.code == 76
    seen = see(getmail, tmp_path, "uidl-empty")
    assert seen.ran.code == 127
    assert "failed to identify message index 0" in seen.ran.output


def test_uidl_long(tmp_path: Path) -> None:
    # "Cut, they are the same": not confirmed; fetchmail refuses them, to the others all differ.
    seen = see(fetchmail, tmp_path, "uidl-long")
    assert (seen.ran.code, seen.left) == (7, ["1", "2", "3"])
    for client in (mpop_keeping, getmail_keeping):
        seen = see(client, tmp_path, "uidl-long", runs=2)
        assert seen.ran.stored == ALL


def test_uidl_ok_prefix(tmp_path: Path) -> None:
    # "Takes +OK for the number": confirmed for getmail, which ends with a traceback.
    seen = see(getmail, tmp_path, "uidl-ok-prefix")
    assert seen.ran.code == 4
    assert "invalid literal for int() with base 10: '+OK'" in seen.ran.output
    assert seen.session.end_reason == "closed"


def test_uidl_unsupported(tmp_path: Path) -> None:
    # "Fetched some and deleted others": not confirmed.
    for client in (fetchmail, mpop):
        seen = see(client, tmp_path, "uidl-unsupported")
        assert (seen.ran.code, seen.ran.stored, seen.left) == (0, ALL, [])
    seen = see(getmail, tmp_path, "uidl-unsupported")
    assert (seen.ran.code, seen.left) == (127, ["1", "2", "3"])


def test_uidl_list_mismatch(tmp_path: Path) -> None:
    # "OpenPop throws": mpop refuses it, fetchmail and getmail take what there is.
    assert see(mpop, tmp_path, "uidl-list-mismatch").ran.code == 76
    assert see(getmail, tmp_path, "uidl-list-mismatch").left == ["3"]
    assert see(fetchmail, tmp_path, "uidl-list-mismatch").ran.stored == ALL


@pytest.mark.parametrize(
    ("client", "again"),
    [(fetchmail_keeping, [THREE]), (mpop_keeping, [THREE]), (getmail_keeping, [])],
    ids=["fetchmail", "mpop", "getmail"],
)
def test_uidl_shrinks(client: Client, again: list[bytes], tmp_path: Path) -> None:
    # Clients "forget what is not listed": confirmed for fetchmail and mpop, not for getmail.
    seen = see(client, tmp_path, "uidl-shrinks", runs=3)
    assert seen.ran.stored == ALL + again


@pytest.mark.parametrize(
    "client",
    [fetchmail_keeping, mpop_keeping, getmail_keeping],
    ids=["fetchmail", "mpop", "getmail"],
)
def test_uidl_all_changed(client: Client, tmp_path: Path) -> None:
    # "All is fetched again": confirmed, once.
    seen = see(client, tmp_path, "uidl-all-changed", runs=3)
    assert seen.ran.stored == ALL + ALL
