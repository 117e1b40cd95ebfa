"""Files without a name, for libraries that read from paths only."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unnamed(octets: bytes) -> Iterator[str]:
    """A path at which this process can read the octets for as long as the block lasts.

    They are in no folder at any time, so whatever ends the process leaves nothing behind. Raises
    OSError.
    """
    with open(_descriptor(), "w+b") as file:
        file.write(octets)
        file.seek(0)  # where a path of a descriptor shares its place
        yield f"/dev/fd/{file.fileno()}"


def _descriptor() -> int:
    """Of memory where the system has that, else of a file that has lost its name already."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("pop3lab")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
