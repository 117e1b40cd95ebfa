"""The normal client beside whatever is going on: it must go on working, and in good time."""

import poplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

BOUND = 5.0  # seconds for a whole session, on a busy machine
_TIMEOUT = 30.0


@dataclass
class Bystander:
    """What its sessions took, in seconds."""

    port: int
    message: bool = True  # whether it reads one, too
    seconds: list[float] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def session(self) -> float:
        """A whole session; how long it took."""
        began = time.perf_counter()
        client = poplib.POP3("127.0.0.1", self.port, timeout=_TIMEOUT)
        try:
            client.user("ann")
            client.pass_("secret")
            count, _ = client.stat()
            assert count
            assert not self.message or client.retr(1)[1]
            client.quit()
        finally:
            client.close()
        return time.perf_counter() - began

    def keep_on(self, ended: threading.Event) -> None:
        """Session after session."""
        while not ended.wait(0.02):
            try:
                self.seconds.append(self.session())
            except (OSError, EOFError, poplib.error_proto, AssertionError) as failure:
                self.failures.append(failure)

    @property
    def median(self) -> float:
        """Of all sessions."""
        return median(self.seconds)

    @property
    def p99(self) -> float:
        """So long or less took 99 of 100."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


@contextmanager
def bystander(port: int, bound: float = BOUND, message: bool = True) -> Iterator[Bystander]:
    """It works for as long as the block does; at the end it must never have failed."""
    beside = Bystander(port, message)
    ended = threading.Event()
    thread = threading.Thread(target=beside.keep_on, args=(ended,))
    thread.start()
    try:
        yield beside
    finally:
        ended.set()
        thread.join()
    assert not beside.failures, beside.failures[0]
    beside.seconds.append(beside.session())
    assert max(beside.seconds) < bound


def greeted(port: int, source: str = "127.0.0.1") -> socket.socket:
    """A connection whose greeting is read."""
    client = socket.create_connection(("127.0.0.1", port), _TIMEOUT, (source, 0))
    assert client.recv(512).startswith(b"+OK")
    return client
