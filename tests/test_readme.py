"""The README does what it says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "t" / "messages").mkdir(parents=True)
    for name, text in {"0001": b"Subject: one\r\n\r\nhello\r\n", "0002": b"Subject: two"}.items():
        (tmp_path / "t" / "messages" / name).write_bytes(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    return tmp_path / "t" / "messages"


def test_the_python_example_runs_and_deletes_what_it_says(box: Path) -> None:
    (program,) = (program for program in PROGRAMS if "subprocess" in program)
    names: dict[str, object] = {}
    exec(program, names)
    assert [path.name for path in box.iterdir()] == ["0002"]
    server = names["server"]
    server.wait()  # type: ignore[attr-defined]
    server.stdout.close()  # type: ignore[attr-defined]


def test_the_example_for_pytest_is_one_that_is_run() -> None:
    (program,) = (program for program in PROGRAMS if "pytest" in program)
    assert program == (ROOT / "examples" / "docs" / "test_first.py").read_text()


def test_the_transcript_of_the_console_is_true(box: Path) -> None:
    (console,) = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    (start, port), *rest, (stop, statistics) = _steps(console)
    words = start.removesuffix(" &").split()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            free = server.stdout.readline().strip()
            for command, said in rest:
                done = command.replace(port.strip(), free).split()
                answer = subprocess.run(done, capture_output=True, check=True, timeout=10).stdout
                assert answer.replace(b"\r\n", b"\n").decode() == said
            assert stop == "kill %1"
        finally:
            server.terminate()
        assert server.stdout.read() == statistics


def _steps(console: str) -> Iterator[tuple[str, str]]:
    """Each command with what it prints."""
    for step in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, said = step.partition("\n")
        yield command, said


def test_each_file_that_is_linked_is_there() -> None:
    for link in re.findall(r"\]\((\S+?)\)", README):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_there_are_as_many_behaviours_and_profiles_as_is_claimed(page: str) -> None:
    text = " ".join((ROOT / page).read_text().split())
    (behaviours,) = re.findall(r"More than (\d+)", text)
    (profiles,) = re.findall(r"more than (\d+) real servers", text)
    assert len(BEHAVIOURS) > int(behaviours)
    assert len(PROFILES) > int(profiles)
