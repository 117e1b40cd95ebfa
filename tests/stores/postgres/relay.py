"""What stands between a store and its database, and loses a statement or its answer."""

import selectors
import socket
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Self

_SOCKET = ".s.PGSQL.5432"


class Relay:
    """Passes everything on, but for what it is told. target: of the database, at a Unix socket."""

    def __init__(self, target: str) -> None:
        self._until_the_end = ExitStack()
        folder = self._until_the_end.enter_context(tempfile.TemporaryDirectory())
        self._address, _, self._folder = target.partition("?host=")
        self.behind = target
        self.target = f"{self._address}?host={folder}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/{_SOCKET}")
        self._listener.listen()
        self._free = threading.Event()
        self._free.set()
        self._meanwhile: Callable[[], object] = lambda: None
        self._lost: list[tuple[bytes, str]] = []
        self._behind = b""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._free.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._until_the_end.close()

    def lose_statement(
        self, words: str, times: int = 1, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Cut the connection instead of passing on the next statement with these words.

        meanwhile: called before it is cut.
        """
        self._lost += [(words.encode(), "statement")] * times
        self._meanwhile = meanwhile

    def lose_answer(self, words: str, times: int = 1) -> None:
        """Pass the statement on, and cut the connection when its answer comes."""
        self._lost += [(words.encode(), "answer")] * times

    def lose_only(self, what: str, words: str, behind: str) -> None:
        """Do so with a statement behind another one on the same connection."""
        self._lost.append((words.encode(), what))
        self._behind = behind.encode()

    def freeze(self) -> None:
        """Pass nothing on until thaw is called."""
        self._free.clear()

    def thaw(self) -> None:
        """Go on."""
        self._free.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as both:
            server.connect(f"{self._folder}/{_SOCKET}")
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            swallows, said = False, b""
            with suppress(OSError):
                while True:
                    for key, _ in both.select():
                        self._free.wait()
                        octets = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                        if key.fileobj is client:
                            said += octets
                        lost = self._loses(octets, said) if key.fileobj is client else ""
                        if not octets or lost == "statement" or (swallows and not lost):
                            return
                        swallows = lost == "answer"
                        key.data.sendall(octets)

    def _loses(self, octets: bytes, said: bytes) -> str:
        for words, what in self._lost:
            if words in octets and self._behind in said:
                self._lost.remove((words, what))
                if what == "statement":
                    self._meanwhile()
                return what
        return ""
