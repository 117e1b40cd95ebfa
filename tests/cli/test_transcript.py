"""`pop3lab transcript FILE`, and the transcript on a terminal."""

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from pop3lab.cli import main as cli
from tests.served import COMMAND, SECONDS, Client

TEXT = "1    0.000 C: NOOP\n1    0.100 S: +OK\n2    0.000 (reset)\n"


def printed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cli.main(["transcript", *words], {}) == code
    out, err = capsys.readouterr()
    return out or err


def test_each_form_is_made_of_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, lines = tmp_path / "said.txt", tmp_path / "said.jsonl"
    file.write_text(TEXT)
    lines.write_text(printed(capsys, str(file), "--json"))
    assert json.loads(lines.read_text().splitlines()[1])["text"] == "+OK"
    assert printed(capsys, str(lines)) == TEXT
    page = printed(capsys, str(lines), "--html")
    assert page == printed(capsys, str(file), "--html").replace("said.txt", "said.jsonl")
    assert "<title>said.jsonl</title>" in page
    assert '<p class="client"><small>0.000</small><b>C:</b><code>NOOP</code></p>' in page


def test_a_terminal_gets_colours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "said.txt").write_text(TEXT)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[36mC: NOOP\x1b[0m" in printed(capsys, str(tmp_path / "said.txt"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "is not a transcript: it is not UTF-8"),
        (b"C; NOOP\n", "line 1: `C; NOOP` is not a line of a transcript"),
        (b'{"session": 1}\n', "line 1: it is not an object with session, seconds and who"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_transcript(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    file = tmp_path / "said.txt"
    if content is not None:
        file.write_bytes(content)
    assert printed(capsys, str(file), code=2).startswith(f"pop3lab: {file}: {told}")


def test_the_dialogue_is_on_a_terminal_as_it_happens(tmp_path: Path) -> None:
    """And no variable but NO_COLOR changes it; stdout has the port and the statistics only."""
    leader, follower = pty.openpty()
    environ = {**os.environ, "TERM": "xterm"}
    environ.pop("NO_COLOR", None)
    with subprocess.Popen(
        [*COMMAND, str(tmp_path), "--transcript", "-", "--control"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=environ,
    ) as process:
        os.close(follower)
        assert process.stdout
        client = Client(int(process.stdout.readline()))
        shown = ""
        while "S: +OK " not in shown and select.select([leader], [], [], SECONDS)[0]:
            shown += os.read(leader, 4096).decode()
        assert re.search(r"\x1b\[32mS: \+OK .*\x1b\[0m", shown)
        client.close()
        process.terminate()
        out, _ = process.communicate(timeout=SECONDS)
        assert out == b"0\n"
    os.close(leader)
