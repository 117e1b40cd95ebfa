"""The code in the pages: each block stands below a comment that names its file, and the part.

    <!-- examples/docs/test_tls.py, after: # Certificates, before: # STLS -->

`from` begins with the line that has the text, `after` with the next one; `before` ends before it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

_PART = r"(?:, (?:from|after|before): .+?)"
_BLOCK = re.compile(
    rf"^<!-- (?P<file>[\w./-]+)(?P<part>{_PART}*) -->\n(?P<fence>```)(?P<language>\w+)\n"
    r"(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_BOUND = re.compile(r", (from|after|before): (.+?)(?=, (?:from|after|before): |$)")


class Example(NamedTuple):
    """A block of code in a page. bounds: where its part of the file begins and ends."""

    file: Path
    bounds: Mapping[str, str]

    @property
    def code(self) -> str:
        """What the file has there, without empty lines around it."""
        lines = self.file.read_text(encoding="utf-8").splitlines()
        if "from" in self.bounds:
            lines = lines[self._line(lines, "from") :]
        if "after" in self.bounds:
            lines = lines[self._line(lines, "after") + 1 :]
        if "before" in self.bounds:
            lines = lines[: self._line(lines, "before")]
        return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"

    def _line(self, lines: list[str], bound: str) -> int:
        found = [at for at, line in enumerate(lines) if self.bounds[bound] in line]
        if not found:
            raise ValueError(f"{self.file} has no line with {self.bounds[bound]!r}")
        return found[0]


def examples(page: str) -> Iterator[Example]:
    """Those of a page, in order."""
    for block in _BLOCK.finditer(page):
        yield _example(block)


def with_code(page: str) -> str:
    """The page, with the code as it stands in the files."""
    return _BLOCK.sub(_shown, page)


def without_examples(page: str) -> str:
    """The page, with neither examples nor their comments."""
    return _BLOCK.sub("", page)


def _shown(block: re.Match[str]) -> str:
    before_code = block[0][: block.start("code") - block.start()]
    return f"{before_code}{_example(block).code}```"


def _example(block: re.Match[str]) -> Example:
    return Example(ROOT / block["file"], dict(_BOUND.findall(block["part"])))
