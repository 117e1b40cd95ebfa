"""Sockets from systemd: descriptors from 3 on, and variables that say so (sd_listen_fds(3))."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import F_DUPFD, fcntl
from pathlib import Path

from tests.served import SECONDS, Client

from .clients import under_tls
from .process import USER, environment, folder

# As systemd: the sockets become 3, 4, ..., and the process id is that of the program itself.
SYSTEMD = """\
import os, sys
count = int(sys.argv[1])
for place, descriptor in enumerate(map(int, sys.argv[2 : 2 + count])):
    os.dup2(descriptor, 3 + place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "pop3lab", "serve", *sys.argv[2 + count :]])
"""
HIGH = 20  # descriptors out of the way of those that systemd gives


@contextmanager
def activated(
    sockets: Sequence[socket.socket], *words: str | Path, **variables: str
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, int]]]:
    """The process, and what its first line says."""
    fds = [fcntl(one.fileno(), F_DUPFD, HIGH) for one in sockets]
    command = [sys.executable, "-c", SYSTEMD, str(len(fds)), *map(str, fds), *map(str, words)]
    env = environment(LISTEN_FDS=str(len(fds)), **variables)
    with subprocess.Popen(
        command, pass_fds=fds, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        for descriptor in fds:
            os.close(descriptor)
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline() or b"{}")
        finally:
            process.kill()


def test_serves_on_what_systemd_listens_on(tmp_path: Path) -> None:
    drop, ca = folder(tmp_path / "drop"), tmp_path / "ca.pem"
    words = (drop, *USER, "--ready", "json", "--tls-self-signed", "--ca-out", ca)
    with (
        socket.create_server(("127.0.0.1", 0)) as plain,
        socket.create_server(("127.0.0.1", 0)) as tls,
    ):
        ports = plain.getsockname()[1], tls.getsockname()[1]
        names = {"LISTEN_FDNAMES": "pop3:pop3s"}
        with activated([plain, tls], *words, **names) as (process, told):
            assert told == {"pop3": ports[0], "pop3s": ports[1], "pid": process.pid}
            with Client(ports[0]) as client:
                assert client.greeting.startswith("+OK")
            with Handshaken(ports[1], ca) as client:
                assert client.greeting.startswith("+OK")
            process.terminate()
            assert process.wait(SECONDS) == 0
        # systemd goes on listening: a client waits for the next start.
        socket.create_connection(("127.0.0.1", ports[0])).close()


class Handshaken(Client):
    """A client of pop3s."""

    def __init__(self, port: int, ca: Path) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._file = self.socket.makefile("rb")
        self.log: list[str] = []
        under_tls(self, ca)
        self.greeting = self.line()


def test_a_public_socket_with_a_well_known_password_is_refused(tmp_path: Path) -> None:
    with (
        socket.create_server(("0.0.0.0", 0)) as public,
        activated([public], folder(tmp_path / "drop"), *USER, "--ready", "json") as (process, told),
    ):
        assert told == {}
        assert process.wait(SECONDS) == 2
        assert process.stderr
        assert b"well-known password" in process.stderr.read()
