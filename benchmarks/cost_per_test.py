"""What a test pays for its server: start, a whole session and stop; and the plugin's import.

python -m benchmarks.cost_per_test
"""

import poplib
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from pop3lab import Pop3Server
from pop3lab.testing.loops import held
from pop3lab.testing.pop3_server import Pop3Server as Server

_TIMES = 300
_PROCESSES = 11
_IMPORT = (
    "import time, pytest; begun = time.perf_counter(); import pop3lab.pytest_plugin;"
    "print(time.perf_counter() - begun)"
)


def _start_and_stop() -> None:
    with Pop3Server():
        pass


def _start_and_stop_tls() -> None:
    with Pop3Server(tls="implicit"):
        pass


def _session() -> None:
    with Pop3Server(["Subject: one\n\nhello\n"]) as server:
        _fetch(poplib.POP3(*server.address), server)


def _session_tls() -> None:
    with Pop3Server(["Subject: one\n\nhello\n"], tls="implicit") as server:
        _fetch(poplib.POP3_SSL(*server.address, context=server.client_context()), server)


def _session_starttls() -> None:
    with Pop3Server(["Subject: one\n\nhello\n"], tls="starttls") as server:
        client = poplib.POP3(*server.address)
        client.stls(server.client_context())
        _fetch(client, server)


def _fetch(client: poplib.POP3, server: Server) -> None:
    client.user("user")
    client.pass_("password")
    client.stat()
    client.uidl()
    client.retr(1)
    client.dele(1)
    client.quit()
    server.wait_session()


_MEASURED: dict[str, Callable[[], None]] = {
    "start + stop": _start_and_stop,
    "start + stop, TLS": _start_and_stop_tls,
    "start + session + stop": _session,
    "start + session + stop, TLS": _session_tls,
    "start + session + stop, STLS": _session_starttls,
}


def _milliseconds(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def _measured(act: Callable[[], None]) -> str:
    first = _milliseconds(act)
    times = sorted(_milliseconds(act) for _ in range(_TIMES))
    return f"{first:8.2f} {median(times):8.2f} {times[int(_TIMES * 0.95)]:8.2f}"


def _import_of_the_plugin() -> float:
    """In processes that have pytest already."""
    return median(
        float(subprocess.check_output([sys.executable, "-c", _IMPORT])) * 1000
        for _ in range(_PROCESSES)
    )


def main() -> None:
    """Print a table, in milliseconds."""
    print(f"{'milliseconds':32}{'first':>8} {'median':>8} {'95 %':>8}")
    for name, act in _MEASURED.items():
        print(f"{name:32}{_measured(act)}")
    with held():
        for name, act in _MEASURED.items():
            print(f"{f'{name} *':32}{_measured(act)}")
    print("* in a thread that is there already, as with the plugin for pytest")
    print(f"{'import of the plugin':32}{_import_of_the_plugin():8.2f}")


if __name__ == "__main__":
    main()
