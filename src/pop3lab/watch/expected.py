"""A session held against what was expected of it."""

from collections.abc import Sequence

from pop3lab.watch.dialogue import parse
from pop3lab.watch.expecting import compare, compare_dialogue
from pop3lab.watch.mismatch import Mismatch
from pop3lab.watch.sessions import SessionRecord


def mismatch(record: SessionRecord, pattern: Sequence[str] | str) -> Mismatch | None:
    """What differs until now. pattern: commands in order, or a dialogue. Raises ConfigError."""
    if isinstance(pattern, str):
        return compare_dialogue(pattern, parse(str(record.transcript)), record.number)
    return compare(pattern, list(record.lines), record.number)
