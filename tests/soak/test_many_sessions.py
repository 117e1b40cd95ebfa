"""Thousands of sessions at once, and a new one beside them."""

import pytest

from tests.soak.bystander import bystander
from tests.soak.crowd import crowd
from tests.soak.running import MEBIBYTE, SPARE, descriptors_allowed, running, wait_until

PLAIN, TLS = 64 * 1024, 128 * 1024  # octets that a session may take
SLACK = 8 * MEBIBYTE  # that are no session's


@pytest.mark.parametrize(
    ("kind", "count", "most"),
    [
        pytest.param("idle", 1_000, PLAIN, id="1000-plain"),
        pytest.param("tls", 100, TLS, id="100-tls"),
        pytest.param("idle", 10_000, PLAIN, id="10000-plain", marks=pytest.mark.soak),
        pytest.param("tls", 2_000, TLS, id="2000-tls", marks=pytest.mark.soak),
    ],
)
def test_idle_sessions(kind: str, count: int, most: int) -> None:
    count = min(count, descriptors_allowed() - SPARE)
    with running("--limit-login", "0") as server:
        with bystander(server.port):
            before = server.descriptors
        memory = server.memory
        with crowd(kind, server.tls_port if kind == "tls" else server.port, count):
            assert server.descriptors >= before + count
            assert server.memory - memory < count * most + SLACK
            with bystander(server.port):
                wait_until(lambda: False, 1.0)
        assert server.settled(before)


def test_memory_is_used_again() -> None:
    with running("--limit-login", "0") as server:
        rounds = []
        for _ in range(5):
            before = server.descriptors
            with crowd("idle", server.port, 500):
                rounds.append(server.memory)
            assert server.settled(before)
        assert rounds[4] < 1.1 * rounds[1]
