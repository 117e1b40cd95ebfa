"""The command line as words, and the help."""

import re
import subprocess
import sys

import pytest

from pop3lab.cli import main as cli
from pop3lab.cli.command_options import options_of
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.cli.help import command_help, overview
from pop3lab.cli.words import server_texts
from pop3lab.config.option import COMMAND_LINE
from pop3lab.config.options import TABLE
from pop3lab.core.errors import ConfigError


def test_the_target_stands_anywhere() -> None:
    for words in (["mail", "--port", "0"], ["--port", "0", "mail"], ["--port=0", "--", "mail"]):
        assert server_texts(words) == {"port": ["0"], "target": ["mail"]}


def test_repeated_options_are_kept_in_order() -> None:
    found = server_texts(["--user", "a:1", "--port", "1", "--user", "b:2", "--port", "2"])
    assert found == {"user": ["a:1", "b:2"], "port": ["1", "2"]}


def test_options_without_a_value() -> None:
    words = ["--events", "--control", "--no-public", "mail"]
    found = {"events": ["2"], "control": ["true"], "public": ["false"], "target": ["mail"]}
    assert server_texts(words) == found
    assert server_texts(["--events=3"]) == {"events": ["3"]}


@pytest.mark.parametrize(
    ("words", "now"),
    [
        (["--as", "gmail"], {"profile": ["gmail"]}),
        (["--when", "RETR 2", "reset"], {"rule": ["RETR 2 -> reset"]}),
        (["--when=", "delay 2"], {"rule": [" -> delay 2"]}),
        (["--idle", "5"], {"limit-idle": ["5"]}),
        (["--oauth-tokens=x"], {"tokens": ["x"]}),
    ],
)
def test_former_names_are_read_and_not_shown(words: list[str], now: dict[str, list[str]]) -> None:
    assert server_texts(words) == now
    assert not re.search(rf"{words[0].partition('=')[0]}\b", command_help("serve"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--tsl-port=1"], "unknown option '--tsl-port', did you mean '--tls-port'?"),
        (["--work", "1"], "unknown option '--work', did you mean '--workers'?"),
        (["--strict"], "unknown option '--strict': it is one of pop3lab replay"),
        (["--insecur"], "unknown option '--insecur', '--insecure' is one of pop3lab record"),
        (["--@"], "unknown option '--@'; pop3lab help COMMAND lists the options of a command"),
        (["--hlep"], "unknown option '--hlep', did you mean '--help'?"),
        (["--verison"], "unknown option '--verison', did you mean '--version'?"),
        (["-x"], "unknown option '-x'; pop3lab help COMMAND lists the options of a command"),
        (["--port"], "--port needs a value: give a port from 0 to 65535, or off"),
        (["--port="], "--port needs a value: give a port from 0 to 65535, or off"),
        (["--cert", "--key"], "--cert needs a value: give the path of a file"),
        (["--public=1"], "--public takes no value"),
        (["--when", "RETR 2"], "--when needs two values: --rule 'CONDITION -> EFFECT' is the same"),
        (["a", "b"], "'b' is one TARGET too many"),
    ],
)
def test_what_is_wrong_is_one_sentence(words: list[str], complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        server_texts(words)
    assert str(error.value) == complaint


@pytest.mark.parametrize("name", ["serve", "doctor"])
def test_help_has_every_option_and_its_default(name: str) -> None:
    text = command_help(name)
    assert text.startswith(f"usage: pop3lab {name} TARGET")
    for row in TABLE.values():
        if row.where & COMMAND_LINE and not row.operand:
            assert re.search(rf"^  {row.word}[ ,[]", text, re.MULTILINE), row.name
    assert "(default: 1110)" in text
    assert "(default: 600)" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_overview_has_the_commands_and_what_is_the_default_of_a_folder() -> None:
    assert all(f"\n  {name} " in overview() for name in CLI_COMMANDS)
    assert "./serve" in overview()
    assert "(default: user:********)" in overview()
    assert max(map(len, overview().splitlines())) <= 100


def test_each_command_has_a_help() -> None:
    for name in CLI_COMMANDS:
        text = command_help(name)
        assert text.startswith(f"usage: pop3lab {name}")
        for row in options_of(name):
            assert row.word in text or row.operand
        assert text.count("\n") > 1


def test_meanings_are_made_of_words() -> None:
    for name in CLI_COMMANDS:
        for row in options_of(name):
            assert not re.search(r"[a-z]_[a-z]", row.help), row.name


@pytest.mark.parametrize("name", ["quirks", "faults", "attacks", "profiles", "cases", "drivers"])
def test_each_command_that_lists_takes_what_its_help_has(name: str) -> None:
    for row in options_of(name):
        assert cli.main([name, row.word], {}) == 0


def test_what_is_said_of_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["help"], ["--help"], ["-h"], ["help", "--help"], ["some/folder", "--help"]):
        assert cli.main(words, {}) == 0
        assert capsys.readouterr().out == overview()
    for words in (["help", "replay"], ["replay", "--help"], ["replay", "-h"]):
        assert cli.main(words, {}) == 0
        assert capsys.readouterr().out == command_help("replay")
    for words in (["version"], ["--version"], ["-V"]):
        assert cli.main(words, {}) == 0
        assert re.fullmatch(r"pop3lab \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("word", "hint"),
    [("nothing", "; `pop3lab help` lists all"), ("recrd", ", did you mean 'record'?")],
)
def test_help_on_an_unknown_command(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["help", word], {}) == 2
    assert capsys.readouterr() == ("", f"pop3lab: unknown command {word!r}{hint}\n")


def test_reading_options_imports_nothing_heavy() -> None:
    program = (
        "import sys; before = set(sys.modules); import pop3lab.config.checks,"
        " pop3lab.config.reading, pop3lab.cli.words;"
        "print(*sorted(name for name in set(sys.modules) - before if name[:7] != 'pop3lab'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "\n"
