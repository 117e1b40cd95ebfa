"""Docstrings in Google's style as Markdown."""

import re
from collections.abc import Iterator

_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$")
_ENTRY = re.compile(r"([\w*]+)(?: \(([^)]+)\))?: ")


def summary(docstring: str) -> str:
    """Its first paragraph, in one line."""
    return " ".join(docstring.split("\n\n", maxsplit=1)[0].split())


def markdown(docstring: str) -> str:
    """All of it: text, code, and lists in place of the sections."""
    return "\n\n".join(_paragraphs(docstring))


def _paragraphs(docstring: str) -> Iterator[str]:
    code = False  # whether the paragraph before ended with the marker of a literal block
    for paragraph in docstring.split("\n\n"):
        lines = paragraph.splitlines()
        if _SECTION.match(lines[0]):
            yield _section(lines[0].replace("Args:", "Arguments:"), lines[1:])
        elif code:
            yield "\n".join(["```python", *(line[4:] for line in lines), "```"])
        else:
            yield paragraph.removesuffix(":") if paragraph.endswith("::") else paragraph
        code = paragraph.endswith("::")


def _section(title: str, lines: list[str]) -> str:
    """A list of what has names; a text as it is."""
    entries = list[str]()
    for line in lines:
        if line.startswith(" " * 8):
            entries[-1] += f" {line.strip()}"
        else:
            entries.append(line.strip())
    if not all(map(_ENTRY.match, entries)):
        return f"{title} {' '.join(entries)}"
    return "\n".join([title, "", *(_ENTRY.sub(_name, entry, count=1) for entry in entries)])


def _name(found: re.Match[str]) -> str:
    kind = f" ({found[2]})" if found[2] else ""
    return f"- `{found[1]}`{kind}: "
