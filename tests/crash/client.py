"""A client that says what it is told to, and bears it when the server is gone."""

import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self

SECONDS = 20  # for an answer
SILENCE = b"(neither an answer nor the end of the connection)"


class Client:
    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._file = self._socket.makefile("rb")
        self.greeting = self.ask()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, *lines: str) -> bytes:
        """The first line of the answer; empty if the connection is gone."""
        try:
            for line in lines:
                self._socket.sendall(line.encode("ascii") + b"\r\n")
            return self._file.readline()
        except ConnectionError:
            return b""
        except TimeoutError:
            return SILENCE

    def until_closed(self) -> None:
        assert not self._file.read(), "octets after the last answer"

    def must(self, line: str) -> bytes:
        answer = self.ask(line)
        assert answer.startswith(b"+OK"), f"{line!r} was answered {answer!r}"
        return answer

    def try_to_log_in(self) -> bool:
        """Whether that is possible now."""
        lines = "USER user", "PASS password"
        return self.greeting.startswith(b"+OK") and all(
            self.ask(line).startswith(b"+OK") for line in lines
        )

    def log_in(self) -> None:
        assert self.try_to_log_in(), "the login was refused"

    def sizes(self) -> tuple[int, ...]:
        """Of all messages, by LIST."""
        self.must("LIST")
        return tuple(int(line.split()[1]) for line in self._lines())

    def messages(self) -> tuple[bytes, ...]:
        """All that the server lists, each retrieved."""
        count = int(self.must("STAT").split()[1])
        return tuple(self.retrieve(number) for number in range(1, count + 1))

    def retrieve(self, number: int) -> bytes:
        self.must(f"RETR {number}")
        # The server adds a line end, whatever the text ends in.
        return b"".join(self._lines()).removesuffix(b"\r\n")

    def _lines(self) -> Iterator[bytes]:
        while (line := self._file.readline()) != b".\r\n":
            assert line, "the answer was cut"
            yield line.removeprefix(b".")
