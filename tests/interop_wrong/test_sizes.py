from pathlib import Path

import pytest

from .clients import curl, fetchmail, getmail, mpop
from .libraries import net_pop, net_pop3, pop3_client, poplib
from .seeing import ALL, ONE, Client, see


@pytest.mark.parametrize(
    "quirk",
    [
        "size-estimate",
        "size-zero",
        "size-huge",
        "size-negative",
        "size-int-attack",
        "retr-octets-lie octets=9",
    ],
)
@pytest.mark.parametrize("client", [fetchmail, mpop, getmail], ids=["fetchmail", "mpop", "getmail"])
def test_sizes_that_are_wrong(client: Client, quirk: str, tmp_path: Path) -> None:
    # "Fetch messages again", "stop reading", "skips messages of 0 octets": none is confirmed.
    seen = see(client, tmp_path, quirk)
    assert (seen.ran.code, seen.ran.stored, seen.left) == (0, ALL, [])


def test_size_negative_is_shown_by_fetchmail(tmp_path: Path) -> None:
    # Its sum is that of an unsigned integer.
    assert "(18446744073709551613 octets)" in see(fetchmail, tmp_path, "size-negative").ran.output


def test_size_negative_to_those_who_read_digits(tmp_path: Path) -> None:
    # net/pop wants digits, and fetches nothing.
    seen = see(net_pop, tmp_path, "size-negative")
    assert "Net::POPBadResponse" in seen.ran.output
    assert seen.left == ["1", "2", "3"]


@pytest.mark.parametrize(
    "client", [poplib, net_pop3, pop3_client], ids=["poplib", "Net::POP3", "Mail::POP3Client"]
)
def test_retr_octets_lie_to_libraries(client: Client, tmp_path: Path) -> None:
    # "Clients read exactly that many octets": not confirmed.
    seen = see(client, tmp_path, "retr-octets-lie octets=9")
    assert (seen.ran.code, seen.ran.stored) == (0, ALL)


def test_size_huge_to_curl(tmp_path: Path) -> None:
    # curl's own test 853: as there.
    assert see(curl("1"), tmp_path, "size-huge").ran.stored == [ONE]
