"""What a rule does: a row of the catalogue with its values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import product
from string import Formatter
from typing import Any

from pop3lab.core.script import Script
from pop3lab.faults.peculiarity import Peculiarity, Shared

THEN = "then"  # a parameter that is written as a word of its own, with its value behind it


def _each(value: Any) -> Collection[Any]:
    return (value or ("",)) if isinstance(value, tuple) else (value,)


@dataclass(frozen=True)
class What:
    """A quirk, fault or attack with its values. str: as it is written, read back by parse_what."""

    kind: Peculiarity
    values: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash((self.kind.name, frozenset(self.values.items())))

    @property
    def aspects(self) -> set[str]:
        """What it decides alone."""
        aspect = self.kind.aspect
        texts = (aspect,) if isinstance(aspect, str) else aspect
        return set().union(*map(self.versions, texts))

    def versions(self, text: str, on: Collection[str] = ()) -> set[str]:
        """With its values in the place of fields; several values make several. on: its verbs."""
        fields = [name for _, name, _, _ in Formatter().parse(text) if name]
        known = {**self.values, "on": tuple(on)}
        lists = [_each(known[name]) for name in fields]
        several = (dict(zip(fields, some, strict=True)) for some in product(*lists))
        return {text.format(**some).strip() for some in several}

    def script(self, shared: Shared) -> Script:
        """The script of one server."""
        return self.kind.script(shared, self.values)

    def __str__(self) -> str:
        words = [self.kind.name]
        for parameter in self.kind.parameters:
            value = self.values[parameter.name]
            if parameter.default is not None and value == parameter.default:
                continue
            word = parameter.show(value)
            word = f'"{word}"' if word == THEN else word
            if parameter.name == THEN:
                words.append(f"{THEN} {word}")
            elif parameter.default is None:
                words.append(word)
            else:
                words.append(f"{parameter.name}={word}")
        return " ".join(words)
