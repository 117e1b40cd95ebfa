"""`pop3lab deliver`: what it stores, and the exit codes by which a mail server goes on."""

import os
import re
import sys
from pathlib import Path

import pytest

from pop3lab.cli import main as cli
from pop3lab.core.errors import MaildropBusy, MaildropDamaged, StoreFailed, StoreFull
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.mbox.append import from_line
from pop3lab.stores.memory import MemoryStore

FROM = b"From joe@host Thu Jan  1 00:00:00 1970\n"
TEXT = b"Subject: x\n\nhello\n"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "box").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "box"


def deliver(*words: str, text: bytes | None = TEXT) -> int:
    if text is None:
        return cli.main(["deliver", *words], {})
    Path("stdin").write_bytes(text)
    with pytest.MonkeyPatch.context() as patch, Path("stdin").open() as stdin:
        patch.setattr(sys, "stdin", stdin)
        return cli.main(["deliver", *words], {})


def stored(box: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(box.iterdir())]


def test_a_message_on_stdin_or_in_a_file_is_stored_as_it_is(box: Path) -> None:
    Path("message").write_bytes(TEXT)
    assert deliver("box", "--user", "ann") == os.EX_OK
    assert deliver("box", "message", "--user=ann", text=None) == os.EX_OK
    assert deliver("box", "--user", "ann", text=b"") == os.EX_OK
    assert stored(box) == [TEXT, TEXT, b""]


def test_fields_are_put_before_it_on_request(box: Path) -> None:
    deliver("box", "--user", "ann", "--from", "joe@host", "--to", "ann@here")
    deliver("box", "--user", "ann", "--from", "", text=TEXT.replace(b"\n", b"\r\n"))
    deliver("box", "--user", "ann", "--from", "<a@b>", text=b"RETURN-PATH: <c@d>\n" + TEXT)
    deliver("box", "--user", "ann", "--to", "a\r\nX-Other: b")
    assert stored(box) == [
        b"Return-Path: <joe@host>\nDelivered-To: ann@here\n" + TEXT,
        b"Return-Path: <>\r\nSubject: x\r\n\r\nhello\r\n",
        b"RETURN-PATH: <c@d>\n" + TEXT,
        b"Delivered-To: aX-Other: b\n" + TEXT,
    ]


def test_the_from_line_of_a_mail_server_is_not_part_of_it_and_tells_the_sender(box: Path) -> None:
    Path("mbox").touch()
    for text in (FROM + TEXT, FROM.replace(b"\n", b"\r\n") + TEXT, FROM):
        assert deliver("box", "--user", "ann", text=text) == 0
        assert deliver("mbox", "--user", "ann", text=text) == 0
    assert stored(box) == [TEXT, TEXT, b""]
    lines = Path("mbox").read_bytes().splitlines()
    assert [line[:14] for line in lines if line.startswith(b"From ")] == [b"From joe@host "] * 3
    assert deliver("box", "--user", "ann", text=b"From here on\n") == 0
    assert stored(box)[-1] == b"From here on\n"


def test_an_mbox_file_gets_a_from_line_with_the_sender(box: Path) -> None:
    Path("mbox").touch()
    deliver("mbox", "--user", "ann", "--from", "joe@host", text=b"\nFrom me\n")
    text = Path("mbox").read_bytes()
    assert re.fullmatch(
        rb"From joe@host .*\nReturn-Path: <joe@host>\n\n>From me\n\n", text, re.MULTILINE
    )
    assert from_line("").startswith(b"From MAILER-DAEMON ")
    assert from_line("a b\nc\xe9").startswith(b"From abc ")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("box", os.EX_USAGE, "deliver needs a TARGET and --user"),
        ("--user ann", os.EX_USAGE, "deliver needs a TARGET and --user"),
        ("box a b --user ann", os.EX_USAGE, "usage: pop3lab deliver TARGET --user NAME [FILE]"),
        ("box --user ann --form x", os.EX_USAGE, "did you mean '--from'?"),
        ("box none --user ann", os.EX_NOINPUT, "none: No such file or directory"),
        ("box box --user ann", os.EX_NOINPUT, "box: it is a folder, and only regular files"),
        ("{user} --user ann", os.EX_NOUSER, "ann: there is no maildrop for this user"),
        ("{user} --user ../ann --create", os.EX_NOUSER, "../ann: there is no maildrop"),
        ("gen:1 --user ann", os.EX_CANTCREAT, "TARGET 'gen:1' takes no mail"),
        ("memory: --user ann", os.EX_CANTCREAT, "TARGET 'memory:' takes no mail"),
        ("text --user ann", os.EX_CANTCREAT, "TARGET 'text' is not an mbox file"),
        ("none --user ann", os.EX_TEMPFAIL, "TARGET 'none' can't be opened"),
    ],
)
def test_each_mistake_has_its_exit_code_and_a_sentence(
    box: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, told: str
) -> None:
    Path("text").write_text("hello\n")
    assert deliver(*words.split()) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.startswith("pop3lab: ")
    assert error.count("\n") == 1
    assert stored(box) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreFull("the maildrop is full"), os.EX_TEMPFAIL),
        (StoreFailed("the message can't be stored"), os.EX_TEMPFAIL),
        (MaildropBusy("maildrop is in use by another program"), os.EX_TEMPFAIL),
        (MaildropDamaged("the maildrop can't be opened"), os.EX_CANTCREAT),
        (ZeroDivisionError(), os.EX_TEMPFAIL),
    ],
    ids=repr,
)
def test_what_may_pass_is_a_reason_to_try_again(
    box: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(FolderStore, "deliver", fail)
    (box / "1").write_bytes(TEXT)
    assert deliver("box", "--user", "ann") == code


def test_a_message_that_can_t_be_read_to_its_end_is_not_stored(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.read

    def broken(descriptor: int, size: int) -> bytes:
        if data := read(descriptor, size):
            return data
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", broken)
    assert deliver("box", "--user", "ann") == os.EX_IOERR
    assert stored(box) == []


def test_a_maildrop_is_made_on_request(box: Path) -> None:
    assert deliver("box/{user}", "--user", "ann", "--create") == os.EX_OK
    assert deliver("box/{user}/", "--user", "ben", "--create") == os.EX_OK
    assert (box / "ann").is_file()
    assert len(stored(box / "ben" / "new")) == 1


def test_a_store_that_is_to_be_started_is_started_and_stopped(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    class Managed(MemoryStore):
        def start(self) -> None:
            calls.append("start")

        def stop(self) -> None:
            calls.append("stop")

    class Elsewhere:
        """A store on another machine."""

        def __init__(self) -> None:
            made = Managed()
            self.start, self.stop, self.deliver = made.start, made.stop, made.deliver

    monkeypatch.setattr("pop3lab.cli.deliver.create_store", lambda *_, **__: Elsewhere())
    assert deliver("postgresql://host/mail", "--user", "ann") == os.EX_OK
    assert deliver("postgresql://host/mail", "none", "--user", "ann") == os.EX_NOINPUT
    assert calls == ["start", "stop"] * 2
