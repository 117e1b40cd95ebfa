"""The page on speed, and the figures of other pages: all of the last full benchmark."""

import re
from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path(__file__).parent
_BENCHMARKS = _FOLDER.parent / "benchmarks"

_INTRODUCTION = """\
# Speed

`make bench` measures pop3lab beside other servers on one machine and writes this page. Read the
ratios: they hold on other machines, absolute times do not.
"""

# By the heading under which they stand.
_PICTURES = {
    "## CPU for one operation": (
        "speed-beside",
        "For each figure, how many times less CPU each server takes than Dovecot",
    ),
    "## Growth": ("speed-growth", "How each figure grows with its size, beside a straight line"),
}


def speed() -> str:
    """The page, in Markdown: the report, with pictures."""
    report = (_BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    _, _, sections = report.partition("\n## ")
    return _INTRODUCTION + "".join(map(_section, f"## {sections}".split("\n\n## ")))


def _section(text: str) -> str:
    text = "## " + text.removeprefix("## ").strip("\n")
    heading, _, body = text.partition("\n")
    name, caption = _PICTURES.get(heading, ("", ""))
    if (_FOLDER / "pictures" / f"{name}.svg").exists():
        heading += f"\n\n![{caption}.](../pictures/{name}.svg)"
    return f"\n{heading}\n{body}\n"


# Figures of a table elsewhere: the file that the row names, the beginning of a row, and the column.
_FIGURES = {
    "`Pop3Server` in a test, start and stop": ("COST.md", "start + stop ", 2),
    "the same with TLS": ("COST.md", "start + stop, TLS", 2),
    "the same with a session of eight commands": ("COST.md", "start + session + stop ", 2),
    "`pop3lab DIR`, until its port is printed": ("RESULTS.md", "pop3lab", 1),
    "`pop3lab DIR`, until its greeting": ("RESULTS.md", "pop3lab", 2),
    "Dovecot, until its greeting": ("RESULTS.md", "Dovecot, tuned", 2),
    "Twisted's POP3 server, until its greeting": ("RESULTS.md", "Twisted", 2),
}
_ROW = re.compile(r"^\| (.+) \| [\d.,]+ \| `benchmarks/(.+)` \|$", re.MULTILINE)


def has_figures(page: str) -> bool:
    """Whether figures of the benchmarks stand in a table of the page."""
    return bool(_ROW.search(page))


def with_figures(page: str) -> str:
    """The page with those figures as they are now."""
    return _ROW.sub(_row, page)


def _row(found: re.Match[str]) -> str:
    what, file = found.groups()
    source, row, column = _FIGURES[what]
    assert source == file, what
    return f"| {what} | {_figure(source, row, column)} | `benchmarks/{file}` |"


def _figure(file: str, row: str, column: int) -> str:
    text = (_BENCHMARKS / file).read_text(encoding="utf-8")
    _, _, starts = text.rpartition("\n## Start and memory")  # or all of it
    return next(_cells(starts, row))[column].split()[0]


def _cells(text: str, row: str) -> Iterator[list[str]]:
    """The cells of each line that begins so."""
    for line in text.splitlines():
        if line.startswith(f"| {row}"):
            yield line.split("|")[1:]
