"""Tables of a TOML file whose keys are all known: each mistake is named with its place."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest

ReadValue = Callable[[object], Any]  # raises ValueError, which says what to write
_NEEDED = object()


class TomlTable:
    """A table of a file, of which each key is taken once; close refuses the others."""

    def __init__(self, table: Mapping[str, object], at: str) -> None:
        """at: the place, as errors tell it."""
        self._rest = dict(table)
        self._known: list[str] = []
        self._at = at

    def take(self, name: str, read: ReadValue, default: Any = _NEEDED) -> Any:
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

    def table(self, name: str) -> "TomlTable":
        """A table within this one."""
        return TomlTable(self.take(name, _table, {}), f"{self._at}: {name}")

    def tables(self, name: str) -> "list[TomlTable]":
        """A list of tables, each under its number."""
        found = self.take(name, _tables, [])
        return [TomlTable(each, f"{self._at}: {name} {n}") for n, each in enumerate(found, 1)]

    def mapping(self, name: str, keys: Collection[str] | None, read: ReadValue) -> Any:
        """A table whose keys are among these, if they are given."""
        within = self.table(name)
        found = {}
        for key in list(within._rest):
            if keys is not None and key not in keys:
                within._refuse(key, keys)
            found[key] = within.take(key, read)
        return found

    def _refuse(self, name: str, known: Collection[str]) -> NoReturn:
        raise ConfigError(f"{self._at}.{name}: is not known{nearest(name, [*known])}")

    def close(self) -> None:
        """Raise ConfigError for a key that nobody has taken."""
        for name in self._rest:
            self._refuse(name, self._known)


def _table(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError("a table")  # noqa: TRY004 - of the file, not of the program
    return value


def _tables(value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("a list of tables")
    return value


def toml_text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: TRY004
    return value


def toml_flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004
    return value


def toml_whole(value: object) -> int:
    """Read a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a whole number")  # noqa: TRY004
    return value


def toml_texts(value: object) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("a list of texts")
    return tuple(value)


def toml_wholes(value: object) -> tuple[int, ...]:
    """Read a list of whole numbers."""
    if not isinstance(value, list):
        raise ValueError("a list of whole numbers")  # noqa: TRY004
    return tuple(map(toml_whole, value))


def toml_one_of(words: Sequence[str]) -> ReadValue:
    """Read one of some words."""

    def read(value: object) -> object:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return read


def toml_texts_of(words: Sequence[str]) -> ReadValue:
    """Read a list of some words."""

    def read(value: object) -> object:
        texts = toml_texts(value)
        if set(texts) - set(words):
            raise ValueError(f"some of {', '.join(words)}")
        return texts

    return read
