"""The examples for other languages, run where the machine has the language."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
BIN = Path(sys.executable).parent  # where the command pop3lab is

COMMANDS = {  # each in the folder of its language
    "perl": ["perl", "fetch.t"],
    "shell": ["sh", "fetch.sh"],
    "python": [sys.executable, "test_fetch.py"],
    "javascript": ["node", "--test"],
    "ruby": ["ruby", "fetch_test.rb"],
    "java": ["java", "FetchTest.java"],
    "go": ["go", "test", "-count=1"],
}
# TLS, users, tokens, events and commands together; they ask curl.
TOGETHER = {
    "shell": ["sh", "together.sh"],
    "perl": ["perl", "together.t"],
    "ruby": ["ruby", "together_test.rb"],
}
# Those that `make test` brings; the others where they are.
BROUGHT = ["perl", "shell", "python", "javascript", "ruby"]
OTHERS = {"docs", "messages", "scenarios"}  # what is in the folder besides
FOUND = [name for name, (program, *_) in COMMANDS.items() if shutil.which(program)]


@pytest.mark.parametrize("language", [*BROUGHT, *sorted(set(FOUND) - set(BROUGHT))])
def test_the_example_passes(language: str, tmp_path: Path) -> None:
    _run(language, COMMANDS[language], tmp_path)


@pytest.mark.parametrize("language", TOGETHER)
def test_all_options_work_together_from_any_language(language: str, tmp_path: Path) -> None:
    _run(language, TOGETHER[language], tmp_path)


def _run(language: str, command: list[str], tmp_path: Path) -> None:
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    ended = subprocess.run(
        command,
        cwd=EXAMPLES / language,
        env={**os.environ, "PATH": path, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_language_has_an_example_that_is_run() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders - OTHERS == set(COMMANDS)
