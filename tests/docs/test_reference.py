"""The reference says what the code says."""

import re

import pytest
from docs.generate import FOLDER, pages

import pop3lab
from tests.docs.snippets import ROOT


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_the_generated_pages_are_up_to_date() -> None:
    """If not: python -m docs.generate."""
    for name, text in pages().items():
        assert read(name) == text


def test_each_decision_has_a_name_that_does_not_depend_on_a_value() -> None:
    assert not re.search(r"^\| the \{\w+\} \|", read("reference/together.md"), re.MULTILINE)


@pytest.mark.parametrize("family", ["faults", "quirks", "attacks"])
def test_no_stub_hides_a_default(family: str) -> None:
    assert "= ..." not in read(f"../src/pop3lab/{family}.pyi")


@pytest.mark.parametrize("name", pop3lab.__all__)
def test_each_public_name_is_documented(name: str) -> None:
    page = read("reference/python.md")
    assert re.search(rf"^### `{name}`$", page, re.MULTILINE)


def test_no_other_name_is_shown_as_public() -> None:
    page = read("reference/python.md")
    shown = re.findall(r"^<!-- \.\. auto\w+:: pop3lab\.(\S+?)(?:\(\))?$", page, re.MULTILINE)
    assert sorted(shown) == sorted(pop3lab.__all__)


def test_no_page_imports_what_is_not_public() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for name in re.findall(r"from pop3lab\.(\w+)", page.read_text(encoding="utf-8")):
            assert name in pop3lab.__all__, page


def test_each_page_is_in_the_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").split()
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix("").as_posix()
        assert name == "index" or name in index
