"""Clients that guess the password of `eve`, one guess after the other."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.soak.bystander import greeted


class Guessers:
    """What they were told, counted by the first word or two."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.told: Counter[bytes] = Counter()
        self._ended = threading.Event()
        self._clients: list[socket.socket] = []

    def join(self, source: str, count: int) -> list[threading.Thread]:
        """So many more at this address."""
        clients = [greeted(self.port, source) for _ in range(count)]
        self._clients += clients
        threads = [threading.Thread(target=self._guess, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        return threads

    def end(self) -> None:
        self._ended.set()
        for client in self._clients:
            client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _guess(self, client: socket.socket) -> None:
        client.settimeout(None)
        with client.makefile("rb") as said:
            while not self._ended.is_set():
                try:
                    client.sendall(b"USER eve\r\nPASS guess\r\n")
                    said.readline()
                    self.told[said.readline().partition(b"]")[0]] += 1
                except OSError:
                    return


@contextmanager
def guessing(port: int, sources: dict[str, int]) -> Iterator[Guessers]:
    """So many clients at each of these addresses, guessing for as long as the block lasts."""
    guessers = Guessers(port)
    threads = [thread for at, count in sources.items() for thread in guessers.join(at, count)]
    try:
        yield guessers
    finally:
        guessers.end()
        for thread in threads:
            thread.join()
        guessers.close()
