"""`python -m benchmarks.page`: what it costs clients that somebody watches them in the page.

Writes PAGE.md, which the report includes. One server with --web; a reader of all live events comes
and goes, so that both halves of each round meet the same machine.
"""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.machine import facts
from benchmarks.tables import table
from benchmarks.usage import cpu_seconds

PAGE = Path(__file__).parent / "PAGE.md"
ROUNDS = 5
SECONDS = 2.0  # of each half of a round
CLIENTS = 4
_MESSAGES = 10
_SESSION = (b"PASS password", b"STAT", b"RETR 1", b"QUIT")
METHOD = """\
One process serves each client a folder of ten messages of its own; clients do whole sessions (USER,
PASS, STAT, RETR, QUIT), in another process. In each round the page's stream of events is read for a
while, and for as long not. Full load: four clients, as fast as they can. Half load: half as many
sessions a second as at full load, and one more client, whose sessions are timed."""


@dataclass
class Served:
    """A server: its process, and its ports."""

    process: subprocess.Popen[str]
    port: int
    web: str

    @property
    def cpu(self) -> float:
        """Seconds that its process has used."""
        return cpu_seconds(self.process.pid)


@dataclass
class Watched:
    """What was found with or without a reader: sessions a second, CPU of one, and its time."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    skipped: int = 0
    events: int = 0


@contextmanager
def serving() -> Iterator[Served]:
    """A server with a page, in a process of its own."""
    with TemporaryDirectory() as folder:
        text = b"Subject: a message\r\n\r\n" + b"a line of some text\r\n" * 100
        words = ["-m", "pop3lab", "serve", f"{folder}/{{user}}", "--port", "0"]
        for user in map(user_of, range(CLIENTS)):
            Path(folder, user).mkdir()
            for number in range(_MESSAGES):
                Path(folder, user, f"{number:04}").write_bytes(text)
            words += ["--user", f"{user}:password"]
        words += ["--web", "0", "--ready", "json", "--log-level", "off"]
        words += ["--limit-login", "0", "--limit-connections-address", "0"]
        with subprocess.Popen(
            [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout
            ready = json.loads(process.stdout.readline())
            try:
                yield Served(process, ready["pop3"], ready["web"])
            finally:
                process.terminate()


def user_of(client: int) -> str:
    """The user whose mail a client fetches: a maildrop is for one session at a time."""
    return f"user{client}"


def session(port: int, client: int) -> None:
    """One whole session."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = connection.makefile("rb")
        replies.readline()
        for command in (b"USER " + user_of(client).encode(), *_SESSION):
            connection.sendall(command + b"\r\n")
            line = replies.readline()
            assert line.startswith(b"+OK"), line
            while command.startswith(b"RETR") and line != b".\r\n":
                line = replies.readline()


@contextmanager
def reading(server: Served, found: Watched) -> Iterator[None]:
    """Read all live events meanwhile, as the page does."""
    host, _, port = server.web.removeprefix("http://").strip("/").rpartition(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", "/api/v1/events")
    response = connection.getresponse()

    def read() -> None:
        kind = ""
        while line := response.readline():
            if line.startswith(b"event: "):
                kind = line[7:-1].decode()
                found.events += 1
            elif line.startswith(b"data: ") and kind == "skipped":
                found.skipped += json.loads(line[6:])["events"]

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        assert connection.sock
        connection.sock.shutdown(socket.SHUT_RDWR)
        thread.join()
        connection.close()


def full_load(server: Served, found: Watched, seconds: float) -> None:
    """As many sessions as the server bears."""
    cpu, done, ends = server.cpu, [0] * CLIENTS, time.perf_counter() + seconds

    def work(place: int) -> None:
        while time.perf_counter() < ends:
            session(server.port, place)
            done[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.rates.append(sum(done) / seconds)
    found.cpu.append((server.cpu - cpu) / sum(done))


def half_load(server: Served, found: Watched, rate: float, seconds: float) -> None:
    """Sessions at this rate, and one client that is timed."""
    ends = time.perf_counter() + seconds

    def work() -> None:
        due = time.perf_counter()
        while due < ends:
            session(server.port, 0)
            due += 1 / rate
            time.sleep(max(0.0, due - time.perf_counter()))

    pace = threading.Thread(target=work)
    pace.start()
    while time.perf_counter() < ends:
        began = time.perf_counter()
        session(server.port, 1)
        found.latencies.append(time.perf_counter() - began)
        time.sleep(0.005)
    pace.join()


def measured(rounds: int, seconds: float) -> tuple[Watched, Watched]:
    """What was found without a reader, and with one."""
    alone, watched = Watched(), Watched()
    with serving() as server:
        full_load(server, Watched(), seconds)
        for _ in range(rounds):
            full_load(server, alone, seconds)
            with reading(server, watched):
                full_load(server, watched, seconds)
        rate = median(alone.rates) / 2
        told = Watched()
        for _ in range(rounds):
            half_load(server, alone, rate, seconds)
            with reading(server, told):
                half_load(server, watched, rate, seconds)
    return alone, watched


def report(alone: Watched, watched: Watched) -> str:
    """The page of the figures."""
    rows = [
        (
            name,
            f"{median(found.rates):.0f}",
            f"{1000 * median(found.cpu):.2f}",
            f"{1000 * median(found.latencies):.2f}",
        )
        for name, found in (("nobody watches", alone), ("the page is open", watched))
    ]
    head = ("", "sessions/s at full load", "CPU of one, ms", "a session at half load, ms")
    skipped = f"{watched.events:,} events were read at full load, and {watched.skipped:,} skipped."
    lines = [
        "# Watched",
        "",
        *METHOD.splitlines(),
        "",
        *table(head, rows),
        "",
        skipped,
        "",
        *(f"- {fact}" for fact in facts(())),
    ]
    return "\n".join(lines) + "\n"


def main(rounds: int = ROUNDS, seconds: float = SECONDS) -> None:
    """Measure, and write the page."""
    text = report(*measured(rounds, seconds))
    sys.stdout.write(text)
    if rounds >= ROUNDS:
        PAGE.write_text(text)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
