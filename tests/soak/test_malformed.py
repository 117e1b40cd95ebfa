"""Malformed lines, each answered: no traceback, and memory stays as it is."""

import errno
import socket

import pytest

from tests.soak.bystander import bystander, greeted
from tests.soak.malformed import BATCH, batches
from tests.soak.running import MEBIBYTE, NO_LIMITS, running

CLOSED = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)
FLAT = 8 * MEBIBYTE


def converse(client: socket.socket, count: int, seed: int) -> None:
    """Send the lines, some at a time; each has an answer of one line."""
    with client.makefile("rb") as said:
        for octets, lines in batches(count, seed):
            client.sendall(octets)
            for _ in range(lines):
                answer = said.readline()
                assert answer.startswith((b"-ERR", b"+")), answer
                assert answer.endswith(b"\r\n"), answer


@pytest.mark.parametrize(
    "count", [30_000, pytest.param(1_000_000, id="1000000", marks=pytest.mark.soak)]
)
def test_malformed_lines_are_answered(count: int) -> None:
    with running(*NO_LIMITS) as server, bystander(server.port):
        before, after = greeted(server.port), greeted(server.port)
        for command in (b"USER bob\r\n", b"PASS secret\r\n"):
            after.sendall(command)
            assert after.recv(512).startswith(b"+OK")
        converse(before, 5 * BATCH, seed=1)
        converse(after, 5 * BATCH, seed=2)
        memory = server.memory
        converse(before, count // 2, seed=3)
        converse(after, count // 2, seed=4)
        assert server.memory - memory < FLAT
        before.close()
        after.close()


@pytest.mark.parametrize("count", [200, pytest.param(5_000, id="5000", marks=pytest.mark.soak)])
def test_with_limits_answered_or_closed(count: int) -> None:
    with running() as server, bystander(server.port):
        descriptors = server.descriptors
        for seed in range(count):
            octets, lines = next(iter(batches(20, seed)))
            with greeted(server.port) as client:
                answers = exchange(client, octets)
            assert answers.endswith(b"\r\n") or not answers
            assert answers.count(b"\r\n") <= lines
        assert server.settled(descriptors + 1)


def exchange(client: socket.socket, octets: bytes) -> bytes:
    """All that comes back until the server closes."""
    said = b""
    try:
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        while some := client.recv(65_536):
            said += some
    except OSError as error:  # it was closed in the middle of what was sent
        if error.errno not in CLOSED:
            raise
    return said
