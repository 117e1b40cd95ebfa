"""Command lines are completed by the shells themselves."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pexpect
import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.cli.candidates import given_commands
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.cli.completion import completion_script
from pop3lab.cli.helper import HELPER_FILES
from pop3lab.config.options import DIRECTORY_KEYWORDS

# As readline calls the function; each = is a word of its own.
ASK = """
ask() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _pop3lab
    printf '%s\\n' "${COMPREPLY[@]}"
}
"""
WORDS = {
    "mail mini": ["minimal", "minimal-commands"],
    "serve --log-f": ["--log-format"],
    "serve --log-format ''": ["text", "json"],
    "serve --log-format =": ["text", "json"],
    "serve --log-format = j": ["json"],
    "serve mail --no-tls-s": ["--no-tls-self-signed"],
    "serve --port ''": [],
    "transcript --ht": ["--html"],
    "mail --vers": ["--version"],
    "check --claim re": ["remembers"],
    "helper ''": [*HELPER_FILES],
    "completion ''": ["bash", "zsh", "fish"],
    "help scen": ["scenario"],
    "faults cut-af": ["cut-after"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mail box").mkdir()
    (tmp_path / "mails").touch()
    return tmp_path


def bash(folder: Path, *lines: str) -> list[list[str]]:
    """What bash offers for the last word of each line."""
    asked = [f"ask pop3lab {line}; echo --" for line in lines]
    script = "\n".join([completion_script("bash"), ASK, *asked])
    ended = subprocess.run(
        ["bash", "--norc"], input=script, cwd=folder, capture_output=True, text=True, check=True
    )
    assert not ended.stderr
    return [text.split("\n")[:-1] for text in ended.stdout.split("--\n")[:-1]]


def test_bash_completes_words(folder: Path) -> None:
    found = bash(folder, *WORDS)
    assert dict(zip(WORDS, found, strict=True)) == {
        line: words or [""] for line, words in WORDS.items()
    }


def test_bash_completes_files_where_they_can_stand(folder: Path) -> None:
    first, target, certificate, name = bash(
        folder, "mai", "serve mai", "box --cert mai", "helper m"
    )
    assert sorted(first) == sorted(target) == sorted(certificate) == ["mail box", "mails"]
    assert name == [""]


def test_each_name_of_the_catalogue_can_be_completed(folder: Path) -> None:
    commands, profiles, keywords = bash(folder, "''", "serve --profile ''", "mail ''")
    assert {*CLI_COMMANDS, "--help", "--version"} < {*commands}
    assert {*profiles} == {*PROFILES}
    quirks = {name for name, row in BEHAVIOURS.items() if row.family == "quirk"}
    assert {*keywords} == {*DIRECTORY_KEYWORDS, *quirks}


def test_a_script_has_all_options() -> None:
    of_bash, of_fish = completion_script("bash"), completion_script("fish")
    for command in given_commands():
        for option in command.options:
            assert f"{option.word} " in of_bash or f"{option.word}'" in of_bash
            assert f"-l {option.word[2:]} -d" in of_fish


@pytest.mark.soak
@pytest.mark.parametrize(("line", "words"), WORDS.items())
def test_fish_completes_words(line: str, words: list[str], folder: Path) -> None:
    typed = f"pop3lab {line.removesuffix(chr(39) * 2).replace(' = ', '=').replace(' =', '=')}"
    program = shutil.which("fish")
    assert program
    (folder / "script").write_text(completion_script("fish"))
    asked = f"source script; complete -C {shlex.quote(typed)}"
    ended = subprocess.run(
        [program, "--no-config", "-c", asked],
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not ended.stderr
    offered = [row.split("\t")[0].rpartition("=")[2] for row in ended.stdout.splitlines()]
    assert {*words} <= {*offered}
    assert bool(words) == bool(offered)


@pytest.mark.soak
def test_zsh_completes_words(folder: Path) -> None:
    (folder / "script").write_text(completion_script("zsh"))
    shell = pexpect.spawn(
        "zsh -f -i", cwd=folder, encoding="utf-8", timeout=30, dimensions=(24, 200)
    )
    shell.sendline(
        "PS1='ready''> '; pop3lab() { echo \"<$*>\" }; autoload compinit; compinit -u -d dump"
    )
    shell.expect("ready> ")
    shell.sendline("source ./script && echo sour''ced")
    shell.expect("sourced")
    for typed, said in (
        ("serve --log-f\t", "<serve --log-format>"),
        ("serve --log-format j\t", "<serve --log-format json>"),
        ("mails minimal-\t", "<mails minimal-commands>"),
        ("serve mails\t", "<serve mails>"),
    ):
        shell.send(f"pop3lab {typed}")
        shell.send("\r")
        shell.expect_exact(said)
    shell.close(force=True)
