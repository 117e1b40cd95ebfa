"""What stands behind a verb, parsed."""

from pop3lab.core.errors import NotUnderstood
from pop3lab.core.exchange import Exchange

_MOST = 10**18  # no maildrop has as many messages, and no message as many lines


def number(word: str) -> int:
    """A message number or a count of lines, in any number of digits; 10**18 stands for more.

    Raises NotUnderstood.
    """
    if not (word.isascii() and word.isdecimal()):
        raise NotUnderstood("a decimal number is wanted")
    digits = word.lstrip("0")  # int() takes not more than some thousand, and its time grows faster
    return int(digits or "0") if len(digits) <= len("999999999999999999") else _MOST


def first_number(exchange: Exchange) -> int | None:
    """The number of the message that a command is about, if it is about one."""
    words = exchange.arguments
    try:
        return number(words[0]) if words else None
    except NotUnderstood:
        return None


def text(word: str) -> str:
    """A name, a digest or a password: at least one octet. Raises NotUnderstood."""
    if not word:
        raise NotUnderstood("an argument is empty")
    return word
