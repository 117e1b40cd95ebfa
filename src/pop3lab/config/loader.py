"""Settings from the command line, the environment and a file: the nearer one wins."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from pop3lab.config.fields import VARIABLE, Option, OptionTable, SettingSource
from pop3lab.config.settings import TABLE, Limits, Settings
from pop3lab.config.types import is_path, nearest
from pop3lab.core.errors import ConfigError

# Where settings are read from: words of the command line, the environment, a TOML file.


class SourcedValue(NamedTuple):
    """A value, and where it came from: `command line`, `environment NAME`, `file PATH`."""

    value: object
    origin: str


Found = Mapping[str, SourcedValue]


def from_words(words: Mapping[str, Sequence[str]], rows: OptionTable) -> Found:
    """words: what was given to each option. Raises ConfigError."""
    return {
        name: SourcedValue(_from_texts(rows[name], texts, rows[name].option), "command line")
        for name, texts in words.items()
    }


def from_environment(environ: Mapping[str, str], rows: OptionTable) -> Found:
    """The variables that begin with POP3LAB_; an empty one counts as not there.

    The values of a list are separated by white space. Raises ConfigError.
    """
    known = {
        row.variable: row for row in rows.values() if SettingSource.ENVIRONMENT in row.setting.where
    }
    found = {}
    for variable, text in environ.items():
        if not variable.startswith(VARIABLE) or not text:
            continue
        if variable not in known:
            question = nearest(variable, list(known))
            raise ConfigError(f"environment: {variable}: is no setting, {question}")
        row = known[variable]
        texts = text.split() if row.many else [text]
        value = _from_texts(row, texts, f"environment: {variable}")
        found[row.name] = SourcedValue(value, f"environment {variable}")
    return found


def from_file(path: str, rows: OptionTable) -> Found:
    """Paths in the file are relative to its folder. Raises ConfigError."""
    from pop3lab.files.toml import read_toml

    return dict(_entries(path, read_toml(path), rows))


def _entries(
    path: str, content: Mapping[str, object], rows: OptionTable
) -> Iterator[tuple[str, SourcedValue]]:
    known = [row.name for row in rows.values() if SettingSource.FILE in row.setting.where]
    for key, value in content.items():
        if key in rows and key not in known:
            raise ConfigError(f"{path}: {key}: cannot stand in a file")
        if key not in known:
            raise ConfigError(f"{path}: {key}: is no setting, {nearest(key, known)}")
        read = _from_toml(rows[key], value, f"{path}: {key}", os.path.dirname(path))
        yield key, SourcedValue(read, f"file {path}")


def _from_toml(row: Option, value: object, at: str, folder: str) -> object:
    if not row.many:
        return _one_from_toml(row, value, at, folder)
    if not isinstance(value, list):
        return (_one_from_toml(row, value, at, folder),)
    return tuple(
        _one_from_toml(row, one, f"{at}[{nth}]", folder) for nth, one in enumerate(value, 1)
    )


def _one_from_toml(row: Option, value: object, at: str, folder: str) -> object:
    kind = row.setting.kind
    if kind.table and isinstance(value, dict):
        return _from_table(row, _placed(value, folder), at)
    wrong_bool = isinstance(value, bool) and bool not in kind.toml
    if wrong_bool or not isinstance(value, kind.toml):
        raise ConfigError(f"{at}: is {_typed(value)}: give {kind.wanted}")
    read = _from_text(row, str(value), at)
    if kind.path and is_path(str(read)):
        return os.path.join(folder, os.path.expanduser(str(read)))
    return read


def _placed(table: Mapping[str, object], folder: str) -> Mapping[str, object]:
    """A user's table, a path in it relative to the file's folder, as others are."""
    target = table.get("maildrop")
    if not isinstance(target, str) or not is_path(target):
        return table
    return {**table, "maildrop": os.path.join(folder, target)}


def _from_table(row: Option, value: Mapping[str, object], at: str) -> object:
    assert row.setting.kind.table
    try:
        return row.setting.kind.table(value)
    except KeyError as error:
        key, question = error.args
        raise ConfigError(f"{at}.{key}: is no setting, {question}") from None
    except TypeError as error:
        raise ConfigError(f"{at}.{error}: give text between quotes") from None
    except ValueError as error:
        raise ConfigError(f"{at}: {str(error) or 'has an empty or unprintable text'}") from None


def _typed(value: object) -> str:
    names = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    names |= {list: "a list", dict: "a table"}
    return names.get(type(value), "a date")


def _from_texts(row: Option, texts: Sequence[str], at: str) -> object:
    if row.many:
        return tuple(_from_text(row, text, at) for text in texts)
    return _from_text(row, texts[-1], at)


def _from_text(row: Option, text: str, at: str) -> object:
    kind = row.setting.kind
    try:
        return kind.parse(text)
    except ValueError as error:
        hint = f", {error}" if str(error).startswith("did you mean") else ""
        # What has a secret in it is not shown.
        shown = "it" if kind.table else repr(text)
        raise ConfigError(f"{at}: {shown} is wrong: give {kind.wanted}{hint}") from None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each came from, by its name."""

    settings: Settings
    origins: Mapping[str, str]


def load(words: Mapping[str, Sequence[str]], environ: Mapping[str, str]) -> Loaded:
    """Merge what was given. Raises ConfigError for a value that can't be, or an unknown key.

    words: what was given to each option; environ: the whole environment. Whether the values agree
    with each other is for pop3lab.config.validation.
    """
    line = from_words(words, TABLE)
    environment = from_environment(environ, TABLE)
    asked = line.get("config") or environment.get("config")
    path = str(asked.value) if asked else _ambient(environ)
    file = from_file(path, TABLE) if path else {}
    given = _merged(file, environment, line)
    given |= _implied(given)
    origins = {name: given[name].origin if name in given else "default" for name in TABLE}
    return Loaded(_build(given), origins)


def _merged(*sources: Found) -> dict[str, SourcedValue]:
    """The farthest source first: the nearer one wins, or adds where a setting is of that kind."""
    given: dict[str, SourcedValue] = {}
    for source in sources:
        for name, one in source.items():
            adds = name in given and TABLE[name].setting.adds
            given[name] = _both(given[name], one) if adds else one
    return given


def _both(far: SourcedValue, near: SourcedValue) -> SourcedValue:
    values = (*cast(tuple[Any, ...], far.value), *cast(tuple[Any, ...], near.value))
    return SourcedValue(values, f"{far.origin} and {near.origin}")


def _ambient(environ: Mapping[str, str]) -> str | None:
    """The file that is read unasked, if it is there (XDG Base Directory Specification)."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):  # which the specification says to ignore
        home = environ.get("HOME", "")
        folder = os.path.join(home, ".config")
        if not os.path.isabs(home):
            return None
    path = os.path.join(folder, "pop3lab", "config.toml")
    return path if os.path.exists(path) else None


def _implied(given: Found) -> Found:
    """Defaults that follow from other settings.

    An inherited socket stands for the port; a TLS port without a certificate asks for one that is
    made at start; TLS without a port gets one, a free one where the other port is a free one too.
    """
    found: dict[str, SourcedValue] = {}
    if "port" not in given and ("fd" in given or "tls-fd" in given):
        found["port"] = SourcedValue(None, "default, as a socket is inherited")
    plain = _build({**given, **found})
    if "tls-self-signed" not in given and not plain.tls and plain.tls_port is not None:
        found["tls-self-signed"] = SourcedValue(True, "default, as tls-port is set")
    if "tls-port" not in given and plain.tls and plain.port is not None:
        port = 0 if plain.port == 0 else _TLS_PORT
        found["tls-port"] = SourcedValue(port, "default, as there is a certificate")
    return found


_TLS_PORT = 1995


def _build(given: Found) -> Settings:
    top: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for name, (value, _) in given.items():
        *outer, attribute = TABLE[name].path
        (limits if outer else top)[attribute] = value
    return Settings(**top, limits=Limits(**limits))
