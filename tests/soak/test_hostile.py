"""Clients that mean harm, each kind beside a normal one."""

import socket
import struct
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.soak.bystander import bystander, greeted
from tests.soak.crowd import crowd
from tests.soak.running import MEBIBYTE, Running, running, wait_until

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends RST
LARGE = "gen:7?messages=3&size=4MiB"
HUGE = "gen:7?messages=3&size=32MiB"  # more than the kernel takes


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def users_file(folder: Path, count: int) -> str:
    """Users u0, u1 ... and those that all have."""
    names = [f"u{number}" for number in range(count)]
    path = folder / "users"
    path.write_text("".join(f"{name}:{{PLAIN}}secret\n" for name in names))
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("count", [300, pytest.param(5_000, id="5000", marks=pytest.mark.soak)])
def test_slowloris_is_gone_at_the_login_limit(count: int) -> None:
    with running("--limit-login", "2") as server:
        before = server.descriptors
        with bystander(server.port):
            with crowd("drip", server.port, count) as dripping:
                assert dripping.word() == "gone"
            assert server.settled(before + 1)
        assert server.settled(before)


@pytest.mark.parametrize("count", [30, pytest.param(500, id="500", marks=pytest.mark.soak)])
def test_slow_readers_are_reset(count: int, tmp_path: Path) -> None:
    words = ("--users-file", users_file(tmp_path, count), "--limit-stall", "3")
    with running(*words, target=HUGE) as server:
        with bystander(server.port, message=False):
            before, memory = server.descriptors, server.memory
            with crowd("slow", server.port, count) as sipping:
                assert server.memory - memory < count * 512 * 1024 + 8 * MEBIBYTE
                assert sipping.word() == "gone"
        assert server.settled(before)


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, id="10000", marks=pytest.mark.soak)])
def test_connect_and_reset(count: int) -> None:
    with running() as server:
        before = server.descriptors
        with bystander(server.port):
            for number in range(count):
                port = server.tls_port if number % 4 == 0 else server.port
                client = socket.create_connection(("127.0.0.1", port), 30.0)
                if number % 3 == 0 and port == server.port:
                    client.sendall(b"USER bob\r\nNOOP")
                reset(client)
        assert server.settled(before)


@pytest.mark.parametrize("count", [50, pytest.param(1_000, id="1000", marks=pytest.mark.soak)])
def test_reset_in_the_middle_of_a_message(count: int) -> None:
    with running(target=LARGE) as server:
        before = server.descriptors
        with bystander(server.port, message=False):
            memory = server.memory
            for number in range(count):
                reset(begin_reading(server, number * 997 % 200_000))
        assert server.settled(before)
        assert server.memory - memory < 16 * MEBIBYTE


def begin_reading(server: Running, octets: int) -> socket.socket:
    """A client that has read so many octets of a message."""
    while True:  # the maildrop may be the last one's for a moment
        client = greeted(server.port)
        client.sendall(b"USER bob\r\nPASS secret\r\nRETR 1\r\n")
        said = client.recv(8192)
        while said.count(b"\n") < 2:
            said += client.recv(8192)
        if b"-ERR" not in said:
            break
        client.close()
    while len(said) < octets:
        said += client.recv(65_536)
    return client


@pytest.mark.parametrize("count", [100, pytest.param(2_000, id="2000", marks=pytest.mark.soak)])
def test_mute_peers_are_gone_in_time(count: int) -> None:
    """No greeting read, no handshake begun, no FIN ever sent."""
    words = ("--limit-handshake", "2", "--limit-login", "2")
    with running(*words) as server:
        before = server.descriptors
        with bystander(server.port):
            with crowd("mute", server.tls_port, count) as mute:
                assert mute.word() == "gone"
            with crowd("mute", server.port, count):
                assert server.settled(before + 1)
        assert server.settled(before)


def test_half_closed_peers_are_answered_and_forgotten() -> None:
    with running() as server:
        before = server.descriptors
        clients = [greeted(server.port) for _ in range(100)]
        for client in clients:
            client.sendall(b"CAPA\r\nNOOP\r\nUSER")
            client.shutdown(socket.SHUT_WR)
        assert server.settled(before)
        for client in clients:
            said = b"".join(iter(lambda client=client: client.recv(4096), b""))  # type: ignore[misc]
            assert said.count(b"\r\n.\r\n") == 1
            client.close()


def test_no_descriptors_left() -> None:
    with running("--limit-login", "0", trouble="Too many open files") as server:
        before = server.descriptors
        with ExitStack() as stack:
            early = stack.enter_context(greeted(server.port))
            for command in (b"USER ann\r\n", b"PASS secret\r\n"):  # who has not is closed first
                early.sendall(command)
                assert early.recv(65_536).startswith(b"+OK")
            server.limit_descriptors(before + 20)
            for _ in range(60):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30.0))
            for command in (b"CAPA\r\n", b"STAT\r\n", b"NOOP\r\n"):
                early.sendall(command)
                assert early.recv(65_536).startswith(b"+OK")
        assert server.settled(before)
        assert server.complaints.count("\n") < 20
        assert "Traceback" not in server.complaints
        with bystander(server.port):
            wait_until(lambda: False, 0.5)
