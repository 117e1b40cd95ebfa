"""How Sphinx builds these pages: make docs."""

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_VERSION = Path(__file__).parent.parent / "src" / "pop3lab" / "_version.py"

project = "pop3lab"
author = "the pop3lab authors"
version = release = _VERSION.read_text().split('"')[1]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
smartquotes = False

html_theme = "furo"
html_title = f"pop3lab {version}"
exclude_patterns = ["requirements.tsv"]

_ROW = re.compile(r"(\S.*?) {2,}(\S.*)")  # of a table: a word, blanks, and what it means


def setup(app: "Sphinx") -> None:
    """Docstrings are plain text, not reStructuredText."""
    app.connect("autodoc-process-docstring", _as_markup)


def _as_markup(*told: Any) -> None:
    """Of what the event tells, the last are the lines, to be changed in place."""
    lines: list[str] = told[-1]
    lines[:] = [
        made for kind, group in groupby(lines, _kind) for made in _MARKUP[kind](list(group))
    ]


def _kind(line: str) -> str:
    if line.startswith("    "):
        return "code"
    return "row" if _ROW.fullmatch(line) else "text"


def _code(lines: list[str]) -> list[str]:
    return ["::", "", *lines, ""]


def _rows(lines: list[str]) -> list[str]:
    rows = [match for line in lines if (match := _ROW.fullmatch(line))]
    return ["", *(text for row in rows for text in (f"``{row[1]}``", f"    {_plain(row[2])}")), ""]


def _text(lines: list[str]) -> list[str]:
    return [_plain(line) for line in lines]


_MARKUP = {"code": _code, "row": _rows, "text": _text}


def _plain(text: str) -> str:
    """Code in backticks stays code; in the rest nothing is markup."""
    code = re.split(r"(`[^`]+`)", text)
    return "".join(f"`{part}`" if part[:1] == "`" else _escaped(part) for part in code)


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_|])", r"\\\1", text)
