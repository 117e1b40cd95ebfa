"""`pop3lab` in a process of its own that is forked, as most of what a start costs is imports.

A test of the start itself, or of what only a start heeds, starts a process instead.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, TypeVar

from tests.nursery import ENDED, MOST

_ROOT = Path(__file__).parents[1]
_HEEDED = ("PYTHON", "LANG", "LC_")  # variables that Python reads when it starts

Function = tuple[str, str]  # a module, and the name of what runs without arguments
POP3LAB: Function = ("pop3lab.cli.main", "main")
Stream = IO[bytes] | int | None  # a file, PIPE, DEVNULL, or that of the tests


class Forked:
    """A process, used as a subprocess.Popen without buffers."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        run: Function = POP3LAB,
        stdin: Stream = None,
        stdout: Stream = PIPE,
        stderr: Stream = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        environ = dict(os.environ if env is None else env)
        assert _heeded(environ) == _heeded(os.environ), "this needs a process that is started"
        request = {"run": run, "words": words, "cwd": str(cwd or Path.cwd()), "env": environ}
        self._nursery = _nursery()
        with ExitStack() as theirs:
            self.stdin, entering = _ends(stdin, 0, theirs)
            self.stdout, told = _ends(stdout, 1, theirs)
            self.stderr, complained = _ends(stderr, 2, theirs)
            self.pid = self._nursery.ask(request, [entering, told, complained])
        self._handle = os.pidfd_open(self.pid)  # it is there until its exit code is asked for
        self.returncode: int | None = None

    def __enter__(self) -> "Forked":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            self.kill()  # so that a test that failed does not wait for ever
        for ours in (self.stdin, self.stdout, self.stderr):
            if ours:
                ours.close()
        self.wait()
        os.close(self._handle)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        ended, _, _ = select.select([self._handle], [], [], 0)
        return self.wait() if ended else None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            _ready([self._handle], _until(timeout))
            self.returncode = self._nursery.ask({ENDED: self.pid})
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Close stdin; read all that comes, and wait for the end."""
        until = _until(timeout)
        if self.stdin:
            self.stdin.close()
        read: dict[IO[bytes] | None, bytes] = {self.stdout: b"", self.stderr: b""}
        going = [source for source in read if source]
        while going:
            for source in _ready(going, until):
                piece = source.read(MOST)
                read[source] += piece
                if not piece:
                    going.remove(source)
        _ready([self._handle], until)
        self.wait()
        return read[self.stdout], read[self.stderr]


Source = TypeVar("Source", IO[bytes], int)


def _until(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _ready(sources: Sequence[Source], until: float | None) -> list[Source]:
    """Wait for one. Raises TimeoutExpired, as a Popen does."""
    seconds = None if until is None else max(0, until - time.monotonic())
    ready, _, _ = select.select(sources, [], [], seconds)
    if not ready:
        raise subprocess.TimeoutExpired("a forked process", seconds or 0)
    return ready


def _ends(stream: Stream, own: int, theirs: ExitStack) -> tuple[IO[bytes] | None, int]:
    """Our end, if it is a pipe, and the descriptor that the process gets."""
    if stream is None:
        return None, own
    if stream == DEVNULL:
        stream = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, stream)
    if not isinstance(stream, int):
        return None, stream.fileno()
    if stream != PIPE:
        return None, stream
    reading, writing = os.pipe()
    ours, other = (reading, writing) if own else (writing, reading)
    theirs.callback(os.close, other)
    return open(ours, "rb" if own else "wb", buffering=0), other


def ran(
    words: Sequence[str],
    *,
    stdin: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float,
) -> subprocess.CompletedProcess[str]:
    """Run `pop3lab WORDS` to its end, as subprocess.run does."""
    with tempfile.TemporaryFile() as entered:
        entered.write(stdin.encode())
        entered.seek(0)
        with Forked(words, stdin=entered, stderr=PIPE, cwd=cwd, env=env) as process:
            try:
                out, err = process.communicate(seconds)
            finally:
                process.kill()
            return subprocess.CompletedProcess(words, process.wait(), out.decode(), err.decode())


def _heeded(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environ.items() if name.startswith(_HEEDED)}


class _Nursery:
    """The process of tests.nursery, for all threads of this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
                cwd=_ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self._end)

    def ask(self, request: object, descriptors: Sequence[int] = ()) -> int:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
            return int(self._socket.recv(MOST))

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def _nursery() -> _Nursery:
    return _Nursery()
