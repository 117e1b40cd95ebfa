"""The texts of messages, in pieces: what is read is checked before its last piece is passed on."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from pop3lab.core.errors import MaildropDamaged
from pop3lab.core.maildrop import TextOrChunks
from pop3lab.core.text import MessageText
from pop3lab.stores.postgres import statements
from pop3lab.stores.postgres.connection import BoundedConnection
from pop3lab.stores.postgres.database import Database

CHUNK = 262_144  # octets of a piece


class StoredBody(NamedTuple):
    """What a message's row says of its text."""

    id: UUID
    octets: int
    chunks: int
    sha256: bytes


def read_text(database: Database, body: StoredBody, first: bytes | None) -> TextOrChunks:
    """Return the text, whole if it is one piece. first: the first one, if there is one.

    Raises MaildropDamaged, at the call or later, for a text that is not what its row says.
    """
    if body.chunks > 1:
        return _checked(_chunks(database, body, first), body)
    return MessageText(b"".join(_checked(iter((first,)), body)))


def _chunks(database: Database, body: StoredBody, first: bytes | None) -> Iterator[bytes | None]:
    yield first
    for number in range(1, body.chunks):
        rows = database.run(statements.READ_CHUNK, (body.id, number))
        yield rows[0][0] if rows else None


def _checked(chunks: Iterator[bytes | None], body: StoredBody) -> Iterator[bytes]:
    """Pass the pieces on, the last one only if all together are the text."""
    digest, octets = sha256(), 0
    for number, chunk in enumerate(chunks, 1):
        if chunk is None:
            raise MaildropDamaged("a piece of the message is missing")
        digest.update(chunk)
        octets += len(chunk)
        if number == body.chunks and (octets, digest.digest()) != (body.octets, body.sha256):
            raise MaildropDamaged("the message is not the one that was delivered")
        yield chunk


def add_body(connection: BoundedConnection, body: UUID, text: Iterable[bytes]) -> StoredBody:
    """Add the pieces of a text, in the transaction that will add the message."""
    digest, octets, chunks = sha256(), 0, 0
    for chunk in _pieces(text):
        connection.run(statements.ADD_CHUNK, (body, chunks, chunk))
        digest.update(chunk)
        octets += len(chunk)
        chunks += 1
    return StoredBody(body, octets, chunks, digest.digest())


def _pieces(text: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a text into pieces of one size, at least one."""
    held = bytearray()
    begun = False
    for chunk in text:
        held += chunk
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
            begun = True
    if held or not begun:
        yield bytes(held)
