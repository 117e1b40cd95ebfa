"""What a session needs to know of SASL (RFC 4422, RFC 5034): a mechanism is a generator."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple, Protocol

from pop3lab.core.actions import Proof
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated


class Channel(NamedTuple):
    """What a mechanism may know of its connection.

    clear: passwords may pass as they are: under TLS, on loopback, or where a setting allows it.
    bindings: channel-binding data by type; none without TLS, and none where the one that is
    mandatory can't be had (RFC 5802 section 6.1, RFC 9266 section 3). end_point: the data of
    tls-server-end-point all the same (RFC 5929 section 4).
    certificate_names: whom a verified client certificate names, as it spells them.
    challenge: a msg-id with its angle brackets, never used before (RFC 2195). nonce: the server's
    part of SCRAM's; empty for a random one. version: of TLS.
    """

    secure: bool = False
    clear: bool = True
    bindings: Mapping[str, bytes] = {}
    end_point: bytes = b""
    certificate_names: tuple[str, ...] = ()
    challenge: str = ""
    nonce: str = ""
    version: str = ""


# Yields challenges, is sent responses, returns the user whose maildrop is to be opened, or what has
# to be run to know that. Where the client speaks first, the first challenge is empty: it is not
# sent if there is an initial response. Raises LoginFailed; for a response in the wrong form
# ValueError, or NotUnderstood with the reason.
SaslGenerator = Generator[bytes, bytes, str | Proof]


class Mechanism(NamedTuple):
    """A SASL mechanism that works on a channel. initial: an initial response may come with AUTH."""

    name: str
    initial: bool
    begin: Callable[[], SaslGenerator]


class SaslStep(Protocol):
    """An exchange under way: the client's next line is its response."""

    def step(self, line: bytes) -> bytes | Reply | Authenticated:
        """The line without its line end; the next challenge as it is sent, or the end."""


class SaslExchange:
    """An exchange of a mechanism under way: challenges out, responses in (RFC 5034 section 4).

    Each step is given a line of the client without its line end; the answer is the next challenge
    as it is sent, or the user. Raises LoginFailed, NotUnderstood.
    """

    def __init__(self, exchanged: SaslGenerator) -> None:
        self._exchanged = exchanged

    def begin(self, initial: str | None) -> bytes | Authenticated:
        """The first step. initial: the initial response of AUTH, "=" for one without octets."""
        challenge = next(self._exchanged)
        if initial is None:
            return _challenge(challenge)
        return self._respond(b"" if initial == "=" else _decoded(initial.encode("ascii")))

    def step(self, line: bytes) -> bytes | Authenticated:
        """Any further step."""
        if line == b"*":
            raise NotUnderstood("cancelled")
        return self._respond(_decoded(line))

    def _respond(self, response: bytes) -> bytes | Authenticated:
        try:
            return _challenge(self._exchanged.send(response))
        except StopIteration as done:
            return Authenticated.of(done.value)
        except ValueError:
            raise NotUnderstood("the response is not in the form of the mechanism") from None


def _challenge(octets: bytes) -> bytes:
    return b"+ " + b64encode(octets) + b"\r\n"


def _decoded(text: bytes) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        raise NotUnderstood("that is no base64") from None
