"""Drivers as they are written, in TOML: each mistake is named with its place."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from pop3lab.cases.case import LOGINS, JobTls
from pop3lab.clients.delivered import DELIVERY_FORMS
from pop3lab.clients.driver import Driver
from pop3lab.clients.template import NAMES
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.toml import parse_toml, read_toml
from pop3lab.files.toml_table import (
    TomlTable,
    toml_one_of,
    toml_text,
    toml_texts,
    toml_texts_of,
    toml_whole,
    toml_wholes,
)

SCHEMA = 1  # of a driver file
CLAIMS_OF_CLIENTS = ("remembers", "timeout")

_OPERATIONS = ("delete", "keep")
_TLS: Mapping[str, JobTls] = {"none": "", "stls": "stls", "implicit": "implicit"}
_AUTH: Mapping[str, str] = {"password": "", **{name: name for name in LOGINS}}
_KINDS = ("program", "library")


def load_driver(source: str | Traversable) -> Driver:
    """Read a driver from the path of a file, or one that comes along. Raises ConfigError."""
    path = str(source)
    if isinstance(source, str):
        reading = TomlTable(read_toml(path), path)
    else:
        reading = TomlTable(parse_toml(path, source.read_bytes()), path)
    schema = reading.take("schema", toml_whole)
    if schema != SCHEMA:
        raise ConfigError(f"{path}: schema = {schema}: this version reads schema = {SCHEMA}")
    version = reading.table("version")
    driver = Driver(
        name=reading.take("name", toml_text),
        about=reading.take("about", toml_text, ""),
        kind=reading.take("kind", toml_one_of(_KINDS), "program"),
        needs=reading.take("needs", toml_texts, ()),
        delivers=reading.take("delivers", toml_one_of(DELIVERY_FORMS), "files"),
        claims=reading.take("claims", toml_texts_of(CLAIMS_OF_CLIENTS), ()),
        success=reading.take("success", toml_wholes, (0,)),
        operations=reading.mapping("operations", _OPERATIONS, _words),
        files=reading.mapping("files", None, toml_text),
        tls={_TLS[name]: text for name, text in reading.mapping("tls", _TLS, toml_text).items()}
        or {"": ""},
        auth={_AUTH[name]: text for name, text in reading.mapping("auth", _AUTH, toml_text).items()}
        or {"": ""},
        version=(version.take("command", _words, ()), version.take("pattern", toml_text, "")),
    )
    version.close()
    reading.close()
    _check(driver, path)
    return driver


def _check(driver: Driver, path: str) -> None:
    if not driver.operations:
        raise ConfigError(f"{path}: [operations] needs a command for delete, or for keep")
    known = (*NAMES, *driver.files)
    for name in sorted(driver.placeholders.difference(known)):
        raise ConfigError(f"{path}: {{{name}}} is not a placeholder{nearest(name, known)}")


def shipped_drivers() -> Mapping[str, Traversable]:
    """The drivers that come along, by name; files, or members of a zip archive."""
    folder = files("pop3lab.clients") / "drivers"
    paths = (path for path in folder.iterdir() if path.name.endswith(".toml"))
    return {path.name.removesuffix(".toml"): path for path in sorted(paths, key=str)}


def _words(value: object) -> tuple[str, ...]:
    words = toml_texts(value)
    if not words:
        raise ValueError("a list with the command and its arguments")
    return words
