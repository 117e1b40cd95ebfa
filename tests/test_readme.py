"""The README does what it says."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from pop3lab import Pop3Server
from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from tests.docs.reader import Shell, seen, steps
from tests.docs.snippets import PYTEST, run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = seen(README)
INSTALLING = ("pip ", "pipx ", "uvx ")  # tests/soak/test_reading.py does this


def test_each_command_does_what_is_shown_from_an_empty_folder(tmp_path: Path) -> None:
    consoles = [block.code for block in BLOCKS if block.language == "console"]
    typed = [step for console in consoles for step in steps(console)]
    here = [step for step in typed if not step.command.startswith(INSTALLING)]
    assert len(here) > 6
    with Shell(tmp_path) as shell:
        for step in here:
            shown, printed = shell.run(step)
            assert printed == shown, step.command


def test_the_test_passes_in_the_file_that_is_named(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if block.language == "python")
    named = re.search(r"put this into `(\w+\.py)`:$", block.text)
    assert named, block.text
    (tmp_path / named[1]).write_text(block.code)
    said = run([*PYTEST, "-W", "error", "-c", os.devnull], tmp_path, dict(os.environ))
    assert re.search(r"^=* ?1 passed", said, re.MULTILINE), said


def test_the_commands_of_the_checkout_are_targets_of_make() -> None:
    (commands,) = (block.code for block in BLOCKS if not block.language)
    targets = re.findall(r"^make (\w+)", commands, re.MULTILINE)
    assert targets == ["run", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}: ", makefile, re.MULTILINE) for target in targets)


def test_the_request_of_the_table_adds_a_rule() -> None:
    (request,) = re.findall(r"`(curl [^`]+)`", README)
    with Pop3Server(web=True) as server:
        words = shlex.split(request.replace(".../", server.web_url))
        subprocess.run([*words, "-sSf"], check=True, timeout=60)
        assert [active.text for active in server.rules.active] == ["uidl-unsupported"]


def test_all_commands_are_in_blocks_that_a_test_reads() -> None:
    assert {block.language for block in BLOCKS} == {"console", "python", ""}


def test_each_file_that_is_linked_is_there() -> None:
    for link in re.findall(r"\]\((\S+?)\)", README):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_there_are_as_many_behaviours_and_profiles_as_is_claimed(page: str) -> None:
    text = " ".join((ROOT / page).read_text().split())
    (behaviours,) = re.findall(r"[Mm]ore than (\d+)\b(?! real)", text)
    (profiles,) = re.findall(r"more than (\d+) real servers", text)
    assert len(BEHAVIOURS) > int(behaviours)
    assert len(PROFILES) > int(profiles)
