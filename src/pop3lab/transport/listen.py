"""A listening socket, before anything heavier than the C module is imported."""

import _socket
import errno
import os
import sys

BACKLOG = 1024  # clients that the kernel holds until they are accepted


def listen(host: str, port: int, *, shared: bool = False) -> _socket.socket:
    """Bind and listen; port 0 takes a free one. Raises OSError, which names the address.

    host: an IPv4 or IPv6 address; names are not resolved. An IPv6 address takes no IPv4 with it.
    shared: other sockets that are may listen at the same port.
    """
    family = _socket.AF_INET6 if ":" in host else _socket.AF_INET
    listener = _socket.socket(family, _socket.SOCK_STREAM)
    try:
        listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEPORT, 1)
        if family == _socket.AF_INET6:
            listener.setsockopt(_socket.IPPROTO_IPV6, _socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        told = error.strerror or ""
        if error.errno == errno.EADDRNOTAVAIL and family == _socket.AF_INET:
            told += "; on a machine without IPv4 give --host ::1"
        if error.errno == errno.EADDRINUSE:
            told += "; port 0 takes a free one"
        raise OSError(error.errno, told, f"cannot listen on {host} port {port}") from None
    return listener


def exposed(address: str) -> str:
    """What is to be said where not only this machine can connect; else nothing. address: IPv4."""
    return "" if address.startswith("127.") else f"other machines can connect to {address}"


def print_line(line: str) -> None:
    """To stdout, at once. Raises OSError if nobody reads it: then nobody could know the port.

    If it is kept in a file, the disk may be full.
    """
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            told = "nobody reads it, and the port is told there"
            raise OSError(errno.ENOTCONN, told, "stdout") from None
