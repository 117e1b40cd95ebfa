"""What a connection does now, and what is asked of it by whoever performs its actions."""

from enum import Enum, auto
from typing import Protocol

from pop3lab.core.actions import StartTLS


class Flow(Enum):
    """What a connection does now."""

    READING = auto()  # all actions are performed: what comes is for the session
    SENDING = auto()  # actions are performed, as fast as the transport takes more
    PAUSED = auto()  # in a Pause; without a timer until the client closes
    AWAITING_CLIENT = auto()  # until the client sends or closes
    OFFLOADED = auto()  # a thread has the next action, or a hash
    STARTING_TLS = auto()
    LINGERING = auto()  # nothing is obeyed any more; octets may still go out, or come
    CLOSED = auto()


OVER = (Flow.LINGERING, Flow.CLOSED)


class RunnerOwner(Protocol):
    """The connection whose actions are performed."""

    def drained(self) -> None:
        """All actions are performed."""

    def blocked(self) -> None:
        """The stream takes no more for now."""

    def start_tls(self, start: StartTLS) -> None:
        """Begin TLS; action_done is to be called when it is established."""

    def end_tls(self) -> None:
        """Go on in clear, if it is under TLS."""

    def half_close(self, *, close_notify: bool) -> None:
        """Say that no more will come."""

    def close(self, how: str, *, close_notify: bool = True) -> None:
        """Close the connection in good order."""

    def reset(self, how: str) -> None:
        """Reset the connection."""
