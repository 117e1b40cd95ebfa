"""A port that stays a server's own, whether the server listens at it or not."""

import socket
import sys

from pop3lab.core.errors import ConfigError

LOCALHOST = "localhost"

_BACKLOG = 1024
_TRIES = 20  # to find a port that is free at all addresses
# By which two sockets of ours may have the port, as long as only one listens.
_SHARED = (
    (socket.SO_REUSEADDR,)
    if sys.platform == "linux"
    else (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
)


class Port:
    """A TCP port, kept by sockets that never listen: who connects then is refused."""

    def __init__(self, host: str, port: int) -> None:
        """host: an address, or localhost for both of loopback; other names are not resolved.

        port: 0 for one that is free. Raises ConfigError, and OSError with the address in its text.
        """
        self._addresses = addresses_of(host)
        self._kept = self._keep(port)
        self.host: str = host
        self.port: int = self._kept[0].getsockname()[1]

    def _keep(self, port: int) -> list[socket.socket]:
        """Bound to each address. One that is free at the first may be taken at the next."""
        for tries in range(_TRIES):
            kept: list[socket.socket] = []
            try:
                for address in self._addresses:
                    kept.append(_bound(address, kept[0].getsockname()[1] if kept else port))
                return kept
            except OSError:
                for one in kept:
                    one.close()
                if port or not kept or tries == _TRIES - 1:
                    raise
        raise AssertionError

    def listen(self) -> list[socket.socket]:
        """Sockets that listen: as soon as they are there, clients can connect. Raises OSError."""
        listeners: list[socket.socket] = []
        try:
            for address in self._addresses:
                listeners.append(_bound(address, self.port))
                _listen(listeners[-1], address, self.port)
        except OSError:
            for listener in listeners:
                listener.close()
            raise
        return listeners

    def close(self) -> None:
        """Give the port away."""
        for one in self._kept:
            one.close()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(family_of(host))
    try:
        for option in _SHARED:
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _at(host, port, error) from None
    return bound


def _listen(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.listen(_BACKLOG)
    except OSError as error:
        raise _at(host, port, error) from None


def addresses_of(host: str) -> tuple[str, ...]:
    """Those at which a server of this host listens. Raises ConfigError for what is no address."""
    if host == LOCALHOST:
        return "127.0.0.1", "::1"
    family_of(host)
    return (host,)


def family_of(host: str) -> socket.AddressFamily:
    """Of an address. Raises ConfigError for what is none."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, TypeError, ValueError):
            continue
        return family
    raise ConfigError(f"host={host!r} is no address, write 127.0.0.1, ::1, or localhost for both")


def _at(host: str, port: int, error: OSError | OverflowError) -> OSError:
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(error, OverflowError):
        return OSError(f"can't listen at {at}: {error}")
    return type(error)(error.errno, f"can't listen at {at}: {error.strerror}")
