"""`python -m tests.soak.crowd KIND PORT COUNT`: very many clients, in a process of their own.

It says `ready` when all are there, and then does what its kind does:

idle, tls   nothing, until stdin ends
drip        an octet now and then from each, until the server has closed them all: `gone`
slow        RETR, and an octet now and then is read, until the server has reset them all: `gone`
mute        not even a TLS handshake, until the server has closed them all: `gone`

It ends by itself after some minutes.
"""

import contextlib
import selectors
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.soak.running import descriptors_allowed

TIMEOUT = 60.0  # seconds for a connection
LIFE = 600.0  # seconds for a crowd
PAUSE = 0.5  # seconds between two octets
_CLOSED = 7  # of TCP's states, as Linux counts them
FROM_ONE_ADDRESS = 5_000  # clients


def source(number: int) -> str:
    """The loopback address of the so-manieth client: one address has too few ports for all."""
    return f"127.0.0.{2 + number // FROM_ONE_ADDRESS}"


def connect(port: int, number: int, receives: int = 0) -> socket.socket:
    """receives: octets of the receive buffer, if it is to be small."""
    client = socket.socket()
    if receives:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.settimeout(TIMEOUT)
    client.bind((source(number), 0))
    client.connect(("127.0.0.1", port))
    return client


def idle(port: int, number: int) -> socket.socket:
    client = connect(port, number)
    assert client.recv(512).startswith(b"+OK")
    return client


def mute(port: int, number: int) -> socket.socket:
    return connect(port, number)


def under_tls(port: int, number: int) -> socket.socket:
    client = CONTEXT.wrap_socket(connect(port, number))
    assert client.recv(512).startswith(b"+OK")
    return client


def slow(port: int, number: int) -> socket.socket:
    client = connect(port, number, receives=4096)
    client.sendall(f"USER u{number}\r\nPASS secret\r\nRETR 1\r\n".encode())
    said = b""
    while said.count(b"\n") < 4:
        said += client.recv(64)
    return client


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # made at the start, and nothing secret is said
    return context


CONTEXT = _context()
KINDS: dict[str, Callable[[int, int], socket.socket]] = {
    "idle": idle,
    "tls": under_tls,
    "drip": idle,
    "slow": slow,
    "mute": mute,
}


def drip(client: socket.socket) -> bool:
    """Send an octet; whether the client is still connected."""
    try:
        client.send(b"U")
        return bool(client.recv(512))
    except BlockingIOError:
        return True
    except OSError:
        return False


def sip(client: socket.socket) -> bool:
    """Read an octet; whether the client is still connected, though there is more to read."""
    try:
        state = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return bool(client.recv(1)) and state != _CLOSED
    except BlockingIOError:
        return True
    except OSError:
        return False


ACTS = {"drip": drip, "slow": sip, "mute": sip}


def act(kind: str, clients: Sequence[socket.socket], until: float) -> None:
    """Do it again and again with those that are left, until none is."""
    left = list(clients)
    for client in left:
        client.setblocking(False)
    while left and time.monotonic() < until:
        left = [client for client in left if ACTS[kind](client)]
        time.sleep(PAUSE)
    print("stay" if left else "gone", flush=True)


def await_end(until: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        selector.select(max(0.0, until - time.monotonic()))


def main(arguments: Sequence[str]) -> int:
    kind, port, count = arguments[0], int(arguments[1]), int(arguments[2])
    until = time.monotonic() + LIFE
    descriptors_allowed()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(KINDS[kind](port, number)) for number in range(count)]
        print("ready", flush=True)
        if kind in ACTS:
            act(kind, clients, until)
        await_end(until)
    return 0


class Crowd:
    """The other end of it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def word(self) -> str:
        """The next word that it says."""
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def crowd(kind: str, port: int, count: int) -> Iterator[Crowd]:
    """All are there when the block begins, and gone when it ends."""
    command = [sys.executable, "-m", "tests.soak.crowd", kind, str(port), str(count)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            there = Crowd(process)
            assert there.word() == "ready"
            yield there
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
