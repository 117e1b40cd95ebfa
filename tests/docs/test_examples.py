"""The examples of the manual do what it says."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from docs.terminal import without_colours

from pop3lab.cli.main import main
from pop3lab.scenario.scenario import load_scenario
from tests.docs.snippets import (
    EXAMPLES,
    PICTURE,
    PYTEST,
    output,
    picture_of,
    report,
    run,
    scripts,
    settled,
)


def test_the_tests_of_the_manual_pass(tmp_path: Path) -> None:
    words = [*PYTEST, "-W", "error", "-c", str(EXAMPLES / "pytest.ini"), "--rootdir", str(EXAMPLES)]
    words += [str(EXAMPLES), "--ignore", str(EXAMPLES / "wrong")]
    words += ["--ignore", str(EXAMPLES / "beside")]  # tests/beside has what these need
    said = run(words, tmp_path, {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert re.fullmatch(r"\d+ passed in [\d.]+s", said.splitlines()[-1].strip("= ")), said


@pytest.fixture(scope="module")
def reported() -> str:
    return report()


def test_the_test_that_is_wrong_fails_as_is_shown(reported: str) -> None:
    shown = (EXAMPLES / "wrong" / "report.txt").read_text()
    assert _transcript(without_colours(reported)) == _transcript(shown)


def test_the_picture_is_that_of_the_report(reported: str) -> None:
    """If not: python -m tests.docs.snippets."""
    assert PICTURE.read_text(encoding="utf-8") == picture_of(reported)


def _transcript(report: str) -> list[str]:
    """The section of it, which is ours: the rest is as the version of pytest has it."""
    return settled(report[report.index("POP3 transcript") : report.index("short test summary")])


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.stem)
def test_a_script_prints_what_is_shown(script: Path, tmp_path: Path) -> None:
    assert settled(output(script, tmp_path)) == settled(script.with_suffix(".txt").read_text())


def test_the_scenario_is_right() -> None:
    assert len(load_scenario(EXAMPLES / "outage.toml").expected) == 3


def test_the_settings_are_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mail").mkdir()
    file = tmp_path / "serve.toml"
    file.write_bytes((EXAMPLES / "serve.toml").read_bytes())
    words = ["doctor", "--config", str(file), "--port", "0", "--tls-port", "0"]
    assert main(words, {}) == 0, capsys.readouterr().out


COMMANDS = {"pip install -e '.[test]'", "pytest --junit-xml=report.xml"}


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_ci_runs_these_commands(name: str) -> None:
    text = (EXAMPLES / "ci" / name).read_text()
    found = re.findall(r"- (?:run: )?((?:pip|pytest) .*)", text)
    assert set(found) == COMMANDS
    assert "\t" not in text


def test_the_script_for_ci_is_a_script() -> None:
    subprocess.run(["sh", "-n", str(EXAMPLES / "ci" / "other_language.sh")], check=True)
