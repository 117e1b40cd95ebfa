"""Behaviours as functions, checked by mypy as in a project that has pop3lab installed."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from pop3lab.rules.behaviour import Effect
from tests.typed.right import EFFECTS, uses

HERE = Path(__file__).parent
SOURCE = HERE.parent.parent / "src"
EXPECTED = re.compile(r"  # type: ignore(\[.*\])")


def test_mypy_takes_right_uses_and_refuses_wrong_ones(tmp_path: Path) -> None:
    right, wrong = (HERE / "right.py").read_text(), (HERE / "wrong.py").read_text()
    (tmp_path / "right.py").write_text(right)
    (tmp_path / "wrong.py").write_text(EXPECTED.sub("", wrong))
    expected = {
        f"wrong.py:{number}: {match[1]}"
        for number, line in enumerate(wrong.splitlines(), 1)
        if (match := EXPECTED.search(line))
    }
    assert (len(EFFECTS), len(expected)) == (40, 58)
    assert errors(tmp_path) == expected


def errors(folder: Path) -> set[str]:
    """What mypy has against what is in a folder: places, and the kinds of errors."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    command += ["--cache-dir", os.devnull, "right.py", "wrong.py"]
    # where it finds installed packages, which it takes the types of for their py.typed only
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "MYPYPATH": ""}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert not run.stderr
    found = [re.fullmatch(r"(.*): error: .*(\[.*\])", line) for line in run.stdout.splitlines()]
    return {f"{match[1]}: {match[2]}" for match in found if match}


def test_the_right_uses_do_run() -> None:
    assert all(isinstance(effect, Effect) for effect in EFFECTS)
    uses()


def test_a_stub_has_no_name_twice() -> None:
    for stub in ("faults.pyi", "quirks.pyi", "attacks.pyi"):
        tree = ast.parse((SOURCE / "pop3lab" / stub).read_text())
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert len(names) == len(set(names)) > 20
