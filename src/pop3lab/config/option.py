"""The type of an option: a row of the table from which everything else is derived.

These imports delay the port line, so nothing heavy is imported here.
"""

from pop3lab.config.types import OptionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, dataclass_transform

    _Class = TypeVar("_Class", bound=type)

# Where an option may be given.
COMMAND_LINE, ENVIRONMENT, IN_FILE = 1, 2, 4
START = COMMAND_LINE | ENVIRONMENT
ANYWHERE = START | IN_FILE
NOWHERE = 0

VARIABLE = "POP3LAB_"

LIMITS = "limits"  # the group of the limits of pop3lab.core.config


class Option:
    """A row of the table.

    group: the heading in the help. name: `tls-port`, for `--tls-port` and POP3LAB_TLS_PORT; by
    default that of the attribute. many: it may be given several times, each time with one value.
    adds: the values of command line, environment and file are combined. where: the places where it
    may be given. operand: it is given on the command line without its name. bare: its value if
    given without one. peeks: the next word is its value if that is a valid one. old: former names,
    which still work. old_pair: a former name with two values, which become one with an arrow
    between them.
    """

    __slots__ = (
        "adds",
        "attribute",
        "bare",
        "default",
        "group",
        "help",
        "many",
        "name",
        "old",
        "old_pair",
        "operand",
        "peeks",
        "type",
        "where",
    )

    def __init__(
        self,
        group: str,
        type: OptionType,  # noqa: A002 - its name everywhere
        help: str,  # noqa: A002
        *,
        default: object = None,
        name: str = "",
        many: bool = False,
        adds: bool = False,
        where: int = ANYWHERE,
        operand: bool = False,
        bare: str = "",
        peeks: bool = False,
        old: tuple[str, ...] = (),
        old_pair: str = "",
    ) -> None:
        self.group = group
        self.type = type
        self.help = help
        self.default = default
        self.name = name
        self.many = many
        self.adds = adds
        self.where = where
        self.operand = operand
        self.bare = bare
        self.peeks = peeks
        self.old = old
        self.old_pair = old_pair
        self.attribute = name.replace("-", "_")

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        self.name = self.name or attribute.replace("_", "-")

    @property
    def word(self) -> str:
        """Its name on the command line."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return variable_of(self.name)

    def value(self, settings: object) -> object:
        """Return its value in these settings."""
        if self.group == LIMITS:
            return getattr(settings.limits, self.attribute)  # type: ignore[attr-defined]
        return getattr(settings, self.attribute)

    def show(self, value: object) -> str:
        """Return a value as text, with secrets masked."""
        if value is None:
            return self.type.none
        if isinstance(value, tuple):
            return " ".join(map(self.type.show, value)) or "-"
        return self.type.show(value)


def variable_of(name: str) -> str:
    """Return the environment variable for an option name."""
    return VARIABLE + name.replace("-", "_").upper()


def option(
    group: str,
    type: OptionType,  # noqa: A002
    help: str,  # noqa: A002
    *,
    default: object = None,
    **more: "Any",
) -> "Any":
    """Return a row as a field of the settings, whose annotation gives the type."""
    return Option(group, type, help, default=default, **more)


if TYPE_CHECKING:

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(option,))
    def record(cls: _Class) -> _Class:  # noqa: D103
        ...
else:

    def record(cls):
        """Return a class unchanged; tells type checkers that option fields have their types."""
        return cls
