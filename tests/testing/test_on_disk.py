"""What is given as a Path, and is not what it was taken for."""

import mailbox
from contextlib import closing
from pathlib import Path

import pytest

from pop3lab import Message, Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.scenario.scenario import load_scenario
from pop3lab.stores.look_alikes import Likeness
from tests.stores.mistaken import MBOX, MISTAKEN, RIGHT, Make

ADVICE = {
    Likeness.MAILDIR: '[*path.glob("new/*"), *path.glob("cur/*")]',
    Likeness.FOLDERS: "give one of them",
    Likeness.HIDDEN: "give a list of files",
    Likeness.LINKS: "[*path.iterdir()]",
    Likeness.MBOX: "[*mailbox.mbox(",
}


def octets(*messages: Path | Message) -> list[bytes]:
    with Pop3Server([*messages]) as server:
        return [stored.bytes for stored in server.messages]


@pytest.mark.parametrize(("make", "what", "name"), MISTAKEN)
def test_a_folder_that_is_none_of_messages(
    tmp_path: Path, make: Make, what: Likeness, name: str
) -> None:
    make(tmp_path / "x")
    with pytest.raises(ConfigError) as error:
        Pop3Server(tmp_path / "x")
    assert f"x' {what.value}: " in str(error.value)
    assert ADVICE[what] in str(error.value)
    assert name in str(error.value) or what is Likeness.LINKS
    assert "\n" not in str(error.value)
    scenario = tmp_path / "s.toml"
    scenario.write_text('message = [{folder = "x"}]\n')
    if what is Likeness.LINKS:  # there they are followed
        load_scenario(scenario)
        return
    with pytest.raises(ConfigError, match=what.value):
        load_scenario(scenario)


@pytest.mark.parametrize("make", RIGHT)
def test_a_folder_that_may_well_be_one(tmp_path: Path, make: Make) -> None:
    make(tmp_path / "x")
    Pop3Server(tmp_path / "x")


def test_the_advice_for_a_maildir_works(tmp_path: Path) -> None:
    MISTAKEN[0][0](tmp_path / "x")
    path = tmp_path / "x"
    assert octets(*path.glob("new/*"), *path.glob("cur/*")) == [b"Subject: 1\r\n\r\n"]


def test_an_mbox_file_of_several_is_no_message(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    path.write_bytes(MBOX * 2)
    for given in (path, [path], [Message(path)], {"user": path}):
        with pytest.raises(ConfigError, match="is an mbox file with several messages: give"):
            Pop3Server(given)
    with closing(mailbox.mbox(path)) as box, Pop3Server([*box]) as server:
        assert len(server.messages) == 2
        with pytest.raises(ConfigError, match="several messages"):
            server.add(path)
    scenario = tmp_path / "s.toml"
    scenario.write_text('message = [{file = "inbox"}]\n')
    with pytest.raises(ConfigError, match="several messages"):
        load_scenario(scenario)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (MBOX.partition(b"\n")[2], b"Subject: 1\r\n\r\none\r\n"),
        (b"Subject: 1\n\none\n", b"Subject: 1\r\n\r\none\r\n"),
        (b"Subject: 1\r\n\r\none\r\n\r\n", b"Subject: 1\r\n\r\none\r\n"),
        (b"Subject: 1\n\n", b"Subject: 1\r\n\r\n"),
        (b"Subject: 1\n\n\n", b"Subject: 1\r\n\r\n"),
        (b"Subject: 1\n\none\n\n\n", b"Subject: 1\r\n\r\none\r\n\r\n"),
        (b"", b""),
    ],
)
def test_an_mbox_file_of_one_is_that_message(tmp_path: Path, inside: bytes, message: bytes) -> None:
    path = tmp_path / "folder" / "one"
    path.parent.mkdir()
    path.write_bytes(b"From a@b Thu Jan  1 00:00:00 1970\n" + inside)
    assert octets(path) == [message]
    with Pop3Server(path.parent) as server:
        assert [stored.bytes for stored in server.messages] == [message]


def test_empty_lines_before_an_mbox_file_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"\n\r\n" + MBOX)
    assert octets(tmp_path / "one") == [b"Subject: 1\r\n\r\none\r\n"]
    (tmp_path / "two").write_bytes(b"\n" + MBOX * 2)
    with pytest.raises(ConfigError, match="several messages"):
        Pop3Server(tmp_path / "two")


def test_an_mbox_file_as_the_library_writes_it(tmp_path: Path) -> None:
    text = b"Subject: 1\n\none\n"
    box = mailbox.mbox(tmp_path / "inbox")
    box.add(text)
    box.close()
    assert octets(tmp_path / "inbox") == [text.replace(b"\n", b"\r\n")]


def test_a_folder_in_a_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder: give it alone, or a list of its files"):
        Pop3Server([tmp_path])
