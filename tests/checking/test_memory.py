"""What a client remembers is cut in half."""

from pathlib import Path
from typing import Any

from pop3lab.checking.memory import halve_memory


def test_the_state_of_a_function_is_cut(tmp_path: Path) -> None:
    state: dict[str, Any] = {
        "seen": {"a", "b", "c", "d"},
        "order": ["a", "b"],
        "by uid": {"a": 1, "b": 2},
        "text": "a b ",
        "runs": 3,
    }
    halve_memory(state, str(tmp_path))
    assert state == {
        "seen": {"a", "b"},
        "order": ["a"],
        "by uid": {"a": 1},
        "text": "a ",
        "runs": 3,
    }


def test_files_of_home_are_cut_and_no_others(tmp_path: Path) -> None:
    for name in ("home/.ids", "home/tmp/lock", "out/0001"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345678")
    halve_memory({}, str(tmp_path))
    assert (tmp_path / "home/.ids").read_bytes() == b"1234"
    assert (tmp_path / "home/tmp/lock").read_bytes() == b"12345678"
    assert (tmp_path / "out/0001").read_bytes() == b"12345678"
