"""Reads TOML files, however malformed."""

import tomllib
from collections.abc import Mapping
from typing import Any

from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import MAX_CONFIG_FILE, read_whole

_DEEPEST = 32  # nesting of tables and lists
_NUMBERS = 2**63  # limits of integers in TOML


def read_toml(path: str) -> Mapping[str, Any]:
    """Read the tables of a TOML file. Raises ConfigError, and nothing else."""
    try:
        octets = read_whole(path, MAX_CONFIG_FILE)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    return parse_toml(path, octets)


def parse_toml(path: str, octets: bytes) -> Mapping[str, Any]:
    """Return the tables in a file's content. Raises ConfigError, which names the path."""
    try:
        content = tomllib.loads(octets.decode("utf-8"))
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, a number of 5,000 digits
        raise ConfigError(f"{path}: is not TOML: {_said(error)}") from None
    _check_values(path, content)
    return content


def _said(error: ValueError) -> str:
    """Return the mistake; replace Python's unhelpful messages."""
    if isinstance(error, UnicodeDecodeError):
        return f"octet {error.start + 1} is not UTF-8: save it as UTF-8"
    return "a number has too many digits" if "int_max_str_digits" in str(error) else str(error)


def _check_values(path: str, content: object) -> None:
    """Refuse deep tables and long numbers, which parse but can't be compared or shown."""
    level: list[object] = [content]
    for _ in range(_DEEPEST):
        if any(isinstance(each, int) and not -_NUMBERS <= each < _NUMBERS for each in level):
            raise ConfigError(f"{path}: a number has too many digits: TOML's have 64 bits")
        level = [within for each in level for within in _within(each)]
    if level:
        raise ConfigError(f"{path}: is nested too deeply")


def _within(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
