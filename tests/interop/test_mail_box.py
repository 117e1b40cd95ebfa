"""Perl's Mail::Box, from whose test server the contract of the command comes.

The scripts start the server as the suite of Mail::Box does: from a pipe, in an empty environment.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from .folders import Folder, examples, write

SCRIPTS = Path(__file__).parent / "mail_box"
SECONDS = 30

KEYWORDS = [
    (),
    ("noextra",),
    ("apoponly",),
    ("autodelete",),
    ("noextra", "autodelete", "apoponly"),
]
MINIMAL = [("minimal",), ("minimal", "noextra"), ("autodelete", "minimal")]


def keyword_sets(*sets: tuple[str, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("keywords", sets, ids=lambda words: "+".join(words) or "default")


def play(script: str, folder: Folder, keywords: tuple[str, ...], tmp_path: Path) -> None:
    write(folder, tmp_path / "popbox")
    # DIR is relative, so that the unique-ids are short and known: popbox/NAME.
    command = ["perl", f"-I{SCRIPTS}", str(SCRIPTS / script), sys.executable, "popbox"]
    result = subprocess.run(
        [*command, *keywords], cwd=tmp_path, capture_output=True, timeout=SECONDS, check=False
    )
    output = (result.stdout + result.stderr).decode(errors="replace")
    if result.returncode != 0 or "\n1.." not in output:
        pytest.fail(output, pytrace=False)


@keyword_sets(*KEYWORDS)
def test_fetch(folder: Folder, keywords: tuple[str, ...], tmp_path: Path) -> None:
    play("fetch.pl", folder, keywords, tmp_path)


@keyword_sets(*KEYWORDS)
def test_break(keywords: tuple[str, ...], tmp_path: Path) -> None:
    play("break.pl", examples(), keywords, tmp_path)


@keyword_sets(*MINIMAL)
def test_minimal(folder: Folder, keywords: tuple[str, ...], tmp_path: Path) -> None:
    play("minimal.pl", folder, keywords, tmp_path)


@keyword_sets(*KEYWORDS, *MINIMAL)
def test_login(keywords: tuple[str, ...], tmp_path: Path) -> None:
    play("login.pl", {}, keywords, tmp_path)


@keyword_sets(*(words for words in KEYWORDS + MINIMAL if "autodelete" in words))
def test_autodelete(keywords: tuple[str, ...], tmp_path: Path) -> None:
    play("autodelete.pl", examples(), keywords, tmp_path)


@keyword_sets(*KEYWORDS[:3])
def test_folder_class(keywords: tuple[str, ...], tmp_path: Path) -> None:
    play("folder.pl", examples(), keywords, tmp_path)
