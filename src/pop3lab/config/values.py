"""The value of an option, and its origin."""

from pop3lab.config.option import Option
from pop3lab.config.options import TABLE
from pop3lab.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class SourcedValue:
    """A value and its origin: `command line`, `environment NAME`, `file PATH`."""

    __slots__ = ("origin", "value")

    def __init__(self, value: object, origin: str) -> None:
        self.value = value
        self.origin = origin


def from_text(row: Option, text: str, at: str) -> object:
    """Parse the value of an option. at: its origin. Raises ConfigError."""
    try:
        return row.type.parse(text)
    except ValueError as error:
        shown = "its value" if row.type.secret else repr(text)
        said = str(error) if error.args and _is_ours(str(error)) else f"give {row.type.wanted}"
        raise ConfigError(f"{at}: {shown} is wrong: {said}") from None


def _is_ours(text: str) -> bool:
    """Whether the text of an error is meant for users, and is not Python's own."""
    return text.startswith(("give ", "descriptor "))


def named_in(where: int, name: "Callable[[str], str]" = str) -> "dict[str, Option]":
    """Return the options that may be given there, by name and former name."""
    known: dict[str, Option] = {}
    for row in TABLE.values():
        if row.where & where:
            known.update((name(each), row) for each in (row.name, *row.old))
    return known
