"""Lines of listings in their parts."""

import pytest

from pop3lab.effects.listings import Item, parse_item


@pytest.mark.parametrize(
    ("line", "item"),
    [
        (b"12 345", Item(b"", b"12", b" ", b"345")),
        (b"+OK 12 \t345 6", Item(b"+OK ", b"12", b" \t", b"345 6")),
        (b"a12 3", Item(b"a", b"12", b" ", b"3")),
        (b"12", None),
        (b"no number", None),
    ],
)
def test_a_line_in_its_parts(line: bytes, item: Item | None) -> None:
    assert parse_item(line) == item


@pytest.mark.parametrize("octets", [b"1", b"1a", b"a", b" "])
def test_a_long_line_of_anything_comes_to_an_end(octets: bytes) -> None:
    assert parse_item(octets * (1_048_576 // len(octets))) is None
