"""Each way of telling that the sockets listen."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pop3lab.transport.listen import print_line
from pop3lab.transport.readiness import PortFile, ReadinessNotifier, ready_line, tell_descriptor
from tests.files.planted import ALL, Plant

# stdout, the port file, the descriptor


def test_the_line_is_the_port_of_pop3_if_there_is_one() -> None:
    assert ready_line("port", {"pop3": 1110, "pop3s": 1995}) == "1110\n"
    assert ready_line("port", {"pop3s": 1995}) == "1995\n"


def test_json_has_the_ports_that_exist_and_the_process_on_one_line() -> None:
    line = ready_line("json", {"pop3": 1110, "pop3s": 1995})
    assert line.index("\n") == len(line) - 1
    assert json.loads(line) == {"pop3": 1110, "pop3s": 1995, "pid": os.getpid()}
    assert json.loads(ready_line("json", {"pop3s": 5})) == {"pop3s": 5, "pid": os.getpid()}


def test_the_line_is_written_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    print_line("1110\n")
    assert capfd.readouterr().out == "1110\n"


def test_where_nobody_reads_the_line_there_is_no_use_in_serving() -> None:
    program = (
        "import sys; sys.stdin.readline(); from pop3lab.transport.listen import print_line\n"
        "try: print_line('1\\n')\n"
        "except OSError as error: print_line('2\\n'); sys.exit(error.strerror.split(',')[0])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.close()
        process.stdout = None  # communicate would read it
        assert process.communicate(b"\n", timeout=30)[1] == b"nobody reads it\n"
        assert process.returncode == 1


def test_the_port_file_is_there_from_ready_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with PortFile(str(path), "1110\n"):
        assert path.read_text() == "1110\n"
        assert os.listdir(tmp_path) == ["port"]
    assert os.listdir(tmp_path) == []


def test_the_port_file_replaces_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.write_text("1\n")
    with PortFile(str(path), "2\n"):
        assert path.read_text() == "2\n"
        assert stat.S_IMODE(path.stat().st_mode) & 0o400


@pytest.mark.parametrize(("plant", "why"), ALL.values(), ids=ALL)
def test_the_port_file_is_nothing_that_was_planted(tmp_path: Path, plant: Plant, why: str) -> None:
    path = tmp_path / "port"
    plant(path)
    (tmp_path / f"port.{os.getpid()}").symlink_to(tmp_path / "planted")
    there = sorted(os.listdir(tmp_path))
    with pytest.raises(OSError, match=why):
        PortFile(str(path), "2\n")
    assert sorted(os.listdir(tmp_path)) == there


def test_a_link_that_replaced_the_port_file_is_left(tmp_path: Path) -> None:
    path, moved = tmp_path / "port", tmp_path / "moved"
    with PortFile(str(path), "1\n"):
        path.rename(moved)
        path.symlink_to(moved)
    assert path.is_symlink()


def test_a_port_file_of_another_server_is_left(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with PortFile(str(path), "1\n"):
        PortFile(str(path), "2\n")
    assert path.read_text() == "2\n"
    path.unlink()
    PortFile(str(path), "1\n").remove()
    assert not path.exists()


def test_a_port_file_that_can_t_be_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PortFile(str(tmp_path / "nowhere" / "port"), "1\n")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        PortFile(str(tmp_path / "folder"), "1\n")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_gone_port_file_is_no_error(tmp_path: Path) -> None:
    with PortFile(str(tmp_path / "port"), "1\n"):
        (tmp_path / "port").unlink()


def test_the_descriptor_gets_a_newline_and_is_closed() -> None:
    reading, writing = os.pipe()
    tell_descriptor(writing)
    assert os.read(reading, 10) == b"\n"
    assert os.read(reading, 10) == b""  # the end: it is closed
    os.close(reading)


def test_nobody_may_wait_at_the_descriptor() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    tell_descriptor(writing)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(writing)
    with pytest.raises(OSError, match="Bad file descriptor"):
        tell_descriptor(writing)


# the service manager


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A manager's socket, and its address as NOTIFY_SOCKET has it."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(5)
        if request.param == "abstract":
            receiver.bind("\0" + name)
            name = "@" + name
        else:
            receiver.bind(name)
        yield receiver, name


def test_all_that_is_said(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    notifier = ReadinessNotifier({"NOTIFY_SOCKET": address})
    notifier.ready("serving on\n1110")
    assert receiver.recv(1000) == b"READY=1\nSTATUS=serving on 1110"
    notifier.ready()
    assert receiver.recv(1000) == b"READY=1"
    notifier.status("3 sessions")
    assert receiver.recv(1000) == b"STATUS=3 sessions"
    notifier.alive()
    assert receiver.recv(1000) == b"WATCHDOG=1"
    notifier.stopping()
    assert receiver.recv(1000) == b"STOPPING=1"


def test_a_reload_has_its_time(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    before = time.monotonic_ns() // 1000
    ReadinessNotifier({"NOTIFY_SOCKET": address}).reloading()
    said = re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=([0-9]+)", receiver.recv(1000))
    assert said
    assert before <= int(said[1]) <= time.monotonic_ns() // 1000


def test_without_a_manager_nothing_happens() -> None:
    ReadinessNotifier({}).ready()


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody-is-here", "x" * 200, "\0"])
def test_errors_are_never_fatal(address: str) -> None:
    ReadinessNotifier({"NOTIFY_SOCKET": address}).ready()


def test_a_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        notifier = ReadinessNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _ in range(2000):
            notifier.alive()


def test_the_watchdog_is_for_this_process_only() -> None:
    def seconds(**environ: str) -> float | None:
        return ReadinessNotifier(environ).watchdog

    assert seconds(WATCHDOG_USEC="30000000") == 15
    assert seconds(WATCHDOG_USEC="30000000", WATCHDOG_PID=str(os.getpid())) == 15
    assert seconds(WATCHDOG_USEC="30000000", WATCHDOG_PID="1") is None
    assert seconds(WATCHDOG_USEC="0") is None
    assert seconds(WATCHDOG_USEC="soon") is None
    assert seconds() is None


def test_the_variables_are_not_for_children() -> None:
    environ = {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "HOME": "/"}
    ReadinessNotifier(environ)
    assert environ == {"HOME": "/"}
