"""Matches arguments of commands as the server parses them; never matches secret ones."""

from collections.abc import Mapping

from pop3lab.core.command import COMMANDS
from pop3lab.core.request import Request, number

# The first secret word of each command: passwords, digests, initial responses. pop3lab has no
# LOGIN and RPOP, but some clients try them.
_SECRET: Mapping[str, int] = {"PASS": 1, "APOP": 2, "AUTH": 2, "RPOP": 1, "LOGIN": 2}

_ANY_CASE = {("AUTH", 1), ("LANG", 1)}


def is_secret(verb: str, place: int) -> bool:
    """Whether this word of the command, 1 for the first, must not be shown."""
    return place >= _SECRET.get(verb, place + 1)


def words_of(request: Request) -> list[str]:
    """Return the words after the verb; trailing spaces add none."""
    return list(filter(None, request.arguments))


def has_word(request: Request, place: int, text: str) -> bool:
    """Whether the word at this place is the text; False for secret words."""
    words = words_of(request)
    if place > len(words) or is_secret(request.verb, place):
        return False
    word = words[place - 1]
    if _takes_number(request.verb, place):
        return _same_number(word, text)
    if (request.verb, place) in _ANY_CASE:
        return word.casefold() == text.casefold()
    return word == text


def has_number(request: Request, wanted: int) -> bool:
    """Whether the first word is this number, with any leading zeros; False for secret words."""
    words = words_of(request)
    return bool(words) and not is_secret(request.verb, 1) and _same_number(words[0], str(wanted))


def _takes_number(verb: str, place: int) -> bool:
    row = COMMANDS.get(verb)
    return bool(row and place <= len(row.arguments) and row.arguments[place - 1] is number)


def _same_number(word: str, text: str) -> bool:
    digits = f"{word}{text}"
    if digits.isascii() and digits.isdecimal() and word and text:
        return word.lstrip("0") == text.lstrip("0")
    return word == text


def may_be_same(one: str, other: str) -> bool:
    """Whether some command could parse both as the same word."""
    return one.casefold() == other.casefold() or _same_number(one, other)
