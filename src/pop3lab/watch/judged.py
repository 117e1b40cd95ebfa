"""A record that judges clients besides."""

from collections.abc import Sequence

from pop3lab.watch.known import Knows, knows_nothing
from pop3lab.watch.record import Listener, Record
from pop3lab.watch.violations.listener import Violations
from pop3lab.watch.violations.lives import Lives


def judged(
    listeners: Sequence[Listener], knows: Knows = knows_nothing, lives: Lives | None = None
) -> Record:
    """A record with these listeners, who are told of violations right behind what decides them.

    knows: which words are secrets of users. lives: of messages, from records before this one.
    """
    told = list(listeners)
    record = Record(told)
    told.append(Violations(record.tell, knows, lives))
    return record
