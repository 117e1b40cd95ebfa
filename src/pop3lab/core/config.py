"""The numbers a session is bounded by, and what they may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pop3lab.core.errors import ConfigError
from pop3lab.core.greeting import SERVER_NAME


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of sessions, and of all connections together.

    The defaults suit clients that make mistakes, and stop hostile ones. If a limit comes from
    an RFC, its description names the section.

    Args:
        line: Octets of a command with its CRLF (RFC 2449 section 4).
        response: Octets of a SASL response; RFC 5034 leaves the number to the server.
        idle: Seconds without a command; at least 10 minutes by RFC 1939 section 3.
        busy: Seconds that a login waits for the lock of the maildrop.
        busy_step: Seconds between two tries to get that lock.
        drain: Octets to skip of a line that is too long, before the connection is closed; 0 for no
            limit.
        stall: Seconds in which a client must read something of a reply; 0 for no limit.
        rate: Minimum octets per second that a client must read.
        handshake: Seconds for a TLS handshake.
        login: Seconds to log in; 0 for no limit.
        bad_logins: Failed logins until the connection is closed; 0 for no limit.
        bad_before: Refused commands before login until the connection is closed; 0 for no limit.
        bad_after: Refused commands in a row after login until the connection is closed; 0 for no
            limit.
        connections: Connections at once; the longest without login is closed first; 0 for no limit.
        connections_address: Connections at once of one address, except loopback; 0 for no limit.
        delay_addresses: Addresses whose failed logins are remembered.
        hash_threads: Password hashes computed at once.
        hashes_waiting: Logins that wait for their hash; more are refused.
        tls_buffer: Octets to read at once from a TLS session.
        message: Octets of a message that comes by SMTP or LMTP.
    """

    line: int = 255
    response: int = 12_288
    idle: float = 600.0
    busy: float = 1.0
    busy_step: float = 0.02
    drain: int = 65_536
    stall: float = 60.0
    rate: int = 256
    handshake: float = 10.0
    login: float = 600.0
    bad_logins: int = 10
    bad_before: int = 50
    bad_after: int = 100
    connections: int = 10_000
    connections_address: int = 50
    delay_addresses: int = 65_536
    hash_threads: int = 2
    hashes_waiting: int = 256
    tls_buffer: int = 16_384
    message: int = 64 << 20


class Bounds(NamedTuple):
    """The least and the most that a limit may be. off: 0 is allowed, too, and is no limit."""

    least: float
    most: float
    off: bool = False

    def allow(self, value: float) -> bool:
        """Whether a limit may be this; not a number is none."""
        return self.least <= value <= self.most or (self.off and value == 0)

    def __str__(self) -> str:
        return f"from {self.least:g} to {self.most:.10g}{', or 0 for no limit' if self.off else ''}"


MOST_OCTETS = 2**31
MOST_SECONDS = 1e9
MOST = 10**9  # of anything else

# With the least of each, whoever makes no mistake and does not wait can log in.
BOUNDS: Mapping[str, Bounds] = {
    "line": Bounds(47, MOST_OCTETS),  # RFC 1939 section 3: a keyword, and 40 octets of argument
    "response": Bounds(512, MOST_OCTETS),  # the longest of SCRAM with channel binding
    "idle": Bounds(0.05, MOST_SECONDS),
    "busy": Bounds(0, MOST_SECONDS),
    "busy_step": Bounds(0.001, 60),
    "drain": Bounds(1, MOST_OCTETS, off=True),
    "stall": Bounds(0.05, MOST_SECONDS, off=True),
    "rate": Bounds(0, MOST),
    "handshake": Bounds(0.1, MOST_SECONDS),
    "login": Bounds(0.05, MOST_SECONDS, off=True),
    "bad_logins": Bounds(1, MOST, off=True),
    "bad_before": Bounds(1, MOST, off=True),
    "bad_after": Bounds(1, MOST, off=True),
    "connections": Bounds(1, MOST, off=True),
    "connections_address": Bounds(1, MOST, off=True),
    "delay_addresses": Bounds(1, 10**7),  # each takes 32 octets of memory
    "hash_threads": Bounds(1, 64),
    "hashes_waiting": Bounds(1, MOST),
    "tls_buffer": Bounds(1, 2**24),  # memory that each session under TLS has at once
    "message": Bounds(1, MOST_OCTETS),  # memory that each connection of SMTP may have
}


class Beyond(NamedTuple):
    """A limit beyond its bounds: it would crash sessions, or lock everybody out."""

    name: str
    value: float
    bounds: Bounds


def beyond_bounds(limits: Limits) -> Iterator[Beyond]:
    """Those that are."""
    for name, bounds in BOUNDS.items():
        value = getattr(limits, name)
        if not bounds.allow(value):
            yield Beyond(name, value, bounds)


def check_limits(limits: Limits) -> None:
    """Raises ConfigError if one is beyond its bounds."""
    for name, value, bounds in beyond_bounds(limits):
        raise ConfigError(f"limits: {name}={value}: write a number {bounds}")


# What a server offers besides RFC 1939.


@dataclass(frozen=True, slots=True)
class ServerCapabilities:
    """What CAPA may announce (RFC 2449), and how the server speaks of itself.

    tls: STLS can be carried out. utf8: UTF8 is announced, messages with UTF-8 in their headers
    are for clients that say it, and names and passwords may be UTF-8 (RFC 6856). expire: days that
    messages are kept, None for ever. login_delay: seconds between two logins of a user. strangers:
    first words of other protocols, at which the connection is closed at once.
    """

    name: str = SERVER_NAME
    implementation: str = ""
    tls: bool = False
    utf8: bool = False
    expire: int | None = None
    login_delay: int = 0
    languages: dict[str, str] = field(default_factory=lambda: {"en": "English"})
    strangers: frozenset[str] = frozenset()
