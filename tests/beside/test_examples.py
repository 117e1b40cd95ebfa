"""What the manual shows and claims of other plugins."""

import re
from pathlib import Path

import pytest

from tests.beside.session import EXAMPLES, ROOT, run

PAGE = (ROOT / "docs" / "howto" / "beside.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "passed"), [("hypothesis", 2), ("processes", 1)])
def test_examples(name: str, passed: int, tmp_path: Path) -> None:
    text = (EXAMPLES / f"test_{name}.py").read_text(encoding="utf-8")
    run(tmp_path, text).check(passed=passed)


def test_hypothesis(tmp_path: Path) -> None:
    """A fixture for many examples is refused by hypothesis itself."""
    text = (EXAMPLES / "test_hypothesis.py").read_text(encoding="utf-8")
    bare = re.sub(r"@settings\(\n.*\n\)", "@settings(max_examples=2, deadline=None)", text)
    ended = run(tmp_path, bare)
    ended.check(passed=1, failed=1)
    assert "FailedHealthCheck" in ended.said


def test_each_situation_has_a_test() -> None:
    named = set(re.findall(r"\| `(test_\w+)` \|\n", PAGE))
    assert len(named) > 30
    sources = [*(ROOT / "tests").rglob("test_*.py")]
    known = {name for file in sources for name in re.findall(r"def (test_\w+)", file.read_text())}
    assert named - known == set()


def test_each_example_is_shown() -> None:
    shown = set(re.findall(r"beside/(test_\w+)\.py", PAGE))
    assert shown == {file.stem for file in EXAMPLES.glob("test_*.py")}
