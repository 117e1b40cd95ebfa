"""TOML that somebody wrote to try us."""

from pathlib import Path

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.files.toml import read_toml

DEEP, DIGITS = "is nested too deeply", "a number has too many digits"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, DEEP),
        ("a = " + "[" * 5000, DEEP),
        ("a = " + "{a = " * 5000 + "1" + "}" * 5000, DEEP),
        ("a." * 5000 + "a = 1", DEEP),
        ("[" + "a." * 5000 + "a]", DEEP),
        ("a = " + "[" * 40 + "]" * 40, DEEP),
        ("a = " + "1" * 5000, DIGITS),
        ("a = -" + "1" * 5000, DIGITS),
        ("a = 0x" + "f" * 5000, DIGITS),
        ("[[user]]\nname = [1, 0b" + "1" * 64 + "]", DIGITS),
        ("a = ", "is not TOML: "),
        ("a = 1\na = 2", "is not TOML: "),
        ('a = "\udcff"', "is not TOML: "),
    ],
)
def test_it_is_a_sentence(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=why) as caught:
        read_toml(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value)) < 300


def test_what_toml_allows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("a = 0x7fffffffffffffff\nb = -9223372036854775808\nc = [[1], {d = 1e400}]\n")
    assert read_toml(str(path)) == {
        "a": 2**63 - 1,
        "b": -(2**63),
        "c": [[1], {"d": float("inf")}],
    }


@pytest.mark.parametrize("path", ["/dev/zero", "/nowhere"])
def test_what_can_t_be_read(path: str) -> None:
    with pytest.raises(ConfigError, match=f"{path}: cannot be read: "):
        read_toml(path)
