"""Splits the command line into options and operands.

These imports delay the port line, so nothing heavy is imported here.
"""

from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.config.option import COMMAND_LINE, Option
from pop3lab.config.options import TABLE
from pop3lab.config.types import FLAG
from pop3lab.config.values import from_text
from pop3lab.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ARROW = " -> "


class Words:
    """A parsed command line. texts: the values given for each option, in order."""

    __slots__ = ("operands", "texts")

    def __init__(self, rows: "Iterable[Option]", words: "Sequence[str]") -> None:
        """rows: the options that exist. Raises ConfigError."""
        self.texts: dict[str, list[str]] = {}
        self.operands: list[str] = []
        known = _known(rows)
        rest = [*reversed(words)]
        while rest:
            word = rest.pop()
            if word == "--":
                self.operands += reversed(rest)
                return
            if word.startswith("-") and len(word) > 1:
                self._take(word, rest, known)
            else:
                self.operands.append(word)

    def _take(self, word: str, rest: list[str], known: "Mapping[str, Option]") -> None:
        name, equals, value = word.partition("=")
        if name not in known:
            raise ConfigError(_unknown(name, known))
        row = known[name]
        if row.type is FLAG:
            if equals:
                raise ConfigError(f"{name} takes no value")
            value = str(not name.startswith("--no-") or name == row.word).lower()
        elif name == f"--{row.old_pair}":
            value = _pair(name, value if equals else _next(rest), _next(rest))
        elif not equals:
            value = _peeked(row, rest) or row.bare or _value(row, name, _next(rest))
        elif not value and not row.bare:
            raise ConfigError(_missing(row, name))
        self.texts.setdefault(row.name, []).append(value)


def server_texts(words: "Sequence[str]") -> "dict[str, list[str]]":
    """Return the values for each option of `serve`, including the target. Raises ConfigError."""
    asked = Words(TABLE.values(), words)
    if len(asked.operands) > 1:
        raise ConfigError(f"{asked.operands[1]!r} is one TARGET too many")
    return {**asked.texts, "target": asked.operands} if asked.operands else asked.texts


def read_words(
    rows: "Sequence[Option]", words: "Sequence[str]"
) -> "tuple[dict[str, object], list[str]]":
    """Return the values of a command's options by attribute, with defaults, and its operands.

    Raises ConfigError.
    """
    given = Words(rows, words)
    values = {row.attribute: row.default for row in rows}
    for row in rows:
        if read := [from_text(row, text, row.word) for text in given.texts.get(row.name, ())]:
            values[row.attribute] = tuple(read) if row.many else read[-1]
    return values, given.operands


def _known(rows: "Iterable[Option]") -> "dict[str, Option]":
    """Return the options by each spelling, including former ones."""
    known: dict[str, Option] = {}
    for row in rows:
        if not row.where & COMMAND_LINE:
            continue
        for name in (row.name, *row.old, *([row.old_pair] if row.old_pair else ())):
            known[f"--{name}"] = row
        if row.type is FLAG:
            known[f"--no-{row.name}"] = row
    return known


def _next(rest: list[str]) -> str | None:
    """Take the next word, if there is one. rest: the words that are left, in reverse."""
    return rest.pop() if rest else None


def _peeked(row: Option, rest: list[str]) -> str:
    """Take the next word if it is a value of an option that need not have one."""
    if not (row.peeks and rest and any(map(str.isdecimal, rest[-1]))):
        return ""
    try:
        row.type.parse(rest[-1])
    except ValueError:
        return ""
    return rest.pop()


def _value(row: Option, name: str, value: str | None) -> str:
    if value is None or (value.startswith("--") and len(value) > 2):
        raise ConfigError(_missing(row, name))
    return value


def _missing(row: Option, name: str) -> str:
    return f"{name} needs a value: give {row.type.wanted}"


def _pair(name: str, condition: str | None, effect: str | None) -> str:
    if condition is None or not effect:
        raise ConfigError(f"{name} needs two values: --rule 'CONDITION -> EFFECT' is the same")
    return f"{condition}{_ARROW}{effect}"


def _unknown(word: str, known: "Iterable[str]") -> str:
    """Return a sentence that names a similar option, or the command that has this one."""
    from pop3lab.core.suggest import near

    told = f"unknown option {word!r}"
    others = _of_others()
    if word in others:
        return f"{told}: it is one of pop3lab {others[word]}"
    name = word.lstrip("-")  # common prefixes do not count as similarity
    own = [each[2:] for each in known if not each.startswith("--no-")]
    if like := near(name, [*own, "help", "version"]):
        return f"{told}, did you mean '--{like}'?"
    like = near(name, (each[2:] for each in others))
    if like:
        return f"{told}, '--{like}' is one of pop3lab {others[f'--{like}']}"
    return f"{told}; pop3lab help COMMAND lists the options of a command"


def _of_others() -> "dict[str, str]":
    """Return the options of all commands, and the commands that have them."""
    from pop3lab.cli.command_options import options_of  # only after a mistake

    found = {row.word: "serve" for row in TABLE.values() if row.where & COMMAND_LINE}
    for name in CLI_COMMANDS:
        for row in options_of(name):
            found.setdefault(row.word, name)
    return found
