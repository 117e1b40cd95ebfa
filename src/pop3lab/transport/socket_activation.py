"""Listening sockets that are inherited: from systemd (sd_listen_fds(3)), or by number."""

import os
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field, fields
from socket import AF_INET, AF_INET6, SO_ACCEPTCONN, SO_TYPE, SOCK_STREAM, SOL_SOCKET, socket

from pop3lab.core.errors import ConfigError

_FIRST = 3  # SD_LISTEN_FDS_START
_NETWORKED = (AF_INET, AF_INET6)
_IMPLICIT_TLS = 995  # RFC 8314 section 7.2
_MOST = 1024


@dataclass(frozen=True, slots=True)
class Listeners:
    """Sockets that listen already; pop3s, smtps: those that begin with TLS."""

    pop3: list[socket] = field(default_factory=list)
    pop3s: list[socket] = field(default_factory=list)
    smtp: list[socket] = field(default_factory=list)
    smtps: list[socket] = field(default_factory=list)
    lmtp: list[socket] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def all(self) -> list[socket]:
        """Of all kinds."""
        return [listener for sockets in self._by_kind.values() for listener in sockets]

    @property
    def addresses(self) -> list[str]:
        """Where they listen, but for those of this machine alone that have a path."""
        return [each.getsockname()[0] for each in self.all if each.family in _NETWORKED]

    def ports(self) -> dict[str, int]:
        """The first port of each kind that there is."""
        ports = {}
        for name, sockets in self._by_kind.items():
            for listener in sockets[:1]:
                if listener.family in _NETWORKED:
                    ports[name] = listener.getsockname()[1]
        return ports

    @property
    def _by_kind(self) -> dict[str, list[socket]]:
        return {kind.name: getattr(self, kind.name) for kind in fields(self)}

    def close(self) -> None:
        """In this process; others that have them go on listening."""
        for listener in self.all:
            listener.close()


def activated(environ: MutableMapping[str, str] = os.environ) -> Listeners:
    """What systemd hands over, or nothing. The variables are taken out: they are not for children.

    The names (FileDescriptorName=) pop3 and pop3s tell which is which; with other names, as the
    unit's own, port 995 is pop3s. Raises ConfigError for what is no listening TCP socket.
    """
    process = environ.pop("LISTEN_PID", "")
    count = environ.pop("LISTEN_FDS", "")
    names = environ.pop("LISTEN_FDNAMES", "").split(":")
    if process != str(os.getpid()) or not count.isdecimal() or not 0 < int(count) <= _MOST:
        return Listeners()
    found = Listeners()
    for nth in range(int(count)):
        listener = _adopt(_FIRST + nth, f"LISTEN_FDS: socket {nth + 1}")
        name = names[nth] if nth < len(names) else ""
        port = listener.getsockname()[1]
        (found.pop3s if begins_with_tls(name, port) else found.pop3).append(listener)
    return found


def inherited(pop3: Sequence[int], pop3s: Sequence[int]) -> Listeners:
    """The sockets of these descriptors. Raises ConfigError for what is no listening TCP socket."""
    return Listeners(
        [_adopt(descriptor, f"fd {descriptor}") for descriptor in pop3],
        [_adopt(descriptor, f"tls-fd {descriptor}") for descriptor in pop3s],
    )


def begins_with_tls(name: str, port: int) -> bool:
    """Whether a socket of this name, if it says so, or else of this port is for pop3s."""
    return name == "pop3s" if name in ("pop3", "pop3s") else port == _IMPLICIT_TLS


def _adopt(descriptor: int, called: str) -> socket:
    """Its own from now on: closed with it, and not inherited further."""
    try:
        listener = socket(fileno=descriptor)
    except OSError as error:
        raise ConfigError(
            f"{called}: is not a socket: {error.strerror}: give one that is inherited and listens"
        ) from None
    if listener.family not in _NETWORKED or not _listens(listener):
        listener.detach()  # whosever it is, it stays open
        raise ConfigError(f"{called}: is not a listening TCP socket")
    listener.set_inheritable(False)
    return listener


def _listens(listener: socket) -> bool:
    stream = listener.getsockopt(SOL_SOCKET, SO_TYPE) == SOCK_STREAM
    return stream and listener.getsockopt(SOL_SOCKET, SO_ACCEPTCONN) == 1
