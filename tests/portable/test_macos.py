"""The command where Linux has no more than macOS has."""

import os
import poplib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.portable.test_simulated import ROOT, SECONDS, on

PATHS = os.pathsep.join([str(ROOT), str(ROOT / "src")])


@contextmanager
def command(*words: str, stdin: int | IO[bytes], within: Path) -> "Iterator[subprocess.Popen[str]]":
    """pop3lab on macOS, ended at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.portable.systems", "macos", "pop3lab", *words],
        cwd=within,
        env={**os.environ, "PYTHONPATH": PATHS},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("kind", ["null", "empty", "file"])
def test_the_end_of_stdin_ends_it(kind: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "file").write_bytes(b"ping\n")
    path = "/dev/null" if kind == "null" else str(tmp_path / kind)
    with (
        open(path, "rb") as stdin,
        command(".", "--exit-on-stdin-eof", stdin=stdin, within=tmp_path) as process,
    ):
        assert process.wait(SECONDS) == 0


def test_commands_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "commands"
    file.write_bytes(b"rules\n")
    words = [".", "--control", "--exit-on-stdin-eof"]
    with file.open("rb") as stdin, command(*words, stdin=stdin, within=tmp_path) as process:
        told, _ = process.communicate(timeout=SECONDS)
        assert told.splitlines()[1].startswith('ok {"seed": ')


def test_stdin_that_can_not_be_waited_for_is_told(tmp_path: Path) -> None:
    import pty  # which Windows lacks, where this file is read, too

    ours, theirs = pty.openpty()
    (tmp_path / "1").write_bytes(b"Subject: one\r\n\r\n")
    with command(".", "--exit-on-stdin-eof", stdin=theirs, within=tmp_path) as process:
        assert process.stderr
        assert "failed: [Errno 22] Invalid argument" in process.stderr.readline()
    os.close(ours)
    os.close(theirs)


def test_workers_share_a_socket(tmp_path: Path) -> None:
    words = ["serve", ".", "--user", "ann:secret", "--port", "0", "--workers", "3"]
    with command(*words, stdin=subprocess.DEVNULL, within=tmp_path) as process:
        assert process.stdout
        port = int(process.stdout.readline().split()[-1].rpartition(":")[2])
        clients: list[Any] = [poplib.POP3("127.0.0.1", port, timeout=SECONDS) for _ in range(20)]
        for client in clients:
            client.quit()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


SYNC = """
from tests.portable.systems import become, full_syncs
become("macos")
import os, sys
from pop3lab.files.durable import sync
descriptor = os.open(".", os.O_RDONLY)
sync(descriptor)
assert full_syncs == [descriptor]
"""


def test_what_is_to_last_is_asked_of_the_drive(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", SYNC],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PATHS},
        timeout=SECONDS,
        check=True,
    )


@pytest.mark.parametrize("store", ["folder", "maildir", "mbox"])
def test_stores_of_files(store: str, tmp_path: Path) -> None:
    """They are opened; what they do is the same."""
    for name in ("folder", "maildir/new", "maildir/cur", "maildir/tmp"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "mbox").write_bytes(b"")
    run = on("macos", "pop3lab", "doctor", store, "--user", "ann:secret", within=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
