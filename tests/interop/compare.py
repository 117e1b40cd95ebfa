"""What arrived against what should have, without printing a mebibyte when they differ."""

from collections.abc import Iterable, Mapping, Sequence

import pytest

from .accounts import Account, sent
from .folders import Folder

AROUND = 30  # octets shown on each side of the first difference


def without(folder: Folder, excluded: Mapping[str, str]) -> Folder:
    return {name: octets for name, octets in folder.items() if name not in excluded}


def assert_arrived(
    delivered: Iterable[bytes],
    folder: Folder,
    keywords: Sequence[str],
    account: Account,
) -> None:
    """delivered: one text for each file, in the same order."""
    wanted = [account(sent(octets, keywords)) for octets in folder.values()]
    for name, got, want in zip(folder, delivered, wanted, strict=True):
        if got != want:
            pytest.fail(f"{name}: {_difference(got, want)}", pytrace=False)


def _difference(got: bytes, want: bytes) -> str:
    pairs = enumerate(zip(got, want, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(got), len(want)))
    near = slice(max(at - AROUND, 0), at + AROUND)
    return f"{len(got)} octets, not {len(want)}; at {at} {got[near]!r}, not {want[near]!r}"
