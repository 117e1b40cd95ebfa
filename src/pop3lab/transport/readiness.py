"""Tells whoever started the server that its sockets listen, in every way they may have asked for.

Nothing heavy is imported: the port line is waiting for it.
"""

import os
import time
from collections.abc import Mapping, MutableMapping

from pop3lab.core.errors import ConfigError
from pop3lab.files.writing import write_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

Places = Mapping[str, int | str]  # pop3, pop3s, web: only those that there are


def ready_line(form: str, places: Places) -> str:
    """The line that tells where the server listens, with its line end.

    form: "port", the first port in decimal; "json", all of them and the process.
    """
    if form == "json":
        from json import dumps

        return dumps({**places, "pid": os.getpid()}) + "\n"
    return f"{next(iter(places.values()))}\n"


def check_descriptor(descriptor: int) -> None:
    """Whether it can be told later. Raises ConfigError.

    To be called before anything else is opened, which would get the number of one that is not open.
    """
    try:
        os.write(descriptor, b"")
    except OSError as error:
        raise ConfigError(
            f"ready-fd {descriptor}: {error.strerror}: give a descriptor that is open for writing"
        ) from None


def tell_descriptor(descriptor: int) -> None:
    """A newline, and closed. Raises OSError if that is no open descriptor."""
    try:
        os.write(descriptor, b"\n")
    except BrokenPipeError:
        pass  # nobody waits any more
    finally:
        if descriptor > 2:
            os.close(descriptor)


class PortFile:
    """A file that is there, whole, from ready to the end. As a context it is removed at the end."""

    def __init__(self, path: str, line: str) -> None:
        """Nobody reads half of it. Raises OSError."""
        self._path = path
        self._identity = _identity(write_whole(path, line.encode("ascii")))

    def remove(self) -> None:
        """Unless it is another server's by now."""
        try:
            if _identity(os.lstat(self._path)) == self._identity:
                os.unlink(self._path)
        except OSError:
            pass

    def __enter__(self) -> "PortFile":
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        self.remove()


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


class ReadinessNotifier:
    """Notifies the service manager, sd_notify(3), at NOTIFY_SOCKET; without one, nobody.

    An error is never fatal: the manager's trouble is not the clients'.

    watchdog: seconds within which alive() is to be called again, or None if nobody watches.
    """

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Take the variables out of the environment: they are not for children."""
        self._address = environ.pop("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]  # the abstract namespace of Linux
        self.watchdog = _watchdog(environ)

    def ready(self, status: str = "") -> None:
        """The sockets listen; also after a reload."""
        self._send("READY=1", *_status(status))

    def reloading(self) -> None:
        """SIGHUP is being obeyed; ready() follows."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self, status: str = "") -> None:
        """The end has begun."""
        self._send("STOPPING=1", *_status(status))

    def status(self, text: str) -> None:
        """A line for `systemctl status`."""
        self._send(*_status(text))

    def alive(self) -> None:
        """For the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        import socket

        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            pass


def _status(text: str) -> list[str]:
    return ["STATUS=" + " ".join(text.split())] if text else []


def _watchdog(environ: MutableMapping[str, str]) -> float | None:
    """Half of what the manager allows, as sd_watchdog_enabled(3) recommends."""
    microseconds = environ.pop("WATCHDOG_USEC", "")
    process = environ.pop("WATCHDOG_PID", "") or str(os.getpid())
    if not microseconds.isdecimal() or process != str(os.getpid()):
        return None
    return int(microseconds) / 2e6 or None
