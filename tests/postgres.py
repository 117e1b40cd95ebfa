"""A server of PostgreSQL for the tests of one process, and databases in it.

It runs as an ordinary user, since it refuses root, in a temporary folder, at a Unix socket. It ends
with the process that has started it, however that ends.
"""

import atexit
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from pop3lab.stores.postgres.schema import upgrade
from pop3lab.stores.postgres.store import PostgresStore

_BINARIES = Path("/usr/lib/postgresql")
_PR_SET_PDEATHSIG = 1
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_libc = ctypes.CDLL(None)


class Cluster:
    """A server with data of its own. lasting: it writes as it does in production.

    user: the number of whom it runs as.
    """

    def __init__(self, *, lasting: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pop3lab-pg-"))
        self._data = self._folder / "data"
        self.user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else os.getuid()
        os.chown(self._folder, self.user, -1)
        self._options = () if lasting else _FAST
        self._numbers = count(1)
        atexit.register(self.remove)
        self._run(
            "initdb",
            "-D",
            self._data,
            "-A",
            "trust",
            "-U",
            "pop3lab",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        )
        self.start()

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        settings = ("listen_addresses=", f"unix_socket_directories={self._folder}", *self._options)
        words = [word for setting in settings for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_binary("postgres"), "-D", self._data, *words],
                stdout=subprocess.DEVNULL,
                stderr=log,
                user=self.user,
                cwd=self._folder,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread holds a lock it needs
            )
        ends = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.target("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < ends
                time.sleep(0.02)

    def signal(self, number: int) -> None:
        """Send a signal to the server and all of its backends."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for process in (self.process.pid, *map(int, children.split())):
            with suppress(ProcessLookupError):  # a backend may have ended since
                os.kill(process, number)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it, and whatever backend it has, do nothing meanwhile."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it at once, as a crash does."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def target(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://pop3lab@/{database}?host={self._folder}"

    def new(self) -> str:
        """Return the address of a new database, with tables and nothing in them."""
        name = f"mail{next(self._numbers)}"
        with psycopg.connect(self.target("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}".encode())
        return self.target(name)

    @property
    @cache  # noqa: B019 - there is one or two of these
    def _template(self) -> str:
        with psycopg.connect(self.target("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE mail")
        with psycopg.connect(self.target("mail"), autocommit=True) as connection:
            upgrade(connection)
        return "mail"

    def remove(self) -> None:
        """Stop it, and remove all that there is of it."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [_binary(program), *map(str, words)],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self.user,
            cwd=self._folder,
        )


def _binary(name: str) -> str:
    """The newest that is installed."""
    return str(max(_BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])))


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@cache
def cluster() -> Cluster:
    """That of this process."""
    return Cluster()


@contextmanager
def started(target: str, **words: float) -> Iterator[PostgresStore]:
    """A store, as it is while a server runs. words: of the query of its target."""
    store = PostgresStore("&".join([target, *(f"{name}={n}" for name, n in words.items())]))
    store.start()
    try:
        yield store
    finally:
        store.stop()
