"""Quirks, faults and attacks by name: as text, and from Python."""

from collections.abc import Callable, Iterator

from pop3lab.core.errors import ConfigError
from pop3lab.faults.catalogue import PECULIARITIES
from pop3lab.faults.peculiarity import Peculiarity
from pop3lab.faults.what import THEN, What
from pop3lab.faults.words import Word, near, nearest, split, wrong


def what(name: str, *values: object, **named: object) -> What:
    """A row of the catalogue with these values. Raises ConfigError."""
    kind = named_so(name)
    return What(kind, kind.values(values, {key.replace("_", "-"): v for key, v in named.items()}))


def named_so(name: str) -> Peculiarity:
    """The row of this name. Raises ConfigError."""
    if name not in PECULIARITIES:
        raise ConfigError(f"there is no quirk or fault {name!r}, {nearest(name, PECULIARITIES)}")
    return PECULIARITIES[name]


def parse_what(text: str) -> What:
    """Read `name value ... parameter=value ... then word`. Raises ConfigError with the place."""
    words = split(text)
    if not words or words[0].name:
        raise wrong(text, 0, "the name of a quirk or fault is wanted")
    name, *rest = words
    try:
        kind = named_so(name.text)
    except ConfigError as error:
        raise wrong(text, name.place, str(error)) from None
    named = _named(text, kind, rest)
    try:
        return What(kind, kind.values((), named))
    except ConfigError as error:
        raise wrong(text, len(text), str(error)) from None


def _named(text: str, kind: Peculiarity, words: list[Word]) -> dict[str, object]:
    """The values by parameter, each checked, so that a mistake is shown where it stands."""
    named: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        name, value = word.name, word
        if _is_then(kind, word):
            name, value = THEN, _next(text, rest)
        try:
            kind.give(named, name, value.octets)
        except ConfigError as error:
            hint = _meant_then(kind, word)
            raise wrong(text, word.place, hint or str(error)) from None
    return named


def _meant_then(kind: Peculiarity, word: Word) -> str:
    bare = not word.name and not word.quoted and word.text != THEN
    takes = any(parameter.name == THEN for parameter in kind.parameters)
    return f"did you mean {THEN!r}?" if bare and takes and near(word.text, [THEN], 0.7) else ""


def _is_then(kind: Peculiarity, word: Word) -> bool:
    bare = not word.name and not word.quoted and word.text == THEN
    return bare and any(parameter.name == THEN for parameter in kind.parameters)


def _next(text: str, rest: Iterator[Word]) -> Word:
    word = next(rest, None)
    if word is None or word.name:
        raise wrong(text, len(text), "a word is wanted behind then")
    return word


def maker(name: str) -> Callable[..., What]:
    """The function that makes a What of this name: cut_after(512, then="reset")."""
    kind = named_so(name.replace("_", "-"))

    def make(*values: object, **named: object) -> What:
        return what(kind.name, *values, **named)

    make.__name__, make.__doc__ = name, kind.meaning
    return make
