"""What can be served."""

import mailbox
import poplib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pop3lab.stores.look_alikes import Likeness
from tests.stores.mistaken import MISTAKEN, Make

from .process import USER, Serving, folder, refused, serving

TEXT = b"From: ann@example.org\r\nSubject: one\r\n\r\n.dot\r\nhere\r\n"
LINES = TEXT.split(b"\r\n")[:-1]


@contextmanager
def login(server: Serving, user: str = "ann", password: str = "secret") -> Iterator[poplib.POP3]:
    client = poplib.POP3("127.0.0.1", server.port, timeout=20)
    try:
        client.user(user)
        client.pass_(password)
        yield client
        client.quit()
    finally:
        client.close()


def retrieved_then_deleted(target: Path) -> None:
    """One message by any name: it arrives, its unique-id stays over sessions, and it goes."""
    with serving(target, *USER) as server:
        with login(server) as client:
            assert client.stat() == (1, len(TEXT))
            assert client.retr(1)[1:] == (LINES, len(TEXT))
            uid = client.uidl(1)
        with login(server) as client:
            assert client.uidl(1) == uid
            assert client.top(1, 1)[1] == LINES[:-1]
            client.dele(1)
        with login(server) as client:
            assert client.stat() == (0, 0)


def test_a_folder(tmp_path: Path) -> None:
    retrieved_then_deleted(folder(tmp_path / "drop", TEXT))
    assert [path.name for path in (tmp_path / "drop").iterdir() if path.name[0] != "."] == []


def test_a_maildir(tmp_path: Path) -> None:
    maildir = mailbox.Maildir(tmp_path / "drop")
    maildir.add(TEXT.replace(b"\r\n", b"\n"))
    retrieved_then_deleted(tmp_path / "drop")
    assert list(maildir) == []


def test_an_mbox(tmp_path: Path) -> None:
    mbox = mailbox.mbox(tmp_path / "drop")
    mbox.add(TEXT.replace(b"\r\n", b"\n"))
    mbox.close()
    retrieved_then_deleted(tmp_path / "drop")
    assert (tmp_path / "drop").read_bytes() == b""


def test_generated_messages_are_the_same_again() -> None:
    found = []
    for _ in range(2):
        with serving("gen:7?messages=12&size=1KiB..4KiB", *USER) as server, login(server) as client:
            assert client.stat()[0] == 12
            found.append([client.retr(number)[1] for number in range(1, 13)])
            sizes = [int(line.split()[1]) for line in client.list()[1]]
            assert all(1024 <= octets <= 4096 for octets in sizes)
    assert found[0] == found[1]


def test_memory_is_empty() -> None:
    with serving("memory:", *USER) as server, login(server) as client:
        assert client.stat() == (0, 0)


def test_each_user_a_maildrop(tmp_path: Path) -> None:
    folder(tmp_path / "ann" / "mail", b"ann's\r\n")
    folder(tmp_path / "bob" / "mail", b"bob's\r\n")
    users = ("--user", "ann:secret", "--user", "bob:word", "--user", "../ann:word")
    with serving(tmp_path / "{user}" / "mail", *users) as server:
        with login(server) as client:
            assert client.retr(1)[1] == [b"ann's"]
        with login(server, "bob", "word") as client:
            assert client.retr(1)[1] == [b"bob's"]
        stranger = server.client()
        stranger.ask("USER ../ann")
        assert stranger.ask("PASS word").startswith("-ERR")


@pytest.mark.parametrize("how", ["hide", "trash"])
def test_deleted_messages_may_be_kept(how: str, tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop", TEXT)
    with serving(drop, *USER, "--on-delete", how) as server:
        with login(server) as client:
            client.dele(1)
        with login(server) as client:
            assert client.stat() == (0, 0)
    assert [path for path in drop.rglob("*") if path.is_file() and path.read_bytes() == TEXT]


def test_a_known_user_has_no_mail_yet(tmp_path: Path) -> None:
    (tmp_path / "home" / "ann").mkdir(parents=True)
    config = tmp_path / "serve.toml"
    config.write_text(
        f"""
        target = "{tmp_path}/home/{{user}}/Maildir"
        [[user]]
        name = "ann"
        password = "secret"
        [[user]]
        name = "bob"
        password = "word"
        maildrop = "{tmp_path}/bob"
        [[user]]
        name = "eve"
        password = "ever"
        """
    )
    with serving("--config", config) as server:
        for user, password in (("ann", "secret"), ("bob", "word")):
            with login(server, user, password) as client:
                assert client.stat() == (0, 0)
                assert client.list()[1] == client.uidl()[1] == []
        stranger = server.client()
        stranger.ask("USER eve")
        assert stranger.ask("PASS ever").startswith("-ERR [SYS/PERM]")
        assert f"{tmp_path}/home/eve" in server.log
        mailbox.Maildir(tmp_path / "home" / "ann" / "Maildir").add(TEXT.replace(b"\r\n", b"\n"))
        mbox = mailbox.mbox(tmp_path / "bob")
        mbox.add(TEXT.replace(b"\r\n", b"\n"))
        mbox.close()
        for user, password in (("ann", "secret"), ("bob", "word")):
            with login(server, user, password) as client:
                assert client.retr(1)[1:] == (LINES, len(TEXT))


def test_a_link_that_a_user_plants_is_named_in_the_log(tmp_path: Path) -> None:
    folder(tmp_path / "alice" / "mail", b"alice's\r\n")
    folder(tmp_path / "bob" / "mail", b"bob's\r\n")
    with serving(tmp_path / "{user}" / "mail", "--user", "bob:word") as server:
        client = server.logged_in("bob", "word")
        (tmp_path / "bob" / "mail").rename(tmp_path / "bob" / "old")
        (tmp_path / "bob" / "mail").symlink_to("../alice/mail")
        assert b"bob's" in client.body("RETR 1")
        client.ask("DELE 1")
        assert client.ask("QUIT").startswith("+OK")
        client = server.client()
        client.ask("USER bob")
        assert client.ask("PASS word").startswith("-ERR [SYS/PERM]")
        assert f"link, which is not followed: '{tmp_path}/bob/mail'" in server.log
    assert not list((tmp_path / "bob" / "old").glob("[!.]*"))
    assert (tmp_path / "alice" / "mail" / "0001").read_bytes() == b"alice's\r\n"


def test_what_is_no_maildrop_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "message.eml").write_bytes(TEXT)
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "cert").write_text("no PEM")
    for wrong in ("message.eml", "picture"):
        code, said = refused(tmp_path / wrong, *USER, "--port", "0")
        assert code == 2
        assert f"{wrong}' is not an mbox file" in said
    code, said = refused("{user}/../mail", *USER, "--port", "0")
    assert (code, "'..' behind {user}" in said) == (2, True)
    cert = str(tmp_path / "cert")
    code, said = refused("memory:", *USER, "--port", "0", "--cert", cert, "--key", cert)
    assert code == 2
    assert cert in said


@pytest.mark.parametrize(("make", "what", "name"), MISTAKEN)
def test_a_folder_that_is_none_of_messages(
    tmp_path: Path, make: Make, what: Likeness, name: str
) -> None:
    make(tmp_path / "x")
    with serving(tmp_path / "x", *USER) as server:
        server.stop()
        told = f"'{tmp_path}/x' {what.value}: " in server.log
        assert told is (what is not Likeness.MAILDIR)
