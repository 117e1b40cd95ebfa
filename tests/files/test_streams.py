"""Transcripts and the like: for their owner, in no planted place, and in pipes."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from pop3lab.files.streams import OutputStream, check_stream
from tests.files.planted import ALL, Plant

SECONDS = 20
REFUSED = {name: planted for name, planted in ALL.items() if name != "pipe"}


def written(path: str, text: str) -> None:
    with OutputStream(path, wait_for_reader=True) as stream:
        stream.empty()
        stream.write(text)


def test_a_new_one_is_for_its_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        written(str(tmp_path / "x"), "said\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    assert (tmp_path / "x").read_text() == "said\n"


def test_one_that_is_there_is_written_anew_when_it_is_time(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("an old and longer one\n")
    with OutputStream(str(path)) as stream:
        assert path.read_text() == "an old and longer one\n"
        stream.empty()
        assert path.read_text() == ""
        stream.write("new\n")
    assert path.read_text() == "new\n"


@pytest.mark.parametrize(("plant", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_file_of_ours_is_refused(tmp_path: Path, plant: Plant, why: str) -> None:
    path = tmp_path / "x"
    plant(path)
    there = sorted(os.listdir(tmp_path))
    for look in (check_stream, OutputStream):
        with pytest.raises(OSError, match=f"{why}|Is a directory") as caught:
            look(str(path))
        assert caught.value.filename == str(path)
    assert sorted(os.listdir(tmp_path)) == there
    assert not (tmp_path / "elsewhere").exists() or (tmp_path / "elsewhere").read_text() == "mine\n"


def test_a_hard_link_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine\n")
    os.link(tmp_path / "elsewhere", tmp_path / "x")
    for look in (check_stream, OutputStream):
        with pytest.raises(OSError, match="it has another name, too"):
            look(str(tmp_path / "x"))
    assert (tmp_path / "elsewhere").read_text() == "mine\n"


def test_the_file_of_another_user_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_text("theirs\n")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    for look in (check_stream, OutputStream):
        with pytest.raises(PermissionError, match="it belongs to another user"):
            look(str(tmp_path / "x"))
    assert (tmp_path / "x").read_text() == "theirs\n"


def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    written("/dev/null", "said\n")
    os.mkfifo(tmp_path / "pipe")
    writing = Thread(target=written, args=(str(tmp_path / "pipe"), "said\n"))
    writing.start()  # and waits for a reader
    assert (tmp_path / "pipe").read_text() == "said\n"
    writing.join(SECONDS)


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting_who_is_not_patient(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        OutputStream(str(tmp_path / "pipe"))


@pytest.mark.parametrize("name", ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"])
def test_a_descriptor_of_ours_by_its_name_and_nothing_of_it_is_lost(
    tmp_path: Path, name: str
) -> None:
    program = (
        "import sys; sys.stderr.write('before\\n'); sys.stderr.flush();"
        "from pop3lab.files.streams import OutputStream; stream = OutputStream(sys.argv[1]);"
        "stream.empty(); stream.write('said\\n'); stream.close(); sys.stderr.write('after\\n')"
    )
    with (tmp_path / "log").open("w") as log:
        subprocess.run([sys.executable, "-c", program, name], stderr=log, check=True)
    assert (tmp_path / "log").read_text() == "before\nsaid\nafter\n"


def test_a_descriptor_that_is_not_open() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        OutputStream("/dev/fd/987")
