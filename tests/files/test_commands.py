"""Files that commands are given: what is none, or too much, is a sentence."""

import os
import stat
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.forked import ran
from tests.serve.process import environment, serving

SECONDS = 60


def told_by(*words: str) -> subprocess.CompletedProcess[str]:
    return ran(words, env=environment(), seconds=SECONDS)


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 256 * 1024**2 + 1)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.symlink_to("/dev/zero"), "it is a device, and only regular files"),
        (huge, "it has 268435457 octets, and at most "),
    ],
    ids=["device", "huge"],
)
@pytest.mark.parametrize(
    "words",
    [
        ("replay", "{}"),
        ("scenario", "check", "{}"),
        ("serve", "--config", "{}"),
        ("serve", "gen:1?messages=1", "--users-file", "{}"),
        ("serve", "gen:1?messages=1", "--oauth-tokens", "{}"),
        ("serve", "gen:1?messages=1", "--oauth-keys", "{}"),
        ("serve", "gen:1?messages=1", "--user", "a:bcde", "--cert", "{}", "--key", __file__),
        ("serve", "gen:1?messages=1", "--user", "a:bcde", "--cert", __file__, "--key", "{}"),
        ("record", "127.0.0.1:1", "--out", "/dev/null", "--ca", "{}"),
        ("doctor", "gen:1?messages=1", "--users-file", "{}"),
    ],
    ids=["replay", "scenario", "config", "users", "tokens", "keys", "cert", "key", "ca", "doctor"],
)
def test_what_is_read_is_a_regular_file_of_a_bounded_size(
    tmp_path: Path, words: Sequence[str], make: Callable[[Path], object], why: str
) -> None:
    path = tmp_path / "named"
    make(path)
    ran = told_by(*(word.format(path) for word in words))
    said = ran.stderr + ran.stdout
    assert ran.returncode == 2
    assert str(path) in said
    assert why in said
    assert "Traceback" not in said


def test_a_message_of_a_scenario_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[[message]]\nfile = "/dev/zero"\n')
    ran = told_by("scenario", "check", str(tmp_path / "x.toml"))
    assert ran.returncode == 2
    assert "message[1]: " in ran.stderr
    assert "it is a device" in ran.stderr


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "1" * 5000, "a = 0x" + "f" * 5000])
@pytest.mark.parametrize(
    "words", [("serve", "--config"), ("doctor", "--config"), ("scenario", "check")]
)
def test_toml_is_a_sentence_whatever_is_in_it(
    tmp_path: Path, words: Sequence[str], text: str
) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    ran = told_by(*words, str(path))
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"pop3lab: {path}: ")
    assert ran.stderr.count("\n") == 1
    assert len(ran.stderr) < 300


WRITING = [
    ("--port-file",),
    ("--tls-self-signed", "--tls-port", "0", "--ca-out"),
    ("--transcript",),
]


@pytest.mark.parametrize("words", WRITING, ids=["port-file", "ca-out", "transcript"])
@pytest.mark.parametrize("target", ["elsewhere", "/dev/full"])
def test_nothing_is_written_through_a_link(
    tmp_path: Path, words: Sequence[str], target: str
) -> None:
    path, elsewhere = tmp_path / "named", tmp_path / "elsewhere"
    elsewhere.write_text("mine\n")
    path.symlink_to(tmp_path / target)
    serve = ("serve", "gen:1?messages=1", "--user", "ann:secret", "--port", "0")
    ran = told_by(*serve, *words, str(path))
    assert ran.returncode in (2, 3)
    assert "it is a link, and only a new or a regular file" in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("pop3lab: ")
    assert "Traceback" not in ran.stderr
    assert path.is_symlink()
    assert elsewhere.read_text() == "mine\n"
    ran = told_by("doctor", "gen:1?messages=1", "--user", "ann:secret", *words, str(path))
    assert ran.returncode == 2
    assert "can't be written: it is a link" in ran.stdout


@pytest.mark.parametrize("words", WRITING[:2], ids=["port-file", "ca-out"])
def test_a_device_is_not_replaced(words: Sequence[str]) -> None:
    serve = ("serve", "gen:1?messages=1", "--user", "ann:secret", "--port", "0")
    ran = told_by(*serve, *words, "/dev/full")
    assert ran.returncode in (2, 3)
    assert "/dev/full: it is a device, and only a new or a regular file is written" in ran.stderr
    assert stat.S_ISCHR(os.lstat("/dev/full").st_mode)


@pytest.mark.parametrize("port_file", ["/dev/full", "nowhere/port"])
def test_what_was_said_before_is_kept_where_the_server_can_not_start(
    tmp_path: Path, port_file: str
) -> None:
    said = tmp_path / "said"
    said.write_text("before\n")
    serve = ("serve", "gen:1?messages=1", "--user", "ann:secret", "--port", "0")
    ran = told_by(*serve, "--transcript", str(said), "--port-file", port_file)
    assert ran.returncode == 3
    assert f"pop3lab: {port_file}: " in ran.stderr
    assert said.read_text() == "before\n"


def test_what_a_server_writes_and_for_whom(tmp_path: Path) -> None:
    names = ("port", "ca", "said")
    port, ca, said = (tmp_path / name for name in names)
    tls = ("--tls-self-signed", "--tls-port", "0", "--ca-out", ca)
    with serving(
        "gen:1?messages=1", "--user", "ann:secret", "--port-file", port, "--transcript", said, *tls
    ) as server:
        server.logged_in()
        assert sorted(os.listdir(tmp_path)) == sorted(names)
        modes = [path.stat().st_mode & 0o777 for path in (port, ca, said)]
        assert modes[2] == 0o600
        assert all(mode & 0o444 == 0o444 for mode in modes[:2])
        assert server.stop() == 0
    assert "C: USER ann" in said.read_text()


def test_a_scenario_writes_as_safely(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[[message]]\ntext = "x"\n')
    named, elsewhere = tmp_path / "named", tmp_path / "elsewhere"
    elsewhere.write_text("mine\n")
    named.symlink_to(elsewhere)
    ran = told_by("scenario", "run", str(tmp_path / "x.toml"), "--ca-out", str(named))
    assert ran.returncode == 3
    assert f"pop3lab: {named}: it is a link" in ran.stderr
    assert elsewhere.read_text() == "mine\n"
