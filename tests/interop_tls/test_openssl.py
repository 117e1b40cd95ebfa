"""What OpenSSL's own client can ask of a connection that no other client here asks."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.wording import BYE, LOG_IN_FIRST, READY, as_sent

from .secure import SMALL, Secure, secure


class Client:
    """`openssl s_client`: letters at the beginning of a line are commands to itself."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def until(self, end: bytes) -> bytes:
        assert self._process.stdout
        said = b""
        while not said.endswith(end):
            octet = self._process.stdout.read(1)
            assert octet, said
            said += octet
        return said

    def rest(self) -> bytes:
        return self._process.communicate(timeout=20)[0]

    def say(self, line: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(line)
        self._process.stdin.flush()


@contextmanager
def connected(secured: Secure, version: str) -> Iterator[Client]:
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{secured.server.tls_port}", version]
    pipe = subprocess.PIPE
    # bufsize: what comes together with the line that was waited for is left to `rest`
    with subprocess.Popen(
        words, bufsize=0, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT
    ) as process:
        try:
            client = Client(process)
            client.until(READY.encode())
            client.until(b"\r\n")
            yield client
        finally:
            process.kill()


def test_keys_are_updated_when_the_client_asks(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured, connected(secured, "-tls1_3") as client:
        for _ in range(3):
            client.say(b"K\n")  # new keys, of both sides
            client.until(b"KEYUPDATE\n")
            client.say(b"noop\r\n")
            client.until(as_sent(LOG_IN_FIRST))
        client.say(b"user ann\r\npass secret\r\nquit\r\n")
        client.until(as_sent(BYE))


def test_a_client_that_wants_to_renegotiate_is_told_no(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        with connected(secured, "-tls1_2") as client:
            client.say(b"R\n")
            client.until(b"RENEGOTIATING\n")
            assert b"no renegotiation" in client.rest()
        assert "Traceback" not in secured.said()
