"""The arguments of a command, matched as the server reads them, without those that are secret."""

from collections.abc import Mapping

from pop3lab.core.command import COMMANDS
from pop3lab.core.request import Request, number

# From which word on they are secret: passwords, digests, initial responses. LOGIN and RPOP are no
# commands here, but some clients try them.
_SECRET: Mapping[str, int] = {"PASS": 1, "APOP": 2, "AUTH": 2, "RPOP": 1, "LOGIN": 2}

_ANY_CASE = {("AUTH", 1), ("LANG", 1)}


def is_secret(verb: str, place: int) -> bool:
    """Whether that word of such a command, 1 for the first, must not be shown."""
    return place >= _SECRET.get(verb, place + 1)


def words_of(request: Request) -> list[str]:
    """Those behind the verb; spaces at the end of the line make none."""
    return list(filter(None, request.arguments))


def has_word(request: Request, place: int, text: str) -> bool:
    """Whether the word there is this one; never for one that is secret."""
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
    """Whether the first word is this number, in however many digits; never for a secret one."""
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
    """Whether a word may be both, as some command or other reads it."""
    return one.casefold() == other.casefold() or _same_number(one, other)
