"""The first quirk of CONTRIBUTING.md works as it is written there."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.snippets import ROOT, run

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUIRK = PAGE[PAGE.index("## A first quirk") : PAGE.index("## What we don't want")]
ADDED = re.findall(r"end of\s+`([^`]+)`:\n\n```python\n(.*?)```", QUIRK, re.DOTALL)
CONSOLE = re.findall(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", QUIRK, re.MULTILINE)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which the page has been followed."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    compiled = shutil.ignore_patterns("__pycache__")  # other tests write there meanwhile
    for name in ("src", "tests", "docs", "benchmarks", "examples"):
        shutil.copytree(ROOT / name, copy / name, ignore=compiled)
    for path, code in ADDED:
        file = copy / path
        file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{code}", encoding="utf-8")
    return copy


def _environ(project: Path) -> Mapping[str, str]:
    return {**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def _python(project: Path, *words: str) -> str:
    return run([sys.executable, *words], project, dict(_environ(project)))


def test_the_page_adds_a_quirk_and_its_test() -> None:
    assert [path.partition("/")[0] for path, _ in ADDED] == ["src", "tests"]


def test_the_quirk_is_explained_as_shown(project: Path) -> None:
    command, shown = CONSOLE[0]
    said = _python(project, "-m", "pop3lab", *command.split()[1:])
    assert said.strip() == shown.strip()


def test_the_tests_of_the_quirk_pass(project: Path) -> None:
    command, _ = CONSOLE[1]
    program, option, names, folder = re.findall(r'"[^"]+"|\S+', command)
    assert program.endswith("pytest")
    words = ["-p", "no:cacheprovider", option, names.strip('"'), folder]
    said = _python(project, "-m", "pytest", *words)
    passed = re.search(r"^(\d+) passed, \d+ deselected", said, re.MULTILINE)
    assert passed, said
    assert int(passed[1]) > 3


def test_the_generated_pages_have_it(project: Path) -> None:
    command, _ = CONSOLE[2]
    assert _python(project, *command.split()[1:]) == ""
    assert "### `uidl-prefix`" in (project / "docs/reference/quirks.md").read_text(encoding="utf-8")
    assert "def uidl_prefix(" in (project / "src/pop3lab/quirks.pyi").read_text(encoding="utf-8")
