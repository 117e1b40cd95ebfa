"""The pages of the manual, as tests look at them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.snippets import ROOT

_FENCE = re.compile(r"^(`{3,})([^\n]*)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_OPTION = re.compile(r":([\w-]+): (.*)\n")
_INLINE = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")


class Block(NamedTuple):
    """A fenced block. kind: what stands behind the fence."""

    page: Path
    kind: str
    text: str


class Included(NamedTuple):
    """A literalinclude: what it includes, by which options."""

    page: Path
    target: Path
    options: dict[str, str]


def pages() -> list[Path]:
    """All that is not made by docs/generate.py, the README too."""
    generated = {"quirks", "faults", "attacks", "profiles", "settings"}
    generated |= {"commands", "control", "scenario"}
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if page.parent.name != "reference" or page.stem not in generated]


def blocks() -> Iterator[Block]:
    """All fenced blocks, includes too."""
    for page in pages():
        for _, kind, text in _FENCE.findall(page.read_text(encoding="utf-8")):
            yield Block(page, kind, text)


def included() -> Iterator[Included]:
    """All that is included."""
    for page, kind, text in blocks():
        if kind.startswith("{literalinclude}"):
            target = (page.parent / kind.split()[1]).resolve()
            options = {name: value.strip('"') for name, value in _OPTION.findall(text)}
            yield Included(page, target, options)


def inline() -> Iterator[tuple[Path, str]]:
    """All code within the text."""
    for page in pages():
        text = _FENCE.sub("", page.read_text(encoding="utf-8"))
        for code in _INLINE.findall(text):
            yield page, " ".join(code.replace("\\|", "|").split())
