"""Drivers as they are written, in TOML: each mistake is named with its place."""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from pop3lab.cases.case import LOGINS, JobTls
from pop3lab.clients.delivered import DELIVERY_FORMS
from pop3lab.clients.driver import Driver
from pop3lab.clients.template import NAMES
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.toml import read_toml

SCHEMA = 1  # of a driver file
CLAIMS_OF_CLIENTS = ("remembers", "timeout")

_OPERATIONS = ("delete", "keep")
_TLS: Mapping[str, JobTls] = {"none": "", "stls": "stls", "implicit": "implicit"}
_AUTH: Mapping[str, str] = {"password": "", **{name: name for name in LOGINS}}
_KINDS = ("program", "library")


def load_driver(path: str) -> Driver:
    """Read a driver file. Raises ConfigError."""
    reading = _Table(read_toml(path), path)
    schema = reading.take("schema", _whole)
    if schema != SCHEMA:
        raise ConfigError(f"{path}: schema = {schema}: this version reads schema = {SCHEMA}")
    version = reading.table("version")
    driver = Driver(
        name=reading.take("name", _text),
        about=reading.take("about", _text, ""),
        kind=reading.take("kind", _one_of(_KINDS), "program"),
        needs=reading.take("needs", _texts, ()),
        delivers=reading.take("delivers", _one_of(DELIVERY_FORMS), "files"),
        claims=reading.take("claims", _texts_of(CLAIMS_OF_CLIENTS), ()),
        success=reading.take("success", _wholes, (0,)),
        operations=reading.mapping("operations", _OPERATIONS, _words),
        files=reading.mapping("files", None, _text),
        tls={_TLS[name]: text for name, text in reading.mapping("tls", _TLS, _text).items()}
        or {"": ""},
        auth={_AUTH[name]: text for name, text in reading.mapping("auth", _AUTH, _text).items()}
        or {"": ""},
        version=(version.take("command", _words, ()), version.take("pattern", _text, "")),
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


def shipped_drivers() -> Mapping[str, str]:
    """The paths of the drivers that come along, by name."""
    folder = files("pop3lab.clients") / "drivers"
    paths = (path for path in folder.iterdir() if path.name.endswith(".toml"))
    return {path.name.removesuffix(".toml"): str(path) for path in sorted(paths, key=str)}


_Read = Callable[[object], Any]
_NEEDED = object()


class _Table:
    """A table of a file, of which each key is taken once; close refuses the others."""

    def __init__(self, table: Mapping[str, object], at: str) -> None:
        self._rest = dict(table)
        self._known: list[str] = []
        self._at = at

    def take(self, name: str, read: _Read, default: Any = _NEEDED) -> Any:
        """The value of a key. Raises ConfigError."""
        self._known.append(name)
        value = self._rest.pop(name, default)
        if value is _NEEDED:
            raise ConfigError(f"{self._at}: {name} is missing")
        if value is default:
            return value
        try:
            return read(value)
        except ValueError as error:
            raise ConfigError(f"{self._at}: {name}: write {error}") from None

    def table(self, name: str) -> "_Table":
        """A table within this one."""
        return _Table(self.take(name, _table, {}), f"{self._at}: {name}")

    def mapping(
        self, name: str, keys: Sequence[str] | Mapping[str, str] | None, read: _Read
    ) -> Any:
        """A table whose keys are among these, if they are given."""
        within = self.table(name)
        return {
            key: within.take(key, read)
            for key in list(within._rest)
            if keys is None or key in keys or within.refuse(key, keys)
        }

    def refuse(self, name: str, known: Sequence[str] | Mapping[str, str]) -> bool:
        """Raise ConfigError for a key that is not known."""
        raise ConfigError(f"{self._at}.{name}: is not known{nearest(name, [*known])}")

    def close(self) -> None:
        """Raise ConfigError for a key that nobody has taken."""
        for name in self._rest:
            self.refuse(name, self._known)


def _table(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError("a table")  # noqa: TRY004 - of the file, not of the program
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: TRY004
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a whole number")  # noqa: TRY004
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("a list of texts")
    return tuple(value)


def _words(value: object) -> tuple[str, ...]:
    words = _texts(value)
    if not words:
        raise ValueError("a list with the command and its arguments")
    return words


def _wholes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of whole numbers")  # noqa: TRY004
    return tuple(map(_whole, value))


def _one_of(words: Sequence[str]) -> _Read:
    def read(value: object) -> object:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return read


def _texts_of(words: Sequence[str]) -> _Read:
    def read(value: object) -> object:
        texts = _texts(value)
        if set(texts) - set(words):
            raise ValueError(f"some of {', '.join(words)}")
        return texts

    return read
