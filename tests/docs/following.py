"""A reader who follows a page: puts code into the files that it names, and runs what it shows.

A block belongs to the file that the text above it names at its end, as in "In `test_tls.py`:". More
Python goes to the end of that file. A file that a link names, as [`fetcher.py`](faults.md), comes
from that page; a block that belongs to it goes to its end. A script without a name is run; what it
prints stands below it.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from tests.docs.reader import Seen, Shell, Step, seen, steps
from tests.docs.snippets import settled

_NAMED = re.compile(r"`([\w./-]+\.\w+)`:$")
_LINKED = re.compile(r"\[`(\w+\.(?:py|sh))`\]\(([\w./]+)(?:#[\w-]+)?\)")
_COMMAND = re.compile(r"\bRun: (\w+) ")
_PRINTED = {"text", "json"}


class Follower:
    """A reader with a folder and a shell. ran: the commands that it has typed."""

    def __init__(self, folder: Path, shell: Shell) -> None:
        self._folder = folder
        self._shell = shell
        self._tests: dict[str, str] = {}  # files of tests, each with the report of its failure
        self._file = ""
        self._linked: set[str] = set()
        self.ran: list[str] = []

    def follow(self, page: Path) -> Iterator[str]:
        """Do what the page says; yield what differs from it."""
        text = page.read_text(encoding="utf-8")
        for name, other in _LINKED.findall(text):
            linked = page.parent / other
            self._write(name, _file(name, seen(linked.read_text(encoding="utf-8"))))
            self._linked.add(name)
        blocks = seen(text)
        for block, below in zip_longest(blocks, blocks[1:]):
            yield from self._do(block, below)
        for name, report in self._tests.items():
            yield from self._test(name, report)

    def _do(self, block: Seen, below: Seen | None) -> Iterator[str]:
        named = _NAMED.search(block.text)
        if named and named[1] in self._linked:
            self._file = named[1]
            self._append(block.code)
        elif named and block.language not in _PRINTED:
            self._write(named[1], block.code)
            self._file = named[1]
            yield from self._as_it_says(block.code)
        elif block.language == "python":
            self._append(block.code)
        elif block.language == "console":
            for step in steps(block.code):
                yield from _differences(step.command, *self._typed(step))
        elif block.language == "sh":
            printed = below.code if below and below.language in _PRINTED else ""
            self._write("script.sh", block.code)
            yield from self._run("sh script.sh", printed)
        elif "FAILED" in block.code:
            self._tests[self._file] = block.code
        self._remember()

    def _as_it_says(self, code: str) -> Iterator[str]:
        """Run a file by the command that stands at its beginning."""
        if found := _COMMAND.search(code):
            _, printed = self._typed(Step(f"{found[1]} {self._file} 2>&1; echo exit $?", ""))
            if printed[-1] != "exit 0":
                yield f"{self._file}: {printed}"

    def _remember(self) -> None:
        if Path(self._file).name.startswith("test_"):
            self._tests.setdefault(self._file, "")

    def _typed(self, step: Step) -> tuple[list[str], list[str]]:
        self.ran.append(step.command)
        return self._shell.run(step)

    def _write(self, name: str, code: str) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")

    def _append(self, code: str) -> None:
        with (self._folder / self._file).open("a") as file:
            file.write(f"\n\n{code}")

    def _run(self, command: str, printed: str) -> Iterator[str]:
        step = Step(f"{command} 2>&1", printed)
        yield from _differences(command, *self._typed(step))

    def _test(self, name: str, report: str) -> Iterator[str]:
        _, printed = self._typed(Step(f"pytest -q {name} 2>&1", ""))
        if report:
            yield from _differences(name, _transcript(report.splitlines()), _transcript(printed))
        elif not re.search(r"^\d+ passed", printed[-1] if printed else ""):
            yield f"{name}: {printed}"


def _file(name: str, blocks: list[Seen]) -> str:
    """The code of a file on a page."""
    (code,) = (
        block.code for block in blocks if (named := _NAMED.search(block.text)) and named[1] == name
    )
    return code


def _transcript(report: list[str]) -> list[str]:
    """The section of a report that is the same in all versions of pytest."""
    begin = next((at for at, line in enumerate(report) if "POP3 transcript" in line), 0)
    end = next((at for at, line in enumerate(report) if "short test summary" in line), 0)
    return report[begin:end]


def _differences(what: str, shown: list[str], printed: list[str]) -> Iterator[str]:
    """Where nothing is shown, anything may be printed."""
    expected, found = settled("\n".join(shown)), settled("\n".join(printed))
    if shown and expected != found:
        yield f"{what}: {expected} is shown, {found} printed"
