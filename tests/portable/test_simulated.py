"""The same features where Linux has no more than another system has, and what it says there."""

import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CI = ROOT / ".github" / "workflows" / "ci.yml"
PAGE = ROOT / "docs" / "reference" / "systems.md"
MARK = "<!-- made by a run -->\n"
SECONDS = 60

COLUMNS = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}


def on(system: str, *arguments: str, within: Path) -> "subprocess.CompletedProcess[str]":
    """Run pytest or pop3lab where Linux has no more than this system."""
    paths = [str(ROOT), str(ROOT / "src")]
    return subprocess.run(
        [sys.executable, "-m", "tests.portable.systems", system, *arguments],
        cwd=within,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def features_on(system: str, within: Path) -> dict[str, str]:
    """Each feature, with what became of it."""
    file = within / f"{system}.xml"
    options = ["-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    options += [f"--junitxml={file}", f"--basetemp={within / system}"]
    features = str(ROOT / "tests/portable/test_features.py")
    run = on(system, "pytest", *options, features, within=within)
    assert run.returncode < 2, run.stdout + run.stderr  # tests may fail, and that is all
    found: dict[str, str] = {}
    for case in ET.parse(file).iter("testcase"):
        name = str(case.get("name")).partition("[")[0].removeprefix("test_").replace("_", " ")
        name = re.sub(r"\b(apop|ca|sasl|stls|tls)\b", lambda word: word[0].upper(), name)
        failed = case.find("failure") is not None or case.find("error") is not None
        skipped = case.find("skipped") is not None
        become = "fails" if failed else "skipped" if skipped else "yes"
        found[name] = become if found.get(name, "yes") == "yes" else found[name]
    return found


def features(within: Path) -> dict[str, dict[str, str]]:
    """The features on each system."""
    with ThreadPoolExecutor(len(COLUMNS)) as pool:
        found = pool.map(features_on, COLUMNS, [within] * len(COLUMNS))
        return dict(zip(COLUMNS, found, strict=True))


def table(columns: dict[str, dict[str, str]]) -> str:
    """As it stands in the manual."""
    names = list(next(iter(columns.values())))
    lines = [f"| feature | {' | '.join(COLUMNS[system] for system in columns)} |"]
    lines += ["|" + "---|" * (len(columns) + 1)]
    for name in names:
        became = " | ".join(column.get(name, "-") for column in columns.values())
        lines.append(f"| {name} | {became} |")
    return "\n".join(lines) + "\n"


def test_all_features_on_all_systems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is that of the manual, which `python -m tests.portable` writes."""
    columns = features(tmp_path)
    made = table(columns)
    with capsys.disabled():
        print(f"\n{made}")
    assert len(columns["linux"]) > 30
    assert {word for column in columns.values() for word in column.values()} == {"yes"}, made
    assert PAGE.read_text(encoding="utf-8").partition(MARK)[2] == f"\n{made}"


@pytest.mark.parametrize("words", re.findall("-m pytest (.*)", CI.read_text(encoding="utf-8")))
def test_ci_finds_its_tests_on_windows(words: str) -> None:
    options = ["-p", "no:cacheprovider", "--collect-only", *shlex.split(words)]
    run = on("windows", "pytest", *options, within=ROOT)
    assert run.returncode == 0, run.stdout


SENTENCE = "pop3lab: the command needs Linux or macOS; on Windows use Pop3Server, or WSL\n"


@pytest.mark.parametrize(
    "words",
    ["", ".", "serve .", "doctor .", "record a:110 --out x", "replay x", "scenario run a.toml"],
)
def test_what_the_command_says_on_windows(words: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("", encoding="ascii")
    run = on("windows", "pop3lab", *words.split(), within=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (2, "", SENTENCE)
