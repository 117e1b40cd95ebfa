"""The command line as words."""

import re

import pytest

from pop3lab.cli.parser import COMMANDS, command
from pop3lab.config.fields import SettingSource
from pop3lab.config.settings import TABLE
from pop3lab.core.errors import ConfigError


def test_the_target_stands_anywhere() -> None:
    for words in (["mail", "--port", "0"], ["--port", "0", "mail"], ["--port=0", "--", "mail"]):
        assert command(["serve", *words]).words == {"port": ["0"], "target": ["mail"]}


def test_repeated_options_are_kept_in_order() -> None:
    found = command(["serve", "--user", "a:1", "--port", "1", "--user", "b:2", "--port", "2"])
    assert found.words == {"user": ["a:1", "b:2"], "port": ["2"]}


def test_passwd_has_a_name_and_a_scheme() -> None:
    found = command(["passwd", "--scheme", "PLAIN", "ann"])
    assert (found.operands, found.scheme) == (["ann"], "PLAIN")
    assert command(["passwd", "ann"]).scheme is None


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["srve"], "'srve' is no command, did you mean 'serve'?"),
        (["serve", "--tsl-port=1"], "unknown option '--tsl-port', did you mean '--tls-port'?"),
        (["serve", "--work", "1"], "unknown option '--work', did you mean '--workers'?"),
        (["serve", "--port"], "--port: expected one argument"),
        (["serve", "a", "b"], "'b' is one TARGET too many"),
        (["passwd"], "passwd needs one NAME"),
        (["passwd", "a", "b"], "passwd needs one NAME"),
    ],
)
def test_what_is_wrong_is_one_sentence(words: list[str], complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        command(words)
    assert str(error.value) == complaint


@pytest.mark.parametrize("name", ["serve", "doctor"])
def test_help_has_every_option_and_its_default(name: str) -> None:
    text = command([name, "--help"]).help
    assert text.startswith(f"usage: pop3lab {name} TARGET")
    for row in TABLE.values():
        if SettingSource.COMMAND_LINE in row.setting.where:
            assert re.search(rf"^  {row.option}[ ,]", text, re.MULTILINE)
    assert "(default: 1110)" in text
    assert max(map(len, text.splitlines())) <= 100


def test_help_without_a_command_has_the_commands() -> None:
    for words in ([], ["-h"], ["--help"]):
        assert all(f"\n  {name}" in command(words).help for name in COMMANDS)
    assert command(["passwd", "-h"]).help.startswith("usage: pop3lab passwd NAME")
