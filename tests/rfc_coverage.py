"""Which test shows which requirement of docs/requirements.tsv: all of them, or this fails.

A requirement is covered by a test with its number in its name, `test_p043_...` or
`test_p053_to_p060_...`, or stands in docs/rfc.md as not applicable, with the reason. Run it as a
program to see what is missing (exit code 1), with --write to bring docs/rfc.md up to date.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "rfc.md"
_BEGIN, _END = "<!-- table -->\n", "<!-- end of table -->\n"
_TEST = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
_NUMBER = re.compile(r"_p(\d{3})(?:_to_p(\d{3}))?")
_EXEMPT = re.compile(r"^\| (P-\d{3}) \| ([^|]+) \|$", re.MULTILINE)


class Requirement(NamedTuple):
    """A row of docs/requirements.tsv."""

    number: str
    level: str
    source: str
    text: str


def requirements() -> list[Requirement]:
    """All, in the order of their numbers."""
    rows = (ROOT / "docs" / "requirements.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [Requirement(*row.split("\t")) for row in rows]


def tests_by_number() -> Mapping[str, list[str]]:
    """The files of the tests that carry a number, by number."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _TEST.findall(path.read_text(encoding="utf-8")):
            for number in _numbers(name):
                place = str(path.relative_to(ROOT / "tests"))
                if place not in found[number]:
                    found[number].append(place)
    return found


def _numbers(name: str) -> Iterator[str]:
    for first, last in _NUMBER.findall(name):
        for number in range(int(first), int(last or first) + 1):
            yield f"P-{number:03}"


def exempt() -> Mapping[str, str]:
    """The numbers that are not applicable, with their reasons."""
    return dict(_EXEMPT.findall(DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)[0]))


def missing() -> list[Requirement]:
    """The requirements that neither a test nor a reason stands for."""
    covered = tests_by_number().keys() | exempt().keys()
    return [requirement for requirement in requirements() if requirement.number not in covered]


def document() -> str:
    """docs/rfc.md with its table as it should be."""
    head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    tail = rest.partition(_END)[2]
    return f"{head}{_BEGIN}{_table(tests_by_number(), exempt())}{_END}{tail}"


def _table(found: Mapping[str, Sequence[str]], reasons: Mapping[str, str]) -> str:
    lines = ["| number | level | source | requirement | tests |", "|---|---|---|---|---|"]
    for number, level, source, text in requirements():
        tests = ", ".join(found.get(number, [])) or f"not applicable: {reasons.get(number, '')}"
        lines.append(f"| {number} | {level} | {source} | {text} | {tests} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Say what is missing."""
    if "--write" in sys.argv:
        DOCUMENT.write_text(document(), encoding="utf-8")
    for number, level, source, text in missing():
        print(f"{number} {level} ({source}): {text}")
    covered = len(requirements()) - len(missing())
    print(f"{covered} of {len(requirements())} requirements stand")
    return bool(missing())


if __name__ == "__main__":
    sys.exit(main())
