"""A port that stays a server's own, whether the server listens at it or not."""

import socket
import sys

from pop3lab.core.errors import ConfigError

_BACKLOG = 1024
# By which two sockets of ours may have the port, as long as only one listens.
_SHARED = (
    (socket.SO_REUSEADDR,)
    if sys.platform == "linux"
    else (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
)


class Port:
    """A TCP port, kept by a socket that never listens: who connects then is refused."""

    def __init__(self, host: str, port: int) -> None:
        """host: an address, IPv4 or IPv6; names are not resolved. port: 0 for a free one.

        Raises ConfigError, and OSError with the address in its text.
        """
        self._family = family_of(host)
        self._kept = self._bound(host, port)
        self.host: str = host
        self.port: int = self._kept.getsockname()[1]

    def listen(self) -> socket.socket:
        """A socket that listens: as soon as it is there, clients can connect. Raises OSError."""
        listener = self._bound(self.host, self.port)
        try:
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            raise _at(self.host, self.port, error) from None
        return listener

    def close(self) -> None:
        """Give the port away."""
        self._kept.close()

    def _bound(self, host: str, port: int) -> socket.socket:
        bound = socket.socket(self._family)
        try:
            for option in _SHARED:
                bound.setsockopt(socket.SOL_SOCKET, option, 1)
            bound.bind((host, port))
        except (OSError, OverflowError) as error:
            bound.close()
            raise _at(host, port, error) from None
        return bound


def family_of(host: str) -> socket.AddressFamily:
    """Of an address. Raises ConfigError for what is none."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, TypeError, ValueError):
            continue
        return family
    raise ConfigError(f"host={host!r} is no address, write 127.0.0.1 or ::1")


def _at(host: str, port: int, error: OSError | OverflowError) -> OSError:
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(error, OverflowError):
        return OSError(f"can't listen at {at}: {error}")
    return type(error)(error.errno, f"can't listen at {at}: {error.strerror}")
