"""Reads scenario files in TOML; each mistake is reported with its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.toml import read_toml
from pop3lab.scenario.schema import SECTIONS, TOP, Key, Section

_CALLED = {
    str: "a text",
    list: "a list of texts",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}

Table = Mapping[str, Any]

_FORMER = {"as": "profile"}  # former names of keys


def read_tables(path: Path) -> Mapping[str, list[Table]]:
    """Return the tables of each section, with keys and types checked.

    Raises ConfigError with the file, the place in it, and a suggestion.
    """
    content = read_toml(str(path))
    found = {}
    for name, value in content.items():
        at = f"{path}: {name}"
        if name in TOP:
            _check(value, TOP[name], at)
        elif name in SECTIONS:
            found[name] = _section(value, SECTIONS[name], at)
        else:
            raise ConfigError(f"{at}: is not part of a scenario{nearest(name, (*SECTIONS, *TOP))}")
    return found


def _section(value: object, section: Section, at: str) -> list[Table]:
    tables = value if section.many else [value]
    name = at.rpartition(" ")[2]
    form = f"[[{name}]]" if section.many else f"[{name}]"
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{at}: write it as {form}")
    renamed: list[Table] = [
        {_FORMER.get(key, key): one for key, one in table.items()} for table in tables
    ]
    for nth, table in enumerate(renamed, 1):
        _check_table(table, section, f"{at}[{nth}]" if section.many else at)
    return renamed


def _check_table(table: Table, section: Section, at: str) -> None:
    for name, value in table.items():
        if name not in section.keys:
            raise ConfigError(f"{at}.{name}: is not known{nearest(name, section.keys)}")
        _check(value, section.keys[name], f"{at}.{name}")
    for name, key in section.keys.items():
        if key.must and name not in table:
            raise ConfigError(f"{at}: {name} is missing: {key.meaning}")
    given = [name for name in section.one_of if name in table]
    if section.one_of and len(given) != 1:
        raise ConfigError(f"{at}: give one of {', '.join(section.one_of)}")
    for name in table:
        beside = section.keys[name].beside
        if beside and not table.keys() & set(beside):
            raise ConfigError(f"{at}: {name} is for {' and '.join(beside)}")


def _check(value: object, key: Key, at: str) -> None:
    if not _fits(value, key):
        least = f", {key.minimum} or more" if key.kind in (int, float) else ""
        raise ConfigError(f"{at}: give {_CALLED[key.kind]}{least}")
    if key.choice and value not in key.choice:
        raise ConfigError(f"{at}: {value!r} is not known{nearest(str(value), key.choice)}")


def _fits(value: object, key: Key) -> bool:
    if isinstance(value, bool):
        return key.kind is bool
    if key.kind is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if key.kind is str:
        return isinstance(value, str)
    if key.kind is bool:
        return False
    numbers = int if key.kind is int else int | float
    return isinstance(value, numbers) and value >= key.minimum
