"""What the runner asks of sockets.

Windows has select alone: it tells of an end as of octets that have come, and takes any descriptor.
"""

import select
import struct
import sys
from asyncio import BaseTransport
from contextlib import suppress
from socket import IPPROTO_TCP, SO_LINGER, SOL_SOCKET, TCP_NODELAY, socket

_READ = 65_536  # octets
_LINGER = "hh" if sys.platform == "win32" else "ii"  # struct linger
_RESET_AT_CLOSE = struct.pack(_LINGER, 1, 0)

if sys.platform == "win32":

    def octets_in_kernel(connection: socket) -> bool:
        """Whether there may be octets that came and were not read, or that are yet to be sent."""
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

    def octets_in_kernel(connection: socket) -> bool:
        """Whether there may be octets that came and were not read, or that are yet to be sent."""
        descriptor = connection.fileno()
        try:
            return any(any(ioctl(descriptor, queue, bytes(4))) for queue in (FIONREAD, _UNSENT))
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

    asyncio does so itself only for sockets that know their protocol, which accepted ones don't.
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


def peer_of(transport: BaseTransport) -> str:
    """The other side as address:port."""
    host, port = (transport.get_extra_info("peername") or ("unknown", 0))[:2]
    return f"{host}:{port}"


def read_at_once(transport: BaseTransport, octets: int = _READ) -> None:
    """So many at most. Lines that are pipelined wait in memory, and asyncio would take 256 KiB."""
    if hasattr(transport, "max_size"):
        transport.max_size = octets
