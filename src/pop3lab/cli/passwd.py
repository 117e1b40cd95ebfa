"""`pop3lab passwd NAME`: a line for a users file."""

import sys
from collections.abc import Sequence

from pop3lab.auth.users_file import make_entry
from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import NAME
from pop3lab.core.errors import ConfigError

OPTIONS = (
    Option("options", NAME, "password scheme, as in {SCHEME}hash of a users file", name="scheme"),
)


def run(command: str, words: Sequence[str]) -> int:
    """Print the line. Raises ConfigError."""
    found, operands = read_words(OPTIONS, words)
    if len(operands) != 1:
        raise ConfigError(f"{command} needs one NAME")
    [name] = operands
    options = {"scheme": str(found["scheme"])} if found["scheme"] else {}
    sys.stdout.write(make_entry(name, _password(name), **options) + "\n")
    return 0


def _password(name: str) -> str:
    """Return the password, entered twice at a terminal, or the first line of stdin.

    Raises ConfigError.
    """
    if sys.stdin.isatty():
        from getpass import getpass

        password = getpass(f"Password of {name}: ", sys.stderr)
        if getpass("Once more: ", sys.stderr) != password:
            raise ConfigError("the two passwords differ")
    else:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not password:
        raise ConfigError("an empty password lets everybody in: give one")
    return password
