"""One value of an option: how it is read, and where it came from."""

from pop3lab.config.option import Option
from pop3lab.config.options import TABLE
from pop3lab.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class SourcedValue:
    """A value, and where it came from: `command line`, `environment NAME`, `file PATH`."""

    __slots__ = ("origin", "value")

    def __init__(self, value: object, origin: str) -> None:
        self.value = value
        self.origin = origin


def from_text(row: Option, text: str, at: str) -> object:
    """The value of an option. at: where it stands. Raises ConfigError."""
    try:
        return row.type.parse(text)
    except ValueError as error:
        shown = "it" if row.type.secret else repr(text)
        said = str(error) if error.args and _is_ours(str(error)) else f"give {row.type.wanted}"
        raise ConfigError(f"{at}: {shown} is wrong: {said}") from None


def _is_ours(text: str) -> bool:
    """Whether it is a sentence for the user, and not what Python says of a number."""
    return text.startswith(("give ", "descriptor "))


def named_in(where: int, name: "Callable[[str], str]" = str) -> "dict[str, Option]":
    """The rows that may stand there by their names, and by their former ones."""
    known: dict[str, Option] = {}
    for row in TABLE.values():
        if row.where & where:
            known.update((name(each), row) for each in (row.name, *row.old))
    return known
