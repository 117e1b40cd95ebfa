"""The table of settings, derived from a dataclass whose fields say in their types what they are."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Annotated, get_args, get_origin, get_type_hints

from pop3lab.config.types import COUNT, SECONDS, SettingType


class SettingSource(enum.Flag):
    """Where a setting may stand."""

    COMMAND_LINE = enum.auto()
    ENVIRONMENT = enum.auto()
    FILE = enum.auto()
    START = COMMAND_LINE | ENVIRONMENT
    ANYWHERE = COMMAND_LINE | ENVIRONMENT | FILE


@dataclass(frozen=True, slots=True)
class Setting:
    """What a field of settings is, beside its name, type and default.

    group: the heading in the help. one: its name where it may be given several times, each time
    with one value. name: where it is not the field's. option: on the command line, where it has
    another name there. operand: stands on the command line without
    its name. adds: those of the command line, the environment and the file are together.
    """

    group: str
    kind: SettingType
    help: str
    one: str = ""
    where: SettingSource = SettingSource.ANYWHERE
    operand: bool = False
    name: str = ""
    option: str = ""
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A field that has settings in it. prefix: what their names begin with."""

    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Option:
    """A setting: one name everywhere, `tls-port`, `--tls-port` and POP3LAB_TLS_PORT."""

    name: str
    path: tuple[str, ...]  # attributes, from the outermost
    default: object
    setting: Setting

    @property
    def many(self) -> bool:
        """Whether it is a list."""
        return bool(self.setting.one)

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return f"--{self.setting.option or self.name}"

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return VARIABLE + self.name.replace("-", "_").upper()

    def value(self, settings: object) -> object:
        """What it is in these settings."""
        for attribute in self.path:
            settings = getattr(settings, attribute)
        return settings

    def show(self, value: object) -> str:
        """A value as text, secrets masked."""
        if value is None:
            return self.setting.kind.none
        if isinstance(value, tuple):
            return " ".join(map(self.setting.kind.show, value)) or "-"
        return self.setting.kind.show(value)


VARIABLE = "POP3LAB_"

OptionTable = Mapping[str, Option]


def table(settings: type) -> OptionTable:
    """The rows of a dataclass by name, in order."""
    return {row.name: row for row in _rows(settings, None, ())}


def _rows(settings: type, group: Group | None, path: tuple[str, ...]) -> Iterator[Option]:
    hints = get_type_hints(settings, include_extras=True)
    for field in fields(settings):
        kind, *notes = _unfold(hints[field.name])
        inner = next((note for note in notes if isinstance(note, Group)), None)
        if inner:
            yield from _rows(kind, inner, (*path, field.name))
            continue
        setting = next((note for note in notes if isinstance(note, Setting)), None)
        setting = setting or _undescribed(group, kind)
        own = setting.one or setting.name or field.name.replace("_", "-")
        name = f"{group.prefix if group else ''}{own}"
        yield Option(name, (*path, field.name), _default(field), setting)


def _unfold(hint: type) -> tuple[type, *tuple[object, ...]]:
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        return kind, *notes
    return (hint,)


def _undescribed(group: Group | None, kind: type) -> Setting:
    """A number that the core has and no help describes yet is a setting all the same."""
    assert group
    assert kind in (int, float), kind
    return Setting(group.name, COUNT if kind is int else SECONDS, "see pop3lab.core.config")


def _default(field: "Field[object]") -> object:
    return None if field.default is MISSING else field.default
