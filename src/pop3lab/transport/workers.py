"""Several processes that listen on the same ports, and the parent that keeps them there.

The parent binds everything and forks; it has no thread and no event loop, before or after. It keeps
the listening sockets of all workers: a client that comes while a worker is being replaced waits in
its backlog.
"""

import os
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType

from pop3lab.transport.listen import listen
from pop3lab.transport.signals import ENDING
from pop3lab.transport.socket_activation import Listeners

# Whether the kernel spreads clients over sockets that share a port. Elsewhere one may get them all,
# so there the workers share a socket.
_SPREADS = sys.platform == "linux"
_TRIES = 20  # to find a port that is free on all hosts
_INTERNAL, _INTERRUPTED = 4, 130  # exit codes
_FINAL = (0, 2, 3)  # what a worker ends with that another one would end with as well
_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)
_AT_ONCE = 1.0  # seconds that workers get after a second signal

# Serves on the listeners until SIGTERM; calls the function when it is ready; the answer is the
# exit code. The number is that of the worker, from 1. It begins with SIGTERM as the system has it,
# SIGHUP and SIGUSR1 ignored.
Work = Callable[[Listeners, Callable[[], None], int], int]


class SharedNumbers:
    """Counts from 1, in common for this process and those forked from it.

    The kernel has one offset for all who share an open file, and moves it for one at a time.
    """

    def __init__(self) -> None:
        """Raises OSError."""
        from tempfile import TemporaryFile  # not without workers

        with TemporaryFile() as file:
            self._descriptor = os.dup(file.fileno())

    def __call__(self) -> int:
        """Return the next number."""
        return os.lseek(self._descriptor, 1, os.SEEK_CUR)


def listener_sets(
    hosts: Sequence[str],
    port: int | None,
    tls_port: int | None,
    count: int = 1,
    mail: Mapping[str, int | None] = MappingProxyType({}),
) -> list[Listeners]:
    """Bind and listen once for each of count workers. Raises OSError.

    hosts: IPv4 and IPv6 addresses. port, tls_port: 0 takes one that is free on all hosts, None
    listens on none. mail: the same for SMTP and LMTP, by name in Listeners.
    """
    sets = [Listeners() for _ in range(count)]
    try:
        for name, number in {"pop3": port, "pop3s": tls_port, **mail}.items():
            if number is not None:
                for listeners, sockets in zip(sets, _bind(hosts, number, count), strict=True):
                    getattr(listeners, name).extend(sockets)
    except OSError:
        for listeners in sets:
            listeners.close()
        raise
    return sets


def _bind(hosts: Sequence[str], port: int, count: int) -> list[list[socket.socket]]:
    for tries in range(_TRIES):
        try:
            return _bind_same(hosts, port, count)
        except OSError:
            # A free port of the first host may be taken at the next one: then another.
            if port or len(hosts) == 1 or tries == _TRIES - 1:
                raise
    raise AssertionError


def _bind_same(hosts: Sequence[str], port: int, count: int) -> list[list[socket.socket]]:
    bound: list[list[socket.socket]] = [[] for _ in range(count)]
    try:
        for host in hosts:
            first = _listen(host, port, count)
            port = first.getsockname()[1]
            bound[0].append(first)
            for sockets in bound[1:]:
                sockets.append(_listen_shared(host, port) if _SPREADS else first.dup())
    except OSError:
        for sockets in bound:
            for listener in sockets:
                listener.close()
        raise
    return bound


def _listen(host: str, port: int, count: int) -> socket.socket:
    """Listen for the first of count workers."""
    if count == 1 or not _SPREADS:
        return socket.socket(fileno=listen(host, port).detach())
    if port:
        # Without sharing first, or we would share with a server that is here already.
        listen(host, port).close()
    return _listen_shared(host, port)


def _listen_shared(host: str, port: int) -> socket.socket:
    return socket.socket(fileno=listen(host, port, shared=True).detach())


def run_workers(
    sets: Sequence[Listeners],
    work: Work,
    ready: Callable[[], None],
    *,
    patience: float = 30.0,
    deaths: int = 5,
    within: float = 60.0,
) -> int:
    """One process for each set, until SIGTERM or SIGINT; the answer is the exit code.

    ready: called when all workers are. patience: seconds between SIGTERM and SIGKILL. A worker
    that dies is replaced, unless that is more than so many deaths within so many seconds: then, or
    when a worker ends by itself, all end. When this process dies, they end too.
    """
    return _Parent(sets, work, ready, patience, deaths, within).run()


@dataclass
class _Parent:
    sets: Sequence[Listeners]
    work: Work
    tell_ready: Callable[[], None]
    patience: float
    most_deaths: int
    within: float
    deaths: list[float] = field(default_factory=list)
    workers: dict[int, int] = field(default_factory=dict)  # process ids to places in sets
    ready: set[int] = field(default_factory=set)
    announced: bool = False
    deadline: float | None = None  # of the end, once that has begun
    code: int = 0
    life: tuple[int, int] = field(default_factory=os.pipe)  # never written to: its end is ours
    ready_pipe: tuple[int, int] = field(default_factory=os.pipe)
    wake_pipe: tuple[int, int] = field(default_factory=os.pipe)

    def run(self) -> int:
        os.set_blocking(self.wake_pipe[0], False)
        os.set_blocking(self.wake_pipe[1], False)
        before = {number: signal.signal(number, _nothing) for number in _HANDLED}
        wake_before = signal.set_wakeup_fd(self.wake_pipe[1])
        try:
            for place in range(len(self.sets)):
                self._start(place)
            while self.workers:
                self._wait()
        finally:
            # One more must not cost what is still to be done: the port file's removal, the code.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            signal.set_wakeup_fd(wake_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            for descriptor in (*self.life, *self.ready_pipe, *self.wake_pipe):
                os.close(descriptor)
        return self.code

    def _start(self, place: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # or both would write what is in it
        # A signal between the fork and the child's own handlers waits for these.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        process = os.fork()
        if process == 0:
            os._exit(self._child(place))
        self.workers[process] = place
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)

    def _child(self, place: int) -> int:
        try:
            os.setpgid(0, 0)  # Ctrl-C is for the parent, which passes it on
            for listeners in self.sets:
                if listeners is not self.sets[place] and listeners.all != self.sets[place].all:
                    listeners.close()
            os.close(self.life[1])
            _default_signals()
            threading.Thread(target=self._outlive_nobody, daemon=True).start()
            code = self.work(
                self.sets[place],
                lambda: _write(self.ready_pipe[1], struct.pack("H", place)),
                place + 1,
            )
            sys.stdout.flush()
            return code
        except BaseException:  # noqa: BLE001 - nothing of the parent's must run in the child
            traceback.print_exc()
            sys.stderr.flush()
            return _INTERNAL

    def _outlive_nobody(self) -> None:
        """In the child: end when the parent has."""
        os.read(self.life[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self.patience)
        os._exit(_INTERNAL)

    def _wait(self) -> None:
        left = None if self.deadline is None else max(self.deadline - time.monotonic(), 0.0)
        readable, _, _ = select.select([self.ready_pipe[0], self.wake_pipe[0]], [], [], left)
        if self.wake_pipe[0] in readable:
            for number in os.read(self.wake_pipe[0], 4096):
                self._signal(number)
        if self.ready_pipe[0] in readable:
            self.ready.update(*struct.iter_unpack("H", os.read(self.ready_pipe[0], 4096)))
            self._tell()
        self._reap()
        if self.deadline is not None and time.monotonic() >= self.deadline:
            self._pass_on(signal.SIGKILL)

    def _tell(self) -> None:
        if len(self.ready) == len(self.sets) and not self.announced and self.deadline is None:
            self.announced = True
            self.tell_ready()

    def _signal(self, number: int) -> None:
        if number in (signal.SIGHUP, signal.SIGUSR1):
            self._pass_on(number)
        elif number in (signal.SIGTERM, signal.SIGINT):
            if self.deadline is not None:
                self.code = _INTERRUPTED if number == signal.SIGINT else self.code
                self.patience = _AT_ONCE
            self._end(self.code)

    def _end(self, code: int) -> None:
        """Stop listening, tell the workers to end, and don't wait for ever."""
        self.code = code
        self.deadline = time.monotonic() + self.patience
        for listeners in self.sets:
            listeners.close()
        self._pass_on(signal.SIGTERM)

    def _pass_on(self, number: int) -> None:
        for process in self.workers:
            os.kill(process, number)  # a dead one is there until it is reaped

    def _reap(self) -> None:
        for process in tuple(self.workers):
            gone, status = os.waitpid(process, os.WNOHANG)
            if gone:
                place = self.workers.pop(process)
                self._ended(place, os.waitstatus_to_exitcode(status))

    def _ended(self, place: int, code: int) -> None:
        """code: as subprocess has it, negative for a signal."""
        if self.deadline is not None:
            if code > 0 and not self.code:
                self.code = code
            return
        if code in _FINAL:
            self._end(code)
            return
        now = time.monotonic()
        self.deaths = [at for at in self.deaths if at > now - self.within] + [now]
        how = f"of signal {-code}" if code < 0 else f"with exit code {code}"
        if len(self.deaths) > self.most_deaths:
            _say(f"a worker died {how}, one too many: the end")
            self._end(_INTERNAL)
        else:
            _say(f"a worker died {how}: another takes its place")
            self._start(place)


def _nothing(number: int, frame: FrameType | None) -> None:
    """The number is read from the pipe."""


def _default_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in _HANDLED:
        ignored = number in (signal.SIGHUP, signal.SIGUSR1)
        signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)


def _write(descriptor: int, octets: bytes) -> None:
    try:
        os.write(descriptor, octets)
    except BrokenPipeError:
        pass  # the parent is gone


def _say(text: str) -> None:
    sys.stderr.write(f"pop3lab: {text}\n")
    sys.stderr.flush()
