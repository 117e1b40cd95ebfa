"""What is inconsistent in a database, as after a restore of a part of it, or by another hand."""

from collections.abc import Iterator
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow

# Each row: a maildrop, and what is wrong with it.
_PIECES: LiteralString = """
SELECT maildrop.name, format('message %s has %s of %s pieces', uid, count(number), chunks)
FROM pop3lab.message JOIN pop3lab.maildrop ON maildrop.id = drop_id
LEFT JOIN pop3lab.chunk ON chunk.body = message.body AND number < chunks
GROUP BY maildrop.name, drop_id, seq HAVING count(number) <> chunks
ORDER BY maildrop.name, seq
"""
_TEXTS: LiteralString = """
SELECT maildrop.name, format('message %s is not the one that was delivered', uid)
FROM pop3lab.message JOIN pop3lab.maildrop ON maildrop.id = drop_id
JOIN pop3lab.chunk ON chunk.body = message.body
GROUP BY maildrop.name, drop_id, seq HAVING count(*) = chunks
AND (sum(length(chunk.octets)) <> message.octets
    OR sha256(string_agg(chunk.octets, '' ORDER BY number)) <> message.sha256)
ORDER BY maildrop.name, seq
"""
_PLACES: LiteralString = """
SELECT name, format('its next message would have the place %s, and the last has %s',
    next_seq, max(seq))
FROM pop3lab.maildrop JOIN pop3lab.message ON drop_id = maildrop.id
GROUP BY maildrop.id HAVING next_seq <= max(seq) ORDER BY name
"""
_EPOCHS: LiteralString = """
SELECT name, format('its session %s has ended, and the last one to begin is %s',
    max(outcome.epoch), lease.epoch)
FROM pop3lab.maildrop JOIN pop3lab.outcome ON outcome.drop_id = maildrop.id
LEFT JOIN pop3lab.lease ON lease.drop_id = maildrop.id
GROUP BY name, lease.epoch HAVING lease.epoch IS NULL OR max(outcome.epoch) > lease.epoch
ORDER BY name
"""
_STRAYS: LiteralString = """
SELECT '', format('%s pieces belong to no message', count(*))
FROM pop3lab.chunk WHERE NOT EXISTS (SELECT FROM pop3lab.message WHERE body = chunk.body)
HAVING count(*) > 0
"""


def inconsistencies(connection: Connection[TupleRow]) -> Iterator[str]:
    """Yield a sentence for each. All texts are read."""
    for statement in (_PIECES, _TEXTS, _PLACES, _EPOCHS, _STRAYS):
        for name, wrong in connection.execute(statement):
            yield f"maildrop {name!r}: {wrong}" if name else wrong
