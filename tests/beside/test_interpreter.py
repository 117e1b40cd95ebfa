"""Beside what a machine and its interpreter have: settings, limits, forks, signals."""

from pathlib import Path

import pytest

from pop3lab.stores.unique_ids import legal_uid
from tests.beside.session import FAILS, TRANSCRIPT, USUAL, run


@pytest.mark.parametrize("options", [("-s",), ("-p", "no:capture"), ("-n", "2")])
def test_usual_options_of_pytest(options: tuple[str, ...], tmp_path: Path) -> None:
    run(tmp_path, USUAL, *options).check(passed=5)


@pytest.mark.parametrize("python", [("-O",), ("-X", "dev", "-W", "error")], ids=["-O", "dev"])
def test_usual_options_of_python(python: tuple[str, ...], tmp_path: Path) -> None:
    options = ("-W", "error") if "-O" not in python else ()  # pytest itself warns of it
    run(tmp_path, USUAL, *options, python=python).check(passed=5)


@pytest.mark.parametrize("seed", ["0", "123"])
def test_any_seed_of_hashes(seed: str, tmp_path: Path) -> None:
    run(tmp_path, USUAL, PYTHONHASHSEED=seed).check(passed=5)


def test_a_folder_for_temporary_files_with_a_long_name(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(3):
        folder = folder / ("x" * 200)
    folder.mkdir(parents=True)
    run(tmp_path, USUAL, TMPDIR=str(folder), HOME="/nowhere").check(passed=5)


NAMES = """
import os

def test_it(make_pop3_server, tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"\\xc3\\xbc.eml"), "wb") as file:
        file.write(b"one")
    assert make_pop3_server(tmp_path).messages[0].uid == "{uid}"
"""


def test_the_locale_changes_no_unique_id(tmp_path: Path) -> None:
    tests = NAMES.replace("{uid}", legal_uid("\u00fc.eml"))
    run(tmp_path, tests, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0").check(passed=1)
    (tmp_path / "utf-8").mkdir()
    run(tmp_path / "utf-8", tests, LC_ALL="C.UTF-8").check(passed=1)


KILLED = """
import os, signal

def test_killed(pop3_server):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_of_xdist_that_is_killed(tmp_path: Path) -> None:
    run(tmp_path, USUAL + KILLED, "-n", "2").check(failed=1, passed=5)


FORKS = """
import multiprocessing
import os

def status(address):
    client = poplib.POP3(*address, timeout=10)
    client.quit()

@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_processes(pop3_server, how):
    context = multiprocessing.get_context(how)
    process = context.Process(target=status, args=(pop3_server.address,))
    process.start()
    process.join(30)
    assert process.exitcode == 0
    assert pop3_server.wait_session().end_reason == "quit"

def test_the_server_itself(pop3_server):
    context = multiprocessing.get_context("spawn")
    with pytest.raises(TypeError, match="give others server.host and server.port"):
        context.Process(target=status, args=(pop3_server,)).start()
"""


def test_processes(tmp_path: Path) -> None:
    run(tmp_path, USUAL + FORKS).check(passed=9)


FEW = """
import resource
import socket

@pytest.mark.pop3(messages=["one"])
def test_many_clients(pop3_server):
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        clients = [socket.create_connection(pop3_server.address) for _ in range(60)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))

def test_next(pop3_server):
    assert fetch(pop3_server) == []
"""


def test_few_descriptors_and_many_clients(tmp_path: Path) -> None:
    ended = run(tmp_path, USUAL + FEW)
    assert ended.outcomes["failed"] == 1, ended.said
    assert ended.outcomes["passed"] == 6, ended.said
    assert "Too many open files" in ended.said


INTERRUPTED = """
import os, signal, threading

def test_interrupted(pop3_server):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    pop3_server.wait_session(60)
"""


def test_an_interrupt_ends_a_wait(tmp_path: Path) -> None:
    ended = run(tmp_path, INTERRUPTED)
    assert ended.code == 2, ended.said
    assert "KeyboardInterrupt" in ended.said


PROMPT = """
def test_it(pop3_server, monkeypatch):
    asked = []
    monkeypatch.setattr("sys.breakpointhook", lambda: asked.append(fetch(pop3_server)))
    breakpoint()
    assert asked == [[]]
"""


def test_a_prompt_of_the_debugger_stops_no_server(tmp_path: Path) -> None:
    run(tmp_path, USUAL + PROMPT).check(passed=6)


def test_the_transcript_of_a_test_that_fails(tmp_path: Path) -> None:
    assert TRANSCRIPT in run(tmp_path, FAILS).said
