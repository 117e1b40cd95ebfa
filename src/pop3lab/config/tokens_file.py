"""The file of bearer tokens: lines TOKEN USER[,USER...] [STATE].

Empty lines and lines with # are ignored.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.reading import MAX_LIST_FILE, read_whole

_FORM = "TOKEN USER[,USER...] [STATE]"


class TokenLine(NamedTuple):
    """The owner of a token, its state, and the other users whose maildrops it opens."""

    user: str
    state: str
    others: tuple[str, ...] = ()


def read_tokens_file(path: str, states: Collection[str]) -> Mapping[str, TokenLine]:
    """Return the tokens by their text. states: the known ones; the first is the default.

    Raises ConfigError, which names file and line but not the token.
    """
    try:
        lines = read_whole(path, MAX_LIST_FILE).decode("utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8") from None
    tokens: dict[str, TokenLine] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words and not line.startswith("#"):
            _add(tokens, words, tuple(states), f"{path} line {number}")
    if not tokens:
        raise ConfigError(f"{path}: there is no token in it: add lines {_FORM}")
    return tokens


def _add(tokens: dict[str, TokenLine], words: list[str], states: tuple[str, ...], at: str) -> None:
    if len(words) not in (2, 3):
        raise ConfigError(f"{at}: give TOKEN USER, and a STATE if it is not {states[0]}")
    token, names, state = [*words, states[0]][:3]
    user, *others = names.split(",")
    if state not in states:
        raise ConfigError(f"{at}: unknown state {state!r}{nearest(state, states)}")
    if not all((user, *others)):
        raise ConfigError(f"{at}: {names!r} has an empty name: give USER, or USER,USER")
    if token in tokens:
        raise ConfigError(f"{at}: this token has a line already")
    tokens[token] = TokenLine(user, state, tuple(others))
