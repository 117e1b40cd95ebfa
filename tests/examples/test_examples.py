"""The helpers for other languages and their examples, run where the machine has the language."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pop3lab.cli.helper import HELPER_FILES, helper_text

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
BIN = Path(sys.executable).parent  # where the command pop3lab is
JUNIT = Path("/usr/share/java/junit-platform-console-standalone.jar")


class Example(NamedTuple):
    """An example: the folder it is in, the helpers it needs, and how it is run."""

    folder: str
    helpers: tuple[str, ...]
    command: tuple[str, ...]


def _shell(line: str) -> tuple[str, ...]:
    return "sh", "-c", line


EXAMPLE = {
    "perl": Example("perl", ("perl",), ("perl", "-I.", "fetch.t")),
    "shell": Example("shell", ("shell",), ("sh", "fetch.sh")),
    "together": Example("shell", ("shell",), ("sh", "together.sh")),
    "python": Example("python", (), (sys.executable, "test_fetch.py")),
    "javascript": Example("javascript", ("js",), ("node", "--test")),
    "web-shell": Example("web", (), ("sh", "fetch.sh")),
    "web-javascript": Example("web", (), ("node", "--test")),
    "web-java": Example("web", (), _shell("javac -d classes *.java && java -cp classes FetchTest")),
    "ruby": Example("ruby", ("ruby",), ("ruby", "fetch_test.rb")),
    "php": Example("php", ("php",), ("php", "fetch_test.php")),
    "go": Example("go", ("go",), ("go", "test", "-count=1")),
    "java": Example(
        "java", ("java",), _shell("javac -d classes *.java && java -cp classes FetchTest")
    ),
    "junit": Example(
        "junit",
        ("java", "junit"),
        _shell(
            f"javac -cp {JUNIT} -d classes *.java"
            f" && java -jar {JUNIT} -cp classes --scan-classpath --disable-banner"
        ),
    ),
}
# Those that `make test` brings; the others where they are.
BROUGHT = ["perl", "shell", "together", "python", "javascript", "ruby"]
BROUGHT += ["web-shell", "web-javascript"]
OTHERS = {"docs", "messages", "project", "scenarios"}  # what is in the folder besides
NEEDED = {"php": "php", "go": "go", "java": "javac", "junit": "javac", "web-java": "javac"}
FOUND = [name for name, program in NEEDED.items() if shutil.which(program)]
if not JUNIT.exists() and "junit" in FOUND:
    FOUND.remove("junit")


def run(
    *command: str, folder: Path, seconds: float = 120, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with pop3lab on the path."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _marked(name: str) -> object:
    """Compilers take long."""
    return pytest.param(
        name, marks=[pytest.mark.soak] if name in {"go", "java", "junit", "web-java"} else []
    )


@pytest.mark.parametrize("name", [*BROUGHT, *map(_marked, FOUND)])
def test_the_example_passes_with_the_helper(name: str, tmp_path: Path) -> None:
    example = EXAMPLE[name]
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(EXAMPLES / example.folder, tmp_path / "x", ignore=compiled)
    for language in example.helpers:
        (tmp_path / "x" / HELPER_FILES[language]).write_text(helper_text(language))
    (tmp_path / "tmp").mkdir()
    temporary = tmp_path / "tmp"
    where = {"TMPDIR": str(temporary), "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={temporary}"}
    ended = run(*example.command, folder=tmp_path / "x", seconds=120, **where)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not list(temporary.glob("pop3lab-*"))
    assert name != "junit" or not list(temporary.glob("mail-*"))


# They start `pop3lab serve` with the words behind, and say how many logins there were.
PERL = """
my ($one, $two) = map { Pop3lab->start('serve', 'mail', @ARGV) } 1, 2;
print +($_->stop)[0] for $one, $two;  # the first, while the second runs
"""
RUBY = "print Pop3lab.new('serve', 'mail', *ARGV).stop[0]"
JAVASCRIPT = """
import { Pop3lab } from './pop3lab.mjs'
const server = await Pop3lab.start('serve', 'mail', ...process.argv.slice(1))
process.stdout.write(`${(await server.stop()).logins}`)
"""
SHELL = """
. ./pop3lab.sh
pop3lab_start serve mail "$@"
pop3lab_stop
printf %s "$pop3lab_statistics"
"""
SERVES = {
    "perl": ("perl", "-I.", "-MPop3lab", "-e", PERL, "--"),
    "ruby": ("ruby", "-I.", "-rpop3lab", "-e", RUBY, "--"),
    "js": ("node", "--input-type=module", "-e", JAVASCRIPT, "--"),
    "shell": ("sh", "-euc", SHELL, "sh"),
}


def run_beside(language: str, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with the helper and an empty maildrop."""
    (folder / HELPER_FILES[language]).write_text(helper_text(language))
    (folder / "mail").mkdir()
    return run(*command, folder=folder, seconds=30, TMPDIR=str(folder))


@pytest.mark.parametrize("language", SERVES)
def test_the_helper_starts_and_stops_a_real_server(language: str, tmp_path: Path) -> None:
    words = ("--user=ann:s3cret", "--port=0")
    ended = run_beside(language, tmp_path, *SERVES[language], *words)
    assert ended.stdout == ("00" if language == "perl" else "0"), ended.stderr


NOT_THERE = {
    "ruby": ("ruby", "-I.", "-rpop3lab", "-e", "Pop3lab.new('nothere')"),
    "js": (
        *("node", "--input-type=module", "-e"),
        "import { Pop3lab } from './pop3lab.mjs'; await Pop3lab.start('nothere')",
    ),
    "perl": ("perl", "-I.", "-MPop3lab", "-e", "Pop3lab->start('nothere')"),
    "php": ("php", "-r", "require 'Pop3lab.php'; new Pop3lab('nothere');"),
}
if not shutil.which("php"):
    del NOT_THERE["php"]


@pytest.mark.parametrize("language", NOT_THERE)
def test_a_server_that_does_not_start_leaves_no_file(language: str, tmp_path: Path) -> None:
    ended = run_beside(language, tmp_path, *NOT_THERE[language])
    assert ended.returncode != 0
    assert "'nothere' does not exist" in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} == {HELPER_FILES[language], "mail"}


def test_the_shell_learns_that_a_server_does_not_start(tmp_path: Path) -> None:
    script = ". ./pop3lab.sh; pop3lab_start nothere || echo no server"
    ended = run_beside("shell", tmp_path, "sh", "-c", script)
    assert ended.stdout == "no server\n"
    assert "'nothere' does not exist" in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mail", "pop3lab.sh"]


def test_each_language_has_an_example_that_is_run() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders - OTHERS == {example.folder for example in EXAMPLE.values()}
    assert {language for one in EXAMPLE.values() for language in one.helpers} == set(HELPER_FILES)
    assert set(EXAMPLE) == {*BROUGHT, *NEEDED}


def test_the_project_passes_with_two_workers(tmp_path: Path) -> None:
    plugins = ["no:cacheprovider", "no:asyncio", "no:anyio"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--basetemp", str(tmp_path / "of")]
    command += [word for name in plugins for word in ("-p", name)]
    ended = run(*command, folder=EXAMPLES / "project", PYTHONDONTWRITEBYTECODE="1")
    assert re.fullmatch(r"\d+ passed in .*", ended.stdout.splitlines()[-1]), ended.stdout
