"""Settings from a TOML file."""

import os
from collections.abc import Iterator, Mapping

from pop3lab.config.option import IN_FILE, Option
from pop3lab.config.options import TABLE
from pop3lab.config.types import is_path
from pop3lab.config.values import SourcedValue, from_text, named_in
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.toml import read_toml


def from_file(path: str) -> Mapping[str, SourcedValue]:
    """Read a file; paths in it are relative to its folder. Raises ConfigError."""
    return dict(_entries(path, read_toml(path)))


def _entries(path: str, content: Mapping[str, object]) -> Iterator[tuple[str, SourcedValue]]:
    known = named_in(IN_FILE)
    for key, value in content.items():
        if key in TABLE and key not in known:
            raise ConfigError(f"{path}: {key}: is not allowed in a file")
        if key not in known:
            raise ConfigError(f"{path}: {key}: unknown setting{nearest(key, known)}")
        row = known[key]
        read = _from_toml(row, value, f"{path}: {key}", os.path.dirname(path))
        yield row.name, SourcedValue(read, f"file {path}")


def _from_toml(row: Option, value: object, at: str, folder: str) -> object:
    if not row.many:
        return _one_from_toml(row, value, at, folder)
    if not isinstance(value, list):
        return (_one_from_toml(row, value, at, folder),)
    return tuple(
        _one_from_toml(row, one, f"{at}[{nth}]", folder) for nth, one in enumerate(value, 1)
    )


def _one_from_toml(row: Option, value: object, at: str, folder: str) -> object:
    kind = row.type
    if kind.table and isinstance(value, dict):
        return _from_table(row, _placed(value, folder), at)
    wrong_bool = isinstance(value, bool) and bool not in kind.toml
    if wrong_bool or not isinstance(value, kind.toml):
        raise ConfigError(f"{at}: is {_typed(value)}: give {kind.wanted}")
    read = from_text(row, str(value), at)
    if kind.path and is_path(str(read)):
        return os.path.join(folder, os.path.expanduser(str(read)))
    return read


def _placed(table: Mapping[str, object], folder: str) -> Mapping[str, object]:
    """Return a user's table with its path made relative to the file's folder."""
    target = table.get("maildrop")
    if not isinstance(target, str) or not is_path(target):
        return table
    return {**table, "maildrop": os.path.join(folder, target)}


def _from_table(row: Option, value: Mapping[str, object], at: str) -> object:
    assert row.type.table
    try:
        return row.type.table(value)
    except KeyError as error:
        key, question = error.args
        raise ConfigError(f"{at}.{key}: unknown setting{question}") from None
    except TypeError as error:
        raise ConfigError(f"{at}.{error}: give text between quotes") from None
    except ValueError as error:
        raise ConfigError(f"{at}: {str(error) or 'has an empty or unprintable text'}") from None


def _typed(value: object) -> str:
    names = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    names |= {list: "a list", dict: "a table"}
    return names.get(type(value), "a date")
