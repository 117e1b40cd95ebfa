"""Small messages are kept in memory for the next time, but not any number of them."""

from pathlib import Path

import pytest

from .footprint import FLAT, MEBIBYTE, Footprint
from .reader import reading
from .texts import DOTS, LINE
from .warm import warm

KEPT = 64 * MEBIBYTE  # the bound of stores/message_cache.py
MESSAGES = 1000


@pytest.mark.parametrize("line", [LINE, DOTS], ids=["plain", "dots"])
def test_messages_that_are_kept(line: bytes, folder: Path) -> None:
    """100 KB each. Those with dots are to be sent otherwise than they are."""
    text = b"Subject: many\r\n\r\n" + line * (100_000 // len(line))
    for number in range(MESSAGES):
        (folder / f"{number + 1:04}").write_bytes(text)
    with warm(folder) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        client.log_in()
        for number in range(2, MESSAGES + 2):
            assert len(client.whole(f"RETR {number}")) > len(text)
        assert footprint.growth < KEPT + FLAT
