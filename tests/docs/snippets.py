"""Runs the shell scripts of the manual, whose output stands beside them: NAME.sh and NAME.txt.

As a program, it writes the outputs anew: python -m tests.docs.snippets.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.terminal import picture, without_colours

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "docs"
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:asyncio"]

USED = [
    ROOT / "src" / "pop3lab" / "languages" / "pop3lab.sh",
    *(EXAMPLES / name for name in ("outage.toml", "fetch_once.py", "fetcher.py")),
]

# What is another in each run: dates, timestamps of the greeting and their length, seconds, ports.
_CHANGING = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.+]+|<[\d.]+@pop3lab>"
    r'|\d+(?=, "text": "\+OK [^ ]+ ready)|\d+\.\d{2,}|\d{4,}'
)


# What stands for it in the picture.
_MASKS = {
    r"(?m)^(\d +)\d\.\d{3} ": r"\g<1>0.001 ",
    r"(?<=transcript: 127\.0\.0\.1:)\d+ -+": f"41833 {'-' * 23}",
    r"(?<=from 127\.0\.0\.1:)\d+ at [^)]+": "50712 at 2026-01-01T12:00:00.000+00:00",
    r"<\d+(?=\.1@pop3lab>)": "<14482605503541497664",
}
PICTURE = ROOT / "docs" / "pictures" / "report.svg"


def scripts() -> list[Path]:
    """All of them."""
    return sorted(EXAMPLES.glob("*.sh"))


def output(script: Path, folder: Path) -> str:
    """Of a script, run in the folder beside what it uses; stderr is in it."""
    for used in USED:
        shutil.copy(used, folder)
    environ = {**os.environ, "PATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"}
    return run(["sh", str(script)], folder, environ)


def report() -> str:
    """What pytest says of the test that is wrong on purpose, in colours."""
    words = [
        "-m",
        "pytest",
        "-q",
        "--color=yes",
        "-p",
        "no:asyncio",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
    ]
    # Where CI says so, pytest shortens nothing.
    environ = {
        name: text for name, text in os.environ.items() if name not in ("CI", "BUILD_NUMBER")
    }
    return run([sys.executable, *words, "test_wrong.py"], EXAMPLES / "wrong", environ)


def picture_of(report: str) -> str:
    """The picture of a report, with the same ports and times whenever it is made."""
    begin = report.index("\n\n", report.index("pop3_server = <")) + 2
    shown = report[begin : report.index("\x1b[36m\x1b[1m=====", begin)]
    for changing, masked in _MASKS.items():
        shown = re.sub(changing, masked, shown)
    return picture(f"$ pytest\n\n{shown}", "The report of a failed test", columns=80)


def run(command: list[str], folder: Path, environ: dict[str, str]) -> str:
    """Its stdout and stderr."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.stdout


def settled(text: str) -> list[str]:
    """The lines of an output, without what changes."""
    return [_CHANGING.sub("#", line).rstrip() for line in text.splitlines()]


def main() -> int:
    """Write the outputs."""
    for script in scripts():
        with tempfile.TemporaryDirectory() as folder:
            text = output(script, Path(folder))
        script.with_suffix(".txt").write_text(text, encoding="utf-8")
    reported = report()
    (EXAMPLES / "wrong" / "report.txt").write_text(without_colours(reported), encoding="utf-8")
    PICTURE.write_text(picture_of(reported), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
