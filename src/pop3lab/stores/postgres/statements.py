"""The statements, all in one place. Each is a transaction of its own, unless it says otherwise.

None needs anything from the connection that an earlier one has left there: they work through
pgbouncer in transaction mode.
"""

from typing import LiteralString

CREATE_MAILDROP: LiteralString = (
    "INSERT INTO pop3lab.maildrop (name) VALUES (%s) ON CONFLICT (name) DO NOTHING"
)
FIND_MAILDROP: LiteralString = "SELECT id FROM pop3lab.maildrop WHERE name = %s"

# The holder takes its own lease again: so the statement can be repeated when its outcome is lost.
# Those are free, too, that this server has released without having told the database yet.
TAKE_LEASE: LiteralString = """
INSERT INTO pop3lab.lease AS lease (drop_id, epoch, holder, until)
SELECT id, 1, %(holder)s, clock_timestamp() + %(ttl)s * interval '1 second'
FROM pop3lab.maildrop WHERE name = %(user)s
ON CONFLICT (drop_id) DO UPDATE
SET epoch = lease.epoch + 1, holder = excluded.holder, until = excluded.until
WHERE lease.holder IS NULL OR lease.holder = excluded.holder OR lease.until < clock_timestamp()
    OR lease.holder = ANY(%(released)s)
RETURNING drop_id, epoch
"""

# A lease that is released has no holder, and stays released. One that is just being used by its
# session is not waited for.
RENEW_LEASES: LiteralString = """
UPDATE pop3lab.lease SET until = clock_timestamp() + %(ttl)s * interval '1 second'
FROM (
    SELECT lease.drop_id
    FROM pop3lab.lease
    JOIN unnest(%(drops)s::bigint[], %(holders)s::text[]) AS held (drop_id, holder)
    USING (drop_id, holder)
    FOR NO KEY UPDATE OF lease SKIP LOCKED
) AS mine
WHERE pop3lab.lease.drop_id = mine.drop_id
RETURNING holder
"""

RELEASE_LEASES: LiteralString = """
UPDATE pop3lab.lease SET holder = NULL, until = NULL
FROM unnest(%(drops)s::bigint[], %(holders)s::text[]) AS held (drop_id, holder)
WHERE pop3lab.lease.drop_id = held.drop_id AND pop3lab.lease.holder = held.holder
"""

LIST_MESSAGES: LiteralString = (
    "SELECT uid, octets FROM pop3lab.message WHERE drop_id = %s ORDER BY seq"
)
LIST_UIDS: LiteralString = """
SELECT uid FROM pop3lab.message JOIN pop3lab.maildrop ON maildrop.id = drop_id WHERE name = %s
"""

READ_FIRST_CHUNK: LiteralString = """
SELECT message.body, message.octets, message.chunks, message.sha256, chunk.octets
FROM pop3lab.message LEFT JOIN pop3lab.chunk ON chunk.body = message.body AND chunk.number = 0
WHERE message.drop_id = %s AND message.uid = %s
"""
READ_CHUNK: LiteralString = "SELECT octets FROM pop3lab.chunk WHERE body = %s AND number = %s"

# The end of a session that deletes: its lease, the messages and the outcome, or nothing at all if
# another session has had the maildrop since, as its epoch tells.
DELETE_AND_RELEASE: LiteralString = """
WITH mine AS (
    UPDATE pop3lab.lease SET holder = NULL, until = NULL
    WHERE drop_id = %(drop)s AND epoch = %(epoch)s AND holder = %(holder)s
    RETURNING drop_id, epoch
), deleted AS (
    DELETE FROM pop3lab.message USING mine
    WHERE message.drop_id = mine.drop_id AND message.uid = ANY(%(uids)s)
), told AS (
    INSERT INTO pop3lab.outcome (drop_id, epoch) SELECT drop_id, epoch FROM mine
)
SELECT count(*) FROM mine
"""

# Ask whether that was done, by a write: it waits for the standby as a commit does, and what has not
# been done by then never will be, as its epoch is over.
OVERTAKE: LiteralString = """
UPDATE pop3lab.lease SET epoch = epoch + 1
WHERE drop_id = %(drop)s AND holder = %(holder)s
RETURNING epoch
"""
FIND_OUTCOME: LiteralString = (
    "SELECT 1 FROM pop3lab.outcome WHERE drop_id = %s AND epoch = %s FOR UPDATE"
)

# A delivery is one transaction of these. The row of the maildrop is held from the second on.
BOUND_IDLE_TIME: LiteralString = "SET LOCAL idle_in_transaction_session_timeout = '60s'"
ADD_CHUNK: LiteralString = "INSERT INTO pop3lab.chunk (body, number, octets) VALUES (%s, %s, %s)"
NEXT_PLACE: LiteralString = """
UPDATE pop3lab.maildrop SET next_seq = next_seq + 1 WHERE name = %s RETURNING id, next_seq - 1
"""
ADD_MESSAGE: LiteralString = """
INSERT INTO pop3lab.message (drop_id, seq, uid, octets, body, chunks, sha256)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
FIND_BODY: LiteralString = "SELECT 1 FROM pop3lab.message WHERE body = %s FOR UPDATE"

# What a server does beside, in one transaction. Nothing of it need survive a crash of the database.
FORGET_SOON: LiteralString = "SET LOCAL synchronous_commit = off"
TELL_NODE: LiteralString = """
INSERT INTO pop3lab.node (name, seen) VALUES (%s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET seen = excluded.seen
"""
FORGET_NODE: LiteralString = "DELETE FROM pop3lab.node WHERE name = %s"
FORGET_OLD_OUTCOMES: LiteralString = (
    "DELETE FROM pop3lab.outcome WHERE at < clock_timestamp() - interval '1 day'"
)
FORGET_OLD_NODES: LiteralString = (
    "DELETE FROM pop3lab.node WHERE seen < clock_timestamp() - interval '1 day'"
)
