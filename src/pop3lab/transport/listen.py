"""A listening socket, before anything heavier than the C module is imported."""

import _socket

_BACKLOG = 1024


def listen(host: str, port: int) -> _socket.socket:
    """Bind and listen; port 0 takes a free one. Raises OSError.

    host: an IPv4 address; names are not resolved.
    """
    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def exposed(address: str) -> str:
    """What is to be said where not only this machine can connect; else nothing. address: IPv4."""
    return "" if address.startswith("127.") else f"other machines can connect to {address}"
