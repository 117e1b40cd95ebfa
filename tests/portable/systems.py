"""Linux with things taken away, until it has what macOS or Windows have.

`python -m tests.portable.systems windows pytest ...`, or `pop3lab ...`, in a process of its own:
what is taken does not come back. It shows that nothing is used that is not there; how the other
system behaves where it has the same call, it does not know, but for the rules that are written down
here.
"""

import _socket
import asyncio
import concurrent.futures.process
import errno
import io
import os
import select
import selectors
import shutil
import signal
import socket
import ssl
import stat
import struct
import subprocess
import sys
import sysconfig
import tempfile
import weakref
from asyncio.unix_events import _UnixDefaultEventLoopPolicy
from collections.abc import Callable
from typing import Any

import pytest

assert subprocess  # these import what is about to go
assert concurrent.futures.process

SYSTEMS = ("linux", "macos", "windows", "without-ssl", "ipv6-only")

_ONLY_POSIX = "fcntl termios resource pwd grp pty tty syslog"
_ONLY_LINUX = {
    os: "O_PATH O_DIRECT memfd_create eventfd pidfd_open pipe2 posix_fallocate"
    " sched_getaffinity getrandom splice copy_file_range inotify_init",
    select: "epoll",
    selectors: "EpollSelector",
    socket: "TCP_QUICKACK TCP_CORK SOCK_NONBLOCK SOCK_CLOEXEC AF_NETLINK AF_PACKET SO_PEERCRED",
}
_NOT_WINDOWS = {
    os: "register_at_fork fork forkpty O_NOFOLLOW O_DIRECTORY O_CLOEXEC O_NONBLOCK O_NOCTTY O_SYNC"
    " O_DSYNC pread pwrite preadv pwritev readv writev fchown chown lchown getuid geteuid getgid"
    " getegid setuid setgid getgroups setpgid getpgid killpg mkfifo mknod openpty sendfile"
    " set_blocking get_blocking statvfs fstatvfs sysconf uname waitid fdatasync sync nice setsid"
    " WNOHANG fchdir confstr ctermid posix_spawn lockf",
    select: "poll epoll",
    selectors: "PollSelector EpollSelector",
    socket: "SO_REUSEPORT AF_UNIX MSG_DONTWAIT MSG_NOSIGNAL CMSG_LEN SCM_RIGHTS",
    signal: "SIGHUP SIGUSR1 SIGUSR2 SIGCHLD SIGALRM SIGPIPE SIGQUIT SIGKILL SIG_BLOCK SIG_UNBLOCK"
    " pthread_sigmask pthread_kill sigwait siginterrupt setitimer alarm pause",
}


def become(system: str) -> None:
    """Take away what this system does not have."""
    sysconfig.get_config_vars()  # which asks for the system's name
    {
        "linux": lambda: None,
        "macos": _become_macos,
        "windows": _become_windows,
        "without-ssl": _lose_ssl,
        "ipv6-only": _lose_ipv4,
    }[system]()


def _take(table: dict[Any, str]) -> None:
    for module, names in table.items():
        for name in names.split():
            for holder in (module, sys.modules.get(f"_{module.__name__}")):
                if hasattr(holder, name):
                    delattr(holder, name)


def _become_macos() -> None:
    import fcntl

    tempfile._O_TMPFILE_WORKS = False  # type: ignore[attr-defined]
    _take(_ONLY_LINUX | {signal: "SIGPOLL SIGPWR"})
    _replace(selectors, "DefaultSelector", _LikeKqueue)
    vars(fcntl)["F_FULLFSYNC"] = FULL_FSYNC
    _replace(fcntl, "fcntl", _fcntl(fcntl.fcntl))
    _replace(fcntl, "ioctl", _ioctl(fcntl.ioctl))
    _replace(socket.socket, "bind", _bind_alone(socket.socket.bind))
    _replace(socket.socket, "setsockopt", _no_shared_port(socket.socket.setsockopt))
    _forbid_shared_port()
    sys.platform = "darwin"


def _become_windows() -> None:
    for name in _ONLY_POSIX.split():
        sys.modules[name] = None  # type: ignore[assignment]  # to import it fails
    pair, family = socket.socketpair, socket.AF_UNIX
    _replace(socket, "socketpair", lambda *_: pair(family))
    shutil._use_fd_functions = False  # type: ignore[attr-defined]  # as is found out at import
    _take(_ONLY_LINUX)
    _take(_NOT_WINDOWS)
    tempfile._O_TMPFILE_WORKS = False  # type: ignore[attr-defined]
    vars(os)["O_BINARY"] = _BINARY
    vars(os)["O_NOINHERIT"] = _NOINHERIT
    for name in ("open", "stat", "unlink", "mkdir", "rename", "listdir", "scandir", "fsync"):
        _replace(os, name, _by_path_only(getattr(os, name)))
    _replace(selectors, "DefaultSelector", selectors.SelectSelector)
    asyncio.ProactorEventLoop = _LikeProactor  # type: ignore[attr-defined]
    asyncio.set_event_loop_policy(_ProactorPolicy())
    _replace(asyncio.SelectorEventLoop, "add_signal_handler", _not_there)
    _replace(_socket, "socket", _Winsock)
    _replace(socket.socket, "setsockopt", _Winsock.setsockopt)
    _replace(socket.socket, "bind", _bind_after_close(socket.socket.bind))
    load = ssl.SSLContext.load_cert_chain
    _replace(ssl.SSLContext, "load_cert_chain", _from_drive(load))
    vars(io)["_WindowsConsoleIO"] = io.FileIO  # which pytest looks for
    sys.platform = "win32"


def _lose_ssl() -> None:
    for name in ("ssl", "_ssl"):
        sys.modules[name] = None  # type: ignore[assignment]
    for module in [each for each in sys.modules if each.startswith(("trustme", "OpenSSL"))]:
        del sys.modules[module]


def _lose_ipv4() -> None:
    """As where loopback has the address ::1 alone."""
    bind = _socket.socket.bind

    class NoIPv4(_socket.socket):
        def bind(self, address: Any) -> None:
            if self.family == socket.AF_INET:
                raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
            bind(self, address)

    _replace(socket.socket, "bind", NoIPv4.bind)
    _replace(_socket, "socket", NoIPv4)


def _replace(holder: Any, name: str, new: Callable[..., Any]) -> None:
    setattr(holder, name, new)


def _not_there(*_: object) -> None:
    raise NotImplementedError


def _is_ours(depth: int = 2) -> bool:
    return str(sys._getframe(depth).f_globals.get("__name__")).startswith("pop3lab")


# The files of Windows

_BINARY = 0x8000  # nothing on Linux
_NOINHERIT = os.O_CLOEXEC


def _by_path_only(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        if _is_ours():
            assert not any(name.endswith("dir_fd") for name in named), named
            assert original.__name__ == "fsync" or not isinstance(args[0], int), args
            if original.__name__ == "open":
                assert args[1] & _BINARY, "without O_BINARY line ends would be changed"
        return original(*args, **named)

    return call


def _from_drive(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_cert_chain(self: ssl.SSLContext, path: str, *args: Any, **named: Any) -> Any:
        assert not str(path).startswith(("/dev", "/proc")), path
        return original(self, path, *args, **named)

    return load_cert_chain


# The sockets and loops of Windows


def _as_winsock(original: Callable[..., Any]) -> Callable[..., Any]:
    """With SO_REUSEADDR there, anybody may listen at the same port; a linger is two shorts."""

    def setsockopt(self: socket.socket, level: int, option: int, value: Any) -> None:
        if level == socket.SOL_SOCKET and option == socket.SO_LINGER:
            assert len(value) == struct.calcsize("hh")
            value = struct.pack("ii", *struct.unpack("hh", value))
        if level == socket.SOL_SOCKET and option == socket.SO_REUSEADDR:
            original(self, level, _REUSEPORT, value)
        original(self, level, option, value)

    return setsockopt


class _Winsock(_socket.socket):
    """As clients are accepted with."""

    setsockopt = _as_winsock(_socket.socket.setsockopt)


_REUSEPORT = getattr(socket, "SO_REUSEPORT", 15)


def _bind_after_close(original: Callable[..., Any]) -> Callable[..., Any]:
    """Connections that are closing keep nobody there from a port."""

    def bind(self: socket.socket, address: Any) -> None:
        if not self.getsockopt(socket.SOL_SOCKET, _REUSEPORT):
            super(socket.socket, self).setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        original(self, address)

    return bind


class _LikeProactor(asyncio.SelectorEventLoop):
    """It can wait for what was begun, not for what is ready."""


def _for_itself_only(name: str) -> Callable[..., Any]:
    original = getattr(asyncio.SelectorEventLoop, name)

    def call(*args: Any) -> Any:
        if _is_ours():
            raise NotImplementedError
        return original(*args)

    return call


for _name_of in ("add_reader", "add_writer", "remove_reader", "remove_writer"):
    setattr(_LikeProactor, _name_of, _for_itself_only(_name_of))


class _ProactorPolicy(_UnixDefaultEventLoopPolicy):
    _loop_factory = _LikeProactor


# macOS

FULL_FSYNC = 51
full_syncs: list[int] = []  # the descriptors


def _fcntl(original: Callable[..., Any]) -> Callable[..., Any]:
    def fcntl(descriptor: Any, what: int, *argument: Any) -> Any:
        if what == FULL_FSYNC:
            full_syncs.append(descriptor)
            return os.fsync(descriptor)
        return original(descriptor, what, *argument)

    return fcntl


_UNSENT = 0x894B


def _ioctl(original: Callable[..., Any]) -> Callable[..., Any]:
    def ioctl(descriptor: Any, what: int, *argument: Any) -> Any:
        if what == _UNSENT:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        return original(descriptor, what, *argument)

    return ioctl


_bound: "weakref.WeakSet[socket.socket]" = weakref.WeakSet()


def _bind_alone(original: Callable[..., Any]) -> Callable[..., Any]:
    """Two sockets without a peer can't have one port there, with SO_REUSEADDR or not."""

    def bind(self: socket.socket, address: Any) -> None:
        if address[1] and any(_name(other)[:2] == address[:2] for other in tuple(_bound)):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        original(self, address)
        _bound.add(self)

    return bind


def _name(bound: socket.socket) -> tuple[Any, ...]:
    return tuple(bound.getsockname()) if bound.fileno() != -1 else ()


def _no_shared_port(original: Callable[..., Any]) -> Callable[..., Any]:
    """Whom of several at one port the kernel chooses differs there: nothing may rest on it."""

    def setsockopt(self: socket.socket, level: int, option: int, value: Any) -> None:
        assert (level, option) != (socket.SOL_SOCKET, socket.SO_REUSEPORT)
        original(self, level, option, value)

    return setsockopt


def _forbid_shared_port() -> None:

    class Bare(_socket.socket):
        setsockopt = _no_shared_port(_socket.socket.setsockopt)

    _replace(_socket, "socket", Bare)


class _LikeKqueue(selectors.SelectSelector):
    """It refuses devices, and a file at its end is never ready."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        mode = os.fstat(fileobj if isinstance(fileobj, int) else fileobj.fileno()).st_mode
        if stat.S_ISCHR(mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if stat.S_ISREG(mode):
            return selectors.SelectorKey(fileobj, -1, events, data)
        return super().register(fileobj, events, data)


def main(system: str, program: str, *words: str) -> int:
    """Run pytest or pop3lab there."""
    become(system)
    if program == "pytest":
        return int(pytest.main(list(words)))
    from pop3lab.cli.main import main as command

    return command(list(words))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
