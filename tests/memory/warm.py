"""A server that has obeyed each command before: what it has to load, it has loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.served import Served, served

SMALL = b"Subject: small\r\n\r\nhello\r\n"


@contextmanager
def warm(folder: Path, *words: str) -> Iterator[Served]:
    """A server of a folder that has at least one message, which is small and the first."""
    with served(folder, *words) as server:
        with server.logged_in() as client:
            for command in ("RETR 1", "TOP 1 1", "LIST", "UIDL"):
                client.body(command)
            for command in ("NOOP", "STAT", "nonsense", "QUIT"):
                assert client.ask(command)
        yield server
