"""A port that stays a server's own, whether the server listens at it or not."""

import errno
import socket
import sys
from contextlib import suppress

from pop3lab.core.errors import ConfigError
from pop3lab.transport.listen import BACKLOG

_LOCALHOST = "localhost"

_WITHOUT_IPV4 = "on a machine without IPv4 write host='::1'"

_TRIES = 20  # to find a port that is free at all addresses

# Linux lets two sockets of ours have the port, as long as only one of them listens.
_TWO_SOCKETS = sys.platform == "linux"
# Windows lets anybody listen at the port of a socket with SO_REUSEADDR, and needs it for nothing.
_OPTIONS = () if sys.platform == "win32" else (socket.SO_REUSEADDR,)


class ReservedPort:
    """A TCP port, kept by sockets that do not listen: who connects then is refused.

    Where two sockets can't have one port, the kept sockets are the ones that listen in the end.
    """

    def __init__(self, host: str, port: int) -> None:
        """host: an address, or localhost for both of loopback; other names are not resolved.

        port: 0 for one that is free. Raises ConfigError, and OSError with the address in its text.
        """
        self._addresses = addresses_of(host)
        self._kept = self._bind(port)
        self.host: str = host
        self.port: int = self._kept[0].getsockname()[1]

    def _bind(self, port: int) -> list[socket.socket]:
        """Bind to each address. A port that is free at the first may be taken at the next."""
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
        """Sockets that listen: as soon as they are there, clients can connect. Raises OSError."""
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
        """Keep the port where none of its sockets listens any more.

        Where another process has been quicker, listen() will say so.
        """
        with suppress(OSError):
            self._kept = self._kept or self._bind(self.port)

    def close(self) -> None:
        """Give the port away."""
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
    """The addresses that a server of this host listens on. Raises ConfigError."""
    if host == _LOCALHOST:
        return "127.0.0.1", "::1"
    _family_of(host)
    return (host,)


def _family_of(host: str) -> socket.AddressFamily:
    """Of an address. Raises ConfigError for what is none."""
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
