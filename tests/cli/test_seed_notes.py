"""What `pop3lab DIR` says of a folder whose messages it does not show."""

import re
import shlex
from pathlib import Path

import pytest

from pop3lab.stores.look_alikes import Likeness
from tests.forked import ran
from tests.serve.process import serving
from tests.served import SECONDS
from tests.stores.mistaken import MISTAKEN, RIGHT, Make


def said(folder: Path) -> str:
    """What is on stderr after a session."""
    ended = ran([str(folder), "--exit-on-stdin-eof"], seconds=SECONDS)
    assert re.fullmatch(r"[0-9]+\n0\n", ended.stdout)
    return ended.stderr


@pytest.mark.parametrize(("make", "what", "name"), MISTAKEN)
def test_one_note_says_what_it_is_and_what_to_do(
    tmp_path: Path, make: Make, what: Likeness, name: str
) -> None:
    make(tmp_path / "x")
    note = said(tmp_path / "x")
    assert re.fullmatch(r"pop3lab: note: [^\n]+\n", note)
    assert f"'{tmp_path}/x' {what.value}: " in note
    assert name in note


@pytest.mark.parametrize("make", RIGHT)
def test_there_is_nothing_to_say(tmp_path: Path, make: Make) -> None:
    make(tmp_path / "x")
    assert said(tmp_path / "x") == ""


@pytest.mark.parametrize(("nth", "messages"), [(0, 1), (6, 2)])
def test_the_command_in_the_note_works(tmp_path: Path, nth: int, messages: int) -> None:
    MISTAKEN[nth][0](tmp_path / "x")
    command = re.search("`pop3lab (.*)`", said(tmp_path / "x"))
    assert command
    with serving(*shlex.split(command[1])[1:]) as server:
        client = server.logged_in("user", "password")
        assert client.ask("STAT").startswith(f"+OK {messages} ")


def test_an_mbox_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "inbox").touch()
    ended = ran([str(tmp_path / "inbox")], seconds=SECONDS)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "an mbox file is for pop3lab serve" in ended.stderr
