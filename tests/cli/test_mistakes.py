"""Mistaken command lines: the answer to each is one clear sentence that says what to do.

They are in mistakes.txt, as on a terminal. The exit code is 2 unless it is given.
"""

import gc
import io
import re
import shlex
import signal
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from pop3lab.cli import main as cli
from pop3lab.cli.commands import CLI_COMMANDS

TEXT = (Path(__file__).parent / "mistakes.txt").read_text()
MISTAKES = re.findall(r"^\$ pop3lab ?(.*)\n(.*\n)(?:\(exit (\d+)\)\n)?", TEXT, re.MULTILINE)

FILES = {
    "mail/1": "Subject: x\r\n\r\nhello\r\n",
    "inbox": "From a@b Thu Jan  1 00:00:00 1970\nSubject: 1\n\none\n\n",
    "text": "hello\n",
    "said.txt": "C; NOOP\n",
    "empty.txt": "",
    "bad.toml": "port = \n",
    "typo.toml": "prot = 1110\n",
    "kind.toml": "port = 'x'\n",
    "kind2.toml": "public = 'yes'\n",
    "user.toml": "[[user]]\nname = 'ann'\npasword = 'x'\n",
    "rule.toml": "[[rule]]\nwhen = 'RETR 2'\n",
    "scen.toml": "[sevrer]\n",
    "users": "ann:{MD6}xxx\n",
    "users2": "ann\n",
    "tokens": "token\n",
    "cert.pem": "nothing\n",
}


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    """A server that does not start leaves its sockets to the end of its process: here it is now."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with good and bad files; it is the current one."""
    (tmp_path / "mail").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "bin.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "cert.pem").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("a long word\n"))


@pytest.fixture
def taken() -> Iterator[int]:
    """A port in use. A server that starts all the same is stopped."""

    def stop(*signal: object) -> None:
        raise TimeoutError("this is no mistake: a server runs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


@pytest.mark.usefixtures("folder")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("line", "answer", "code"), MISTAKES)
def test_the_answer_says_what_to_do(
    line: str, answer: str, code: str, taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(line.replace("{taken}", str(taken)))
    assert cli.main(words, {}) == int(code or 2)
    assert capsys.readouterr() == ("", answer.replace("{taken}", str(taken)))


def test_there_are_many_for_each_command() -> None:
    """And the pattern has found all of them."""
    lines = [f"{line} " for line, _, _ in MISTAKES]
    assert len(lines) == TEXT.count("$ pop3lab") > 100
    assert len(set(lines)) == len(lines)
    unable = {"version"}  # it takes anything
    for name in {"mail", *CLI_COMMANDS} - unable:
        assert any(line.startswith(f"{name} ") for line in lines), name
