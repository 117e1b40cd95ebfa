"""How a command shows rows of a catalogue: as a list, explained one by one, or as JSON."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import fill
from typing import TypeVar

from pop3lab.config.option import Option
from pop3lab.config.types import FLAG

_WIDTH = 79
_Row = TypeVar("_Row")

JSON = Option("options", FLAG, "print everything about each as JSON", name="json", default=False)


def print_rows(
    rows: Sequence[_Row],
    *,
    as_json: Callable[[_Row], Mapping[str, object]] | None,
    explained: Callable[[_Row], Iterable[str]] | None,
    listed: Callable[[Sequence[_Row]], Iterable[str]],
) -> None:
    """Print rows as JSON if that is asked for, explained if they were named, or else as a list."""
    if as_json:
        text = json.dumps([as_json(row) for row in rows], indent=2) + "\n"
    elif explained:
        text = "\n".join("".join(explained(row)) for row in rows)
    else:
        text = "".join(listed(rows))
    sys.stdout.write(text)


def paragraph(text: str, indent: int = 0) -> str:
    """Return a text as a paragraph of the width of a terminal."""
    return fill(text, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent) + "\n"
