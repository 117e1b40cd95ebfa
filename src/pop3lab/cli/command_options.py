"""The options of each command, wherever they stand: help and spelling corrections ask for them."""

from collections.abc import Sequence
from importlib import import_module

from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.config.option import Option
from pop3lab.config.options import TABLE


def options_of(command: str) -> Sequence[Option]:
    """The rows, which stand in the module of the command. Raises KeyError if there is none."""
    if command in ("serve", "doctor"):
        return tuple(TABLE.values())
    module = CLI_COMMANDS[command].module
    return getattr(import_module(module), "OPTIONS", ()) if module else ()
