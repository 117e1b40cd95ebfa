"""The numbers a session is bounded by, and what they may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pop3lab.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of sessions, and of all of them together; each number has its source beside it.

    The defaults bear a client that makes mistakes, and none that is hostile.
    """

    line: int = 255  # octets of a command with its CRLF; RFC 2449 section 4
    response: int = 12_288  # octets of a SASL response; RFC 5034 leaves it to the server
    idle: float = 600.0  # seconds without a command; RFC 1939 section 3: at least 10 minutes
    busy: float = 1.0  # seconds that a login waits for the maildrop's lock before it is refused
    busy_step: float = 0.02  # seconds between two looks at that lock
    drain: int = 65_536  # octets of a line that is too long, then it is closed; 0: any number
    stall: float = 60.0  # seconds in which a client must take some of what waits for it; 0: any
    rate: int = 256  # octets a second that it must take then at least
    handshake: float = 10.0  # seconds that a TLS handshake may take
    login: float = 600.0  # seconds in all that a client may take to log in; 0: any number
    bad_logins: int = 10  # refused logins, then the connection is closed; 0: any number
    bad_before: int = 50  # refused commands before login, then it is closed; 0: any number
    bad_after: int = 100  # refused commands in a row after login, then it is closed; 0: any number
    connections: int = 10_000  # at once; those longest without login go first; 0: any number
    connections_address: int = 50  # at once of an address other than loopback; 0: any number
    delay_addresses: int = 65_536  # addresses whose failed logins are remembered
    hash_threads: int = 2  # password hashes computed at once
    hashes_waiting: int = 256  # logins that wait for their hash; more are refused for now
    tls_buffer: int = 16_384  # octets read at once from a TLS session


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

    name: str = "pop3lab"
    implementation: str = ""
    tls: bool = False
    utf8: bool = False
    expire: int | None = None
    login_delay: int = 0
    languages: dict[str, str] = field(default_factory=lambda: {"en": "English"})
    strangers: frozenset[str] = frozenset()
