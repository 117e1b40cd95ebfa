"""Scenarios served by the command, and what clients did held against them."""

import poplib
import re
import smtplib
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.forked import Forked

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


@pytest.mark.parametrize(
    ("when", "do", "told"),
    [
        ("PASS nth=9", "auth-fail-temporary", "this quirk never took effect"),
        ("RETR 1", "reset", "this fault never happened"),
        ("CAPA", "capa-empty", ""),
        ("", "list-empty-err", ""),  # always there: it may have nothing to do
    ],
)
def test_a_rule_that_never_took_effect_is_told(
    tmp_path: Path, when: str, do: str, told: str
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(f'[[message]]\ngenerate = 1\n[[rule]]\nwhen = "{when}"\ndo = "{do}"\n')
    with Forked(["scenario", "run", str(path), "--sessions", "1"]) as process:
        assert process.stdout
        box = poplib.POP3("127.0.0.1", int(process.stdout.readline()), SECONDS)
        box.capa()
        box.quit()
        said, _ = process.communicate(timeout=SECONDS)
    assert said.decode() == (f"{told}: {when} -> {do}\n" if told else "")
    assert process.returncode == bool(told)


@pytest.mark.parametrize(("second", "code"), [("QUIT", 0), ("STAT", 1)])
def test_it_ends_after_the_expected_sessions_with_a_verdict(
    tmp_path: Path, second: str, code: int
) -> None:
    path, transcript = tmp_path / "scenario.toml", tmp_path / "transcript"
    path.write_text(TEXT.replace('"Subject: one"', '"""Subject: one\n\n' + "text\n" * 300 + '"""'))
    whole = ["--transcript-bodies"] * code
    words = ("run", str(path), "--transcript", str(transcript), *whole)
    with Forked(["scenario", *words]) as process:
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
    assert (b"STAT" in told) is bool(code)
    assert "C: RETR 1" in (text := transcript.read_text())
    assert ("(folded: " in text) is not bool(code)


def test_mail_comes_in_by_smtp(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text("")
    words = ["scenario", "run", str(path), "--sessions", "1", "--smtp-port", "0"]
    with Forked(words, stderr=PIPE) as process:
        assert process.stdout
        assert process.stderr
        told = process.stderr.readline().decode()
        url = re.fullmatch(r"pop3lab: mail in: smtp://127\.0\.0\.1:(\d+)\n", told)
        assert url
        with smtplib.SMTP("127.0.0.1", int(url[1]), timeout=SECONDS) as sender:
            sender.sendmail("joe@host", "user@host", "Subject: hi\n\n")
        box = poplib.POP3("127.0.0.1", int(process.stdout.readline()), SECONDS)
        box.user("user")
        box.pass_("password")
        assert box.stat()[0] == 1
        box.quit()
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
