"""Feeding the same octets cut in all ways."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product

Transform = Callable[[Iterable[bytes]], Iterator[bytes]]


def every_cut(data: bytes) -> Iterator[list[bytes]]:
    """The data whole, octet by octet, in two and in three pieces at every place."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    for first, second in product(range(len(data) + 1), repeat=2):
        if first <= second:
            yield [data[:first], data[first:second], data[second:]]


def at_every_cut(transform: Transform, data: bytes) -> bytes:
    """What the transform makes of the data, which must not depend on how it is cut."""
    results = {b"".join(transform(pieces)) for pieces in every_cut(data)}
    assert len(results) == 1
    return results.pop()
