"""What the runner asks of sockets.

Windows has select alone: it tells of an end as of octets that have come, and takes any descriptor.
"""

import select
import struct
import sys
from _socket import socket
from contextlib import suppress
from socket import IPPROTO_TCP, SO_LINGER, SOL_SOCKET, TCP_NODELAY

_LINGER = "hh" if sys.platform == "win32" else "ii"  # struct linger
_RESET_AT_CLOSE = struct.pack(_LINGER, 1, 0)

if sys.platform == "win32":

    def octets_unread(connection: socket) -> bool:
        """Whether there may be octets that came and were not read."""
        return True

    def octets_unsent(connection: socket) -> bool:
        """Whether there may be octets that are yet to be sent."""
        return True

    def octets_have_come(connection: socket) -> bool:
        """Whether there are octets that came and were not read, or the end has come."""
        return bool(select.select([connection.fileno()], [], [], 0)[0])

    def can_take_octets(connection: socket) -> bool:
        """Whether the kernel has room for some, since the other side has taken what was there."""
        return bool(select.select([], [connection.fileno()], [], 0)[1])

else:
    from fcntl import ioctl
    from termios import FIONREAD

    _UNSENT = 0x894B  # SIOCOUTQNSD of Linux: octets of the send queue that have not been sent

    def octets_unread(connection: socket) -> bool:
        """Whether there may be octets that came and were not read."""
        return _are_queued(connection, FIONREAD)

    def octets_unsent(connection: socket) -> bool:
        """Whether there may be octets that are yet to be sent."""
        return _are_queued(connection, _UNSENT)

    def _are_queued(connection: socket, queue: int) -> bool:
        try:
            return any(ioctl(connection.fileno(), queue, bytes(4)))
        except OSError:
            return True

    def octets_have_come(connection: socket) -> bool:
        """Whether there are octets that came and were not read."""
        return any(ioctl(connection.fileno(), FIONREAD, bytes(4)))

    def can_take_octets(connection: socket) -> bool:
        """Whether the kernel has room for some, since the other side has taken what was there."""
        watch = select.poll()
        watch.register(connection.fileno(), select.POLLOUT)
        return bool(watch.poll(0))


def send_at_once(connection: socket) -> None:
    """What is written leaves as it is written, small or not: the kernel gathers nothing.

    What is accepted by a socket has it of that socket.
    """
    with suppress(OSError):  # it is not TCP
        connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def reset_at_close(connection: socket) -> None:
    """Closing it will be RST, if it is not closed already."""
    with suppress(OSError):
        connection.setsockopt(SOL_SOCKET, SO_LINGER, _RESET_AT_CLOSE)


def acknowledge_at_once(connection: socket) -> None:
    """What has come, where the kernel would wait for something to send with it."""
    if sys.platform == "linux":
        from socket import TCP_QUICKACK

        connection.setsockopt(IPPROTO_TCP, TCP_QUICKACK, 1)


def peer_of(connection: socket) -> str:
    """The other side as address:port."""
    try:
        host, port = connection.getpeername()[:2]
    except (OSError, ValueError):  # it is gone; it has no port
        host, port = "unknown", 0
    return f"{host}:{port}"
