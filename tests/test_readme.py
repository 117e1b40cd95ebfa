"""The README does what it says."""

import re
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "t" / "messages").mkdir(parents=True)
    for name in ("0001", "0002"):
        (tmp_path / "t" / "messages" / name).write_bytes(b"Subject: x\r\n\r\nhello\r\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    return tmp_path / "t" / "messages"


def test_the_python_example_runs_and_deletes_what_it_says(box: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(program, names)
    assert [path.name for path in box.iterdir()] == ["0002"]
    server = names["server"]
    server.wait()  # type: ignore[attr-defined]
    server.stdout.close()  # type: ignore[attr-defined]


def test_each_file_that_is_linked_is_there() -> None:
    for link in re.findall(r"\]\((\S+?)\)", README):
        assert (Path(__file__).parent.parent / link).exists(), link
