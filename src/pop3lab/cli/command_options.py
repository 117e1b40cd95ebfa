"""The options of each command, for help and spelling suggestions."""

from collections.abc import Sequence
from importlib import import_module

from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.config.option import Option
from pop3lab.config.options import TABLE


def options_of(command: str) -> Sequence[Option]:
    """Return the options of a command, from its module. Raises KeyError if there is none."""
    if command in ("serve", "doctor"):
        return tuple(TABLE.values())
    module = CLI_COMMANDS[command].module
    return getattr(import_module(module), "OPTIONS", ()) if module else ()
