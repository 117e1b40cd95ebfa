"""How messages get into maildrops: what a store that takes mail implements."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeGuard


class Envelope(NamedTuple):
    """Who sends a message, and who gets it (RFC 5321 section 2.3.1).

    Attributes:
        sender: The reverse-path, without brackets; empty for bounces.
        recipients: The forward-paths, as the client has written them.
    """

    sender: str = ""
    recipients: tuple[str, ...] = ()


class DeliveringStore(Protocol):
    """A store that takes mail."""

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Add a message as the last, and return when it lasts. The next login lists it.

        The lock of a session is not needed. message: in chunks of any size; its octets are stored
        as they are. Returns what the message is called in the store.

        Raises NoMaildrop, StoreFull, MaildropBusy, StoreFailed, and what the chunks raise: then the
        message is not there, or another process may find it and the sender will send it again.
        """


def is_delivering(store: object) -> TypeGuard[DeliveringStore]:
    """Whether a store takes mail."""
    return hasattr(store, "deliver")
