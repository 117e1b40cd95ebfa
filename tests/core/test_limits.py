"""What limits may be: with the least and the most of each, a client can log in."""

import asyncio
from collections.abc import Iterator
from dataclasses import fields, replace
from math import inf, nan
from typing import Any

import pytest

from pop3lab import Pop3Server
from pop3lab.core.config import BOUNDS, Limits, check_limits
from pop3lab.core.errors import ConfigError
from pop3lab.server import Server
from tests.dialogue import ACCOUNTS, memory
from tests.testing.clients import fetch

TEXTS = [b"Subject: one\r\n"]


def ends() -> Iterator[Limits]:
    """A limit at each of its ends, the others as they are."""
    for name, (least, most, off) in BOUNDS.items():
        for value in (least, most, *[0] * off):
            yield replace(Limits(), **{name: type(getattr(Limits(), name))(value)})


def beyond() -> Iterator[tuple[str, Any]]:
    for name, (least, most, off) in BOUNDS.items():
        for value in (-1, inf, -inf, nan, most * 2, 10**400, least / 2 if least else -0.1):
            yield name, value
        if least and not off:
            yield name, 0


def test_each_has_bounds_that_its_default_is_within() -> None:
    assert {field.name for field in fields(Limits)} == BOUNDS.keys()
    check_limits(Limits())


@pytest.mark.parametrize("limits", list(ends()), ids=str)
def test_with_each_at_its_ends_a_client_logs_in(limits: Limits) -> None:
    with Pop3Server(TEXTS, limits=limits) as server:
        assert fetch(server) == TEXTS


@pytest.mark.parametrize("limits", [Limits(handshake=0.1), Limits(handshake=1e9)])
def test_so_it_does_with_the_time_for_a_handshake(limits: Limits) -> None:
    with Pop3Server(TEXTS, limits=limits, tls="implicit") as server:
        assert fetch(server) == TEXTS


def test_with_all_at_their_least_together() -> None:
    least = {name: type(getattr(Limits(), name))(bounds.least) for name, bounds in BOUNDS.items()}
    with Pop3Server(TEXTS, limits=Limits(**least)) as server:
        assert fetch(server) == TEXTS


@pytest.mark.parametrize(("name", "value"), list(beyond()))
def test_beyond_them_no_server_is_made(name: str, value: Any) -> None:
    limits = replace(Limits(), **{name: value})
    with pytest.raises(ConfigError, match=f"limits: {name}="):
        check_limits(limits)

    async def made() -> Server:
        return Server(ACCOUNTS, memory(), limits=limits)

    with pytest.raises(ConfigError, match=f"limits: {name}="):
        asyncio.run(made())
    with pytest.raises(ConfigError, match=f"limits: {name}="):
        Pop3Server(TEXTS, limits=limits)
