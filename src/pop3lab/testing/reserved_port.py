"""A port that is reserved for a server, whether or not it listens."""

import errno
import socket
import sys
from contextlib import suppress

from pop3lab.core.errors import ConfigError
from pop3lab.transport.listen import BACKLOG

_LOCALHOST = "localhost"

_WITHOUT_IPV4 = "on a machine without IPv4 write host='::1'"

_TRIES = 20  # attempts to find a port that is free at all addresses

# On Linux two of our sockets can share the port, as long as only one of them listens.
_TWO_SOCKETS = sys.platform == "linux"
# On Windows SO_REUSEADDR would let anybody listen at the port; it is not needed there.
_OPTIONS = () if sys.platform == "win32" else (socket.SO_REUSEADDR,)


class ReservedPort:
    """A TCP port, reserved by sockets that do not listen: clients are refused.

    If two sockets can't share a port on this system, the reserving sockets become the listening
    ones.
    """

    def __init__(self, host: str, port: int) -> None:
        """host: an address, or localhost for both loopback addresses; no other names.

        port: 0 for a free one. Raises ConfigError, and OSError with the address in its text.
        """
        self._addresses = addresses_of(host)
        self._kept = self._bind(port)
        self.host: str = host
        self.port: int = self._kept[0].getsockname()[1]

    def _bind(self, port: int) -> list[socket.socket]:
        """Bind to each address. A port that is free at one address may be taken at another."""
        for tries in range(_TRIES):
            bound: list[socket.socket] = []
            try:
                for address in self._addresses:
                    bound.append(_bound(address, bound[0].getsockname()[1] if bound else port))
                return bound
            except OSError:
                for one in bound:
                    one.close()
                if port or not bound or tries == _TRIES - 1:
                    raise
        raise AssertionError

    def listen(self) -> list[socket.socket]:
        """Return listening sockets: clients can connect immediately. Raises OSError."""
        listeners = self._unused()
        try:
            for listener, address in zip(listeners, self._addresses, strict=True):
                _listen(listener, address, self.port)
        except OSError:
            for listener in listeners:
                listener.close()
            raise
        return listeners

    def _unused(self) -> list[socket.socket]:
        if _TWO_SOCKETS or not self._kept:
            return self._bind(self.port)
        kept, self._kept = self._kept, []
        return kept

    def reserve(self) -> None:
        """Reserve the port again after its sockets have stopped listening.

        If another process was faster, listen() will report that.
        """
        with suppress(OSError):
            self._kept = self._kept or self._bind(self.port)

    def close(self) -> None:
        """Free the port."""
        for one in self._kept:
            one.close()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(_family_of(host))
    try:
        for option in _OPTIONS:
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _at(host, port, error) from None
    return bound


def _listen(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _at(host, port, error) from None


def addresses_of(host: str) -> tuple[str, ...]:
    """Return the addresses that a server of this host listens on. Raises ConfigError."""
    if host == _LOCALHOST:
        return "127.0.0.1", "::1"
    _family_of(host)
    return (host,)


def is_on_loopback(host: str) -> bool:
    """Whether only this machine can connect to a host. Raises ConfigError for no address."""
    return all(one.startswith("127.") or one == "::1" for one in addresses_of(host))


def _family_of(host: str) -> socket.AddressFamily:
    """Return the family of an address. Raises ConfigError if it is none."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, TypeError, ValueError):
            continue
        return family
    raise ConfigError(f"host={host!r} is not an address: write 127.0.0.1, ::1 or localhost")


def _at(host: str, port: int, error: OSError | OverflowError) -> OSError:
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(error, OverflowError):
        return OSError(f"can't listen at {at}: {error}")
    hint = f"; {_WITHOUT_IPV4}" if error.errno == errno.EADDRNOTAVAIL and ":" not in host else ""
    return type(error)(error.errno, f"can't listen at {at}: {error.strerror}{hint}")
