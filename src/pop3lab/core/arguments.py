"""What stands behind a verb, parsed."""

from pop3lab.core.errors import NotUnderstood


def number(word: str) -> int:
    """A message number or a count of lines: decimal, at most ten digits. Raises NotUnderstood."""
    if not word.isdecimal() or len(word) > 10:
        raise NotUnderstood("a decimal number is wanted")
    return int(word)


def text(word: str) -> str:
    """A name, a digest or a password: at least one octet. Raises NotUnderstood."""
    if not word:
        raise NotUnderstood("an argument is empty")
    return word
