"""TLS handshakes cut at every octet, both ways to begin one, and in each way to go."""

import pytest

from tests.soak.bystander import bystander
from tests.soak.handshake import begin
from tests.soak.running import MEBIBYTE, Running, running
from tests.soak.test_hostile import reset


def cut_everywhere(server: Running, step: int, stls: bool) -> int:
    """How many handshakes were cut, the last not at all."""
    port = server.port if stls else server.tls_port
    for number, octets in enumerate(range(0, 100_000, step)):
        client, whole = begin(port, octets, stls)
        if number % 2:
            client.close()
        else:
            reset(client)
        if whole:
            return number + 1
    raise AssertionError("a handshake without end")


@pytest.mark.parametrize("step", [11, pytest.param(1, id="each", marks=pytest.mark.soak)])
def test_handshakes_cut(step: int) -> None:
    with running("--limit-handshake", "5") as server:
        before = server.descriptors
        with bystander(server.port):
            cut_everywhere(server, max(step, 40), stls=False)  # what is loaded once
            memory = server.memory
            done = cut_everywhere(server, step, stls=False)
            done += cut_everywhere(server, step, stls=True)
        assert done >= 1_000 // step
        assert server.settled(before)
        assert server.memory - memory < 32 * MEBIBYTE


def test_handshakes_that_stop_are_ended() -> None:
    with running("--limit-handshake", "1") as server:
        before = server.descriptors
        clients = [begin(port, 100, stls)[0] for port, stls in both_ways(server) for _ in range(20)]
        assert server.settled(before)
        for client in clients:
            client.close()


def both_ways(server: Running) -> list[tuple[int, bool]]:
    return [(server.tls_port, False), (server.port, True)]


def test_garbage_instead_of_a_handshake() -> None:
    with running() as server:
        before = server.descriptors
        with bystander(server.port):
            for octets in (
                b"USER bob\r\n",
                b"\0" * 500,
                b"\x16\x03\x01\xff\xff" * 9,
                b"\n" * 9_000,
            ):
                for port, stls in both_ways(server):
                    client, _ = begin(port, 0, stls)
                    client.sendall(octets)
                    client.close()
        assert server.settled(before)
