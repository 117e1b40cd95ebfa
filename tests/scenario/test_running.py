"""Scenarios served by the command, and what clients did held against them."""

import poplib
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 15
TEXT = """
[[message]]
text = "Subject: one"

[[expect]]
commands = ["USER", "PASS", "RETR 1", "QUIT"]

[[expect]]
transcript = '''
S: +OK...
C: USER user
S: +OK...
C: PASS password
S: +OK...
C: QUIT
S: +OK...
'''
"""


@pytest.mark.parametrize(("second", "code"), [("QUIT", 0), ("STAT", 1)])
def test_it_ends_after_the_expected_sessions_with_a_verdict(
    tmp_path: Path, second: str, code: int
) -> None:
    path, transcript = tmp_path / "scenario.toml", tmp_path / "transcript"
    path.write_text(TEXT)
    words = ("run", str(path), "--transcript", str(transcript))
    with subprocess.Popen(
        [sys.executable, "-m", "pop3lab", "scenario", *words], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        for verb in ("RETR 1", second):
            box = poplib.POP3("127.0.0.1", port, SECONDS)
            box.user("user")
            box.pass_("password")
            if verb == "RETR 1":
                box.retr(1)
            elif verb == "STAT":
                box.stat()
            box.quit()
        told, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == code
    assert ("STAT" in told) is bool(code)
    assert "C: RETR 1" in transcript.read_text()
