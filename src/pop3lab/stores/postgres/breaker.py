"""Whether the database can be asked at all."""

from collections.abc import Callable

from pop3lab.core.errors import StoreFailed


class Away(StoreFailed):
    """The database does not answer."""

    def __init__(self) -> None:
        super().__init__("the mail can't be reached now")


class Breaker:
    """Refuses at once while the database does not answer.

    Otherwise each of the threads would wait for a time-out, and all who wait for a thread for many.
    What opens it is a statement without an answer, or a connection that could not be made. What
    closes it is a write: a standby and a database with a full disk can be read.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.on_open: Callable[[], None] = lambda: None  # whoever closes it again

    def check(self) -> None:
        """Raises Away."""
        if self.is_open:
            raise Away

    def open(self) -> None:
        """Refuse from now on."""
        self.is_open = True
        self.on_open()

    def close(self) -> None:
        """Let all through again."""
        self.is_open = False
