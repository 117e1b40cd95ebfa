"""A copy of the project with its archives, made once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.snippets import ROOT

NOT_PACKED = (".git", ".ci", ".venv", ".*_cache", ".hypothesis", "__pycache__", "build", "dist")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, where `make dist` was run."""
    copy = tmp_path_factory.mktemp("archives") / "pop3lab"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_PACKED))
    make_dist(copy)
    return copy


def make_dist(checkout: Path) -> None:
    """Make the archives, as of a fixed time."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ["SOURCE_DATE_EPOCH"] = "1700000000"
    made = subprocess.run(
        ["make", "dist", f"PYTHON={sys.executable}"],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
