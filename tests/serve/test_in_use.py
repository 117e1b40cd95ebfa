"""One session at a time on a maildrop: in one process, and in two servers on one folder."""

import mailbox
from collections.abc import Callable
from pathlib import Path

import pytest

from .process import USER, Serving, folder, serving

BRIEF = ("--limit-busy", "0.1")


def maildir(path: Path) -> Path:
    mailbox.Maildir(path).add(b"Subject: one\n\n")
    return path


def mbox(path: Path) -> Path:
    box = mailbox.mbox(path)
    box.add(b"Subject: one\n\n")
    box.close()
    return path


TARGETS = pytest.mark.parametrize("target", [folder, maildir, mbox])
Target = Callable[[Path], Path]


def refusal(server: Serving, password: str = "secret") -> str:
    client = server.client()
    client.ask("USER ann")
    answer = client.ask(f"PASS {password}")
    assert answer.startswith("-ERR")
    assert client.ask("STAT").startswith("-ERR")
    assert client.ask("QUIT").startswith("+OK")
    return answer


@TARGETS
def test_p150_to_p155_in_one_process(target: Target, tmp_path: Path) -> None:
    with serving(target(tmp_path / "drop"), *USER, *BRIEF) as server:
        first = server.logged_in()
        assert refusal(server).startswith("-ERR [IN-USE] ")
        assert "IN-USE" not in refusal(server, "wrong")
        assert first.ask("NOOP").startswith("+OK")
        assert first.ask("QUIT").startswith("+OK")
        dropped = server.logged_in()
        dropped.close()
        assert server.logged_in().ask("STAT").startswith("+OK 1 ")


@TARGETS
def test_p150_p154_in_two_processes(target: Target, tmp_path: Path) -> None:
    drop = target(tmp_path / "drop")
    with serving(drop, *USER) as one, serving(drop, *USER, *BRIEF) as two:
        first = one.logged_in()
        assert refusal(two).startswith("-ERR [IN-USE] ")
        assert first.ask("QUIT").startswith("+OK")
        two.logged_in()


@TARGETS
def test_p153_after_kill_9_it_is_free_at_once(target: Target, tmp_path: Path) -> None:
    drop = target(tmp_path / "drop")
    with serving(drop, *USER) as one, serving(drop, *USER, *BRIEF) as two:
        first = one.logged_in()
        first.ask("DELE 1")
        assert refusal(two).startswith("-ERR [IN-USE] ")
        one.process.kill()
        one.process.wait()
        assert two.logged_in().ask("STAT").startswith("+OK 1 ")


def test_users_do_not_wait_for_each_other(tmp_path: Path) -> None:
    folder(tmp_path / "ann")
    folder(tmp_path / "bob")
    with serving(tmp_path / "{user}", *USER, *BRIEF, "--user", "bob:word") as server:
        server.logged_in()
        server.logged_in("bob", "word")
        assert refusal(server).startswith("-ERR [IN-USE] ")
