"""`pop3lab db`, and `pop3lab doctor` of a database."""

import re
from pathlib import Path

import psycopg
import pytest

from pop3lab.cli.main import main
from pop3lab.core.delivery import Envelope
from pop3lab.stores.postgres import check
from tests.postgres import cluster, started

pytestmark = pytest.mark.slow


@pytest.fixture
def empty() -> str:
    """The address of a database without tables."""
    target = cluster().new()
    with psycopg.connect(target) as connection:
        connection.execute("DROP SCHEMA pop3lab CASCADE")
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"Subject: {name}\n\n")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    out, err = capsys.readouterr()
    return out + err


def test_the_tables_are_made_once(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "run pop3lab db init" in said(capsys, "db", "upgrade", empty, code=2)
    assert "run pop3lab db init" in said(capsys, "db", "check", empty, code=2)
    assert "run pop3lab db init" in said(capsys, "db", "user", empty, "ann", code=2)
    assert said(capsys, "db", "init", empty) == "applied 0001_maildrops.sql\n"
    assert "of version 1" in said(capsys, "db", "init", empty, code=2)
    assert said(capsys, "db", "upgrade", empty) == "nothing to do\n"


def test_messages_are_copied_once_with_their_unique_ids(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = cluster().new()
    for told in ("2 messages added, 0 were there", "0 messages added, 2 were there"):
        assert said(capsys, "db", "import", target, str(folder), "ann") == f"ann: {told}\n"
    (folder / "three").write_text("Subject: three\n\n")
    told = said(capsys, "db", "import", target, str(folder), "ann")
    assert told == "ann: 1 messages added, 2 were there\n"
    with started(target) as store:
        uids = [entry.uid for entry in store.open("ann").snapshot.entries]
    assert uids == ["one", "two", "three"]  # the last came last


def test_a_maildrop_is_made_for_a_user(capsys: pytest.CaptureFixture[str]) -> None:
    target = cluster().new()
    for _ in range(2):
        assert said(capsys, "db", "user", target, "ann", "ben") == ""
    with started(target) as store:
        store.deliver("ben", [b"Subject: one\n\n"], Envelope())


def test_what_is_inconsistent_is_told_with_another_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = cluster().new()
    said(capsys, "db", "import", target, str(folder), "ann")
    assert said(capsys, "db", "check", target) == "all is consistent\n"
    with psycopg.connect(target) as connection:
        connection.execute("DELETE FROM pop3lab.chunk")
    assert said(capsys, "db", "check", target, code=1) == (
        "maildrop 'ann': message one has 0 of 1 pieces\n"
        "maildrop 'ann': message two has 0 of 1 pieces\n"
    )


def test_a_check_may_take_longer_than_an_answer_to_a_client(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_STRAYS", "SELECT '', 'it took long' FROM pg_sleep(0.3)")
    target = f"{cluster().new()}&answer=0.1"
    assert said(capsys, "db", "check", target, code=1) == "it took long\n"


def test_doctor_says_whether_a_server_could_use_the_database(
    empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--user", "ann:secr3t", "--port", "0")
    assert "WRONG  the database has no tables" in said(capsys, "doctor", empty, *words, code=2)
    away = "postgresql:///mail?host=/nowhere"
    assert "WRONG  the database can't be used: connection to server" in said(
        capsys, "doctor", away, *words, code=2
    )
    said(capsys, "db", "init", empty)
    told = said(capsys, "doctor", empty, *words)
    assert "pop3lab serve can start." in told
    assert re.search(
        r"^ok +the database is PostgreSQL \d+\.\d+.* with tables of version 1, and answers in"
        r" \d+\.\d ms$",
        told,
        re.MULTILINE,
    )


NOTES = {
    "": {"has fsync off", "has synchronous_commit off"},
    "&options=-csynchronous_commit%3Don": {"has fsync off", "waits for no standby"},
    "&connections=999": {
        "has fsync off",
        "has synchronous_commit off",
        "may need 1000 connections",
    },
}


@pytest.mark.parametrize("query", NOTES)
def test_doctor_notes_what_may_cost_mail(capsys: pytest.CaptureFixture[str], query: str) -> None:
    told = said(capsys, "doctor", f"{cluster().new()}{query}", "--user", "ann:secr3t", code=0)
    notes = [line for line in told.splitlines() if line.startswith("note ") and "database" in line]
    assert len(notes) == len(NOTES[query])
    assert all(any(note in line for line in notes) for note in NOTES[query])


def test_doctor_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    for address in (
        "postgresql://ann:hu/sh@/mail?host=/nowhere",
        "postgresql://ann:hush@db/mail?host=/nowhere",
        "postgresql:///mail?host=/nowhere&password=hush",
    ):
        told = said(capsys, "doctor", address, "--user", "ann:secr3t", code=2)
        assert "hu" not in told.replace("hush", "hu") or "****" in told
        assert "hush" not in told
