"""The pages of the manual, as tests look at them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs.api import for_sphinx
from docs.examples import Example, examples, without_examples

from tests.docs.snippets import ROOT

_FENCE = re.compile(r"^(`{3,})([^\n]*)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")


class Block(NamedTuple):
    """A fenced block. kind: what stands behind the fence."""

    page: Path
    kind: str
    text: str


def pages() -> list[Path]:
    """All that is not made by docs/generate.py, the README too."""
    generated = {"quirks", "faults", "attacks", "profiles", "settings"}
    generated |= {"commands", "control", "scenario", "cases", "speed"}
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if page.parent.name != "reference" or page.stem not in generated]


def text_of(page: Path) -> str:
    """Of a page, without what is made of docstrings."""
    return for_sphinx(page.read_text(encoding="utf-8"))


def blocks() -> Iterator[Block]:
    """All fenced blocks that are not examples."""
    for page in pages():
        for _, kind, text in _FENCE.findall(without_examples(text_of(page))):
            yield Block(page, kind, text)


def shown() -> Iterator[tuple[Path, Example]]:
    """All examples, each with its page."""
    for page in pages():
        for example in examples(page.read_text(encoding="utf-8")):
            yield page, example


def inline() -> Iterator[tuple[Path, str]]:
    """All code within the text."""
    for page in pages():
        text = _FENCE.sub("", text_of(page))
        for code in _INLINE.findall(text):
            yield page, " ".join(code.replace("\\|", "|").split())
