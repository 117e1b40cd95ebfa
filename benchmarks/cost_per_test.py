"""`python -m benchmarks.cost_per_test`: what a test pays for its server, and for the plugin.

Writes COST.md.
"""

import poplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks.machine import facts
from benchmarks.tables import table
from pop3lab import Pop3Server
from pop3lab.testing.event_loop import keep_alive
from pop3lab.testing.pop3_server import Pop3Server as Server

COST = Path(__file__).parent / "COST.md"
_TIMES = 300
_PROCESSES = 11
_HEADS = ("milliseconds", "first", "median", "95 %", "median, own thread")
_METHOD = """\
In one process, as in a test: the server in its thread, the client (poplib) in the test's. A session
is USER, PASS, STAT, UIDL, RETR, DELE and QUIT, waited for with `wait_session()`. With the plugin
the thread lasts for the whole run, which is measured first; a `Pop3Server` by itself starts a
thread, and the last column is with that."""
_WHY = """\
Above 1 ms is what has a session: eight answers in turn, of some 0.1 ms each, which are the system
calls and wake-ups of both sides, poplib's among them; it takes as long from a process of its own.
TLS adds the handshake, both sides of which are computed here. The first TLS of a process imports
cryptography and makes an authority and a certificate, once. A thread of its own has to be started
and waited for at its end, each time."""
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


def _measured(act: Callable[[], None]) -> tuple[float, float, float]:
    """The first, the median, and that which 95 % stay below."""
    first = _milliseconds(act)
    times = [_milliseconds(act) for _ in range(_TIMES)]
    return first, median(times), quantiles(times, n=20)[18]


def _rows() -> Iterator[Sequence[str]]:
    for name, act in _MEASURED.items():
        with keep_alive():
            shared = _measured(act)
        _, own, _ = _measured(act)
        yield name, *(f"{each:.2f}" for each in (*shared, own))


def _import_of_the_plugin() -> float:
    """In processes that have pytest already."""
    return median(
        float(subprocess.check_output([sys.executable, "-c", _IMPORT])) * 1000
        for _ in range(_PROCESSES)
    )


def document() -> str:
    """COST.md, measured now."""
    lines = [
        *("# What a test pays", "", "Written by `python -m benchmarks.cost_per_test`.", ""),
        *(f"- {fact}" for fact in facts(())),
        *("", *_METHOD.splitlines(), ""),
        *table(_HEADS, list(_rows())),
        *("", f"Importing the plugin: {_import_of_the_plugin():.2f} ms.", "", *_WHY.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures, writes, prints."""
    text = document()
    COST.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
