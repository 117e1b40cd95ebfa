"""What a session needs to know of SASL (RFC 4422, RFC 5034): a mechanism is a generator."""

from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple


class Channel(NamedTuple):
    """What a mechanism may know of its connection.

    clear: passwords may pass as they are: under TLS, on loopback, or where a setting allows it.
    bindings: channel-binding data by type, without TLS none (RFC 5929, RFC 9266).
    certificate_name: whom a verified client certificate names, or None.
    challenge: a msg-id with its angle brackets, never used before (RFC 2195).
    """

    secure: bool = False
    clear: bool = True
    bindings: Mapping[str, bytes] = {}
    certificate_name: str | None = None
    challenge: str = ""


# Yields challenges, is sent responses, returns the user whose maildrop is to be opened. Where the
# client speaks first, the first challenge is empty: it is not sent if there is an initial response.
# Raises LoginFailed, and ValueError for a response in the wrong form.
Exchanged = Generator[bytes, bytes, str]


class Mechanism(NamedTuple):
    """A SASL mechanism that works on a channel. initial: an initial response may come with AUTH."""

    name: str
    initial: bool
    begin: Callable[[], Exchanged]
