"""A reader who types what a page shows, and has nothing but the page.

Pages are read as they are rendered: comments of the Markdown, where files are named, are gone.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from threading import Timer
from typing import NamedTuple, Self

from markdown_it import MarkdownIt

_DONE = "-- done --"
_LIMIT = 300  # seconds for a page


class Seen(NamedTuple):
    """A block of code, and the text above it."""

    text: str
    language: str
    code: str


class _Blocks(HTMLParser):
    """Finds the blocks of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Seen] = []
        self._above = ""
        self._language: str | None = None
        self._code = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self._language, self._code = "", ""
        elif tag == "code" and self._language is not None:
            self._language = (dict(attrs).get("class") or "").removeprefix("language-")
        elif tag in {"p", "h1", "h2", "h3", "table"}:
            self._above = ""
        elif tag == "code":
            self._above += "`"

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre" and self._language is not None:
            self.found.append(Seen(" ".join(self._above.split()), self._language, self._code))
            self._above, self._language = "", None
        elif tag == "code" and self._language is None:
            self._above += "`"

    def handle_data(self, data: str) -> None:
        if self._language is None:
            self._above += data
        else:
            self._code += data


def seen(page: str) -> list[Seen]:
    """The blocks of code that a reader of a Markdown page sees, in order."""
    blocks = _Blocks()
    blocks.feed(MarkdownIt().enable("table").render(page))
    return blocks.found


class Step(NamedTuple):
    """A command, and what it prints."""

    command: str
    output: str


def steps(console: str) -> Iterator[Step]:
    """Of a block in which commands follow a dollar sign."""
    for step in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield Step(command, output)


class Shell:
    """A shell in a folder, as a reader has it: with jobs, and with these programs on its path."""

    def __init__(self, folder: Path, programs: Path = Path(sys.executable).parent) -> None:
        path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
        environ = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        self._errors = (folder / ".errors").open("w+b")
        self._bash = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            text=True,
        )
        self._ports: dict[str, str] = {}  # as shown, as they are
        self._timer = Timer(_LIMIT, self._bash.kill)
        self._timer.start()
        self._type("set -m")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._type("kill $(jobs -p) 2>/dev/null; wait; exit")
        self._bash.communicate()
        self._timer.cancel()
        self._errors.close()

    def _type(self, line: str) -> None:
        assert self._bash.stdin
        self._bash.stdin.write(f"{line}\n")
        self._bash.stdin.flush()

    def run(self, step: Step) -> tuple[list[str], list[str]]:
        """Type a command; return the lines that are shown and those that it prints.

        A number that is shown alone is a port: the one that is printed takes its place from then
        on. What a server in the background prints, comes after the next command is taken.
        """
        shown = step.output.splitlines()
        self._type(self._with_ports(step.command))
        self._type(f"echo '{_DONE}'")
        printed = self._lines(len(shown))
        if re.fullmatch(r"\d+\n", step.output) and step.command.endswith("&"):
            self._ports[shown[0]] = printed[0]
        return [self._with_ports(line) for line in shown], printed

    def _lines(self, least: int) -> list[str]:
        """What is printed until the command is done, and this many lines have come."""
        assert self._bash.stdout
        lines, done = list[str](), False
        while not done or len(lines) < least:
            line = self._bash.stdout.readline()
            if not line:
                break
            if line.rstrip("\n") == _DONE:
                done = True
            else:
                lines.append(line.rstrip("\r\n"))
        return lines

    def _with_ports(self, text: str) -> str:
        for shown, real in self._ports.items():
            text = text.replace(shown, real)
        return text
