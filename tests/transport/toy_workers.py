"""Several processes, run as one server: `python -m tests.transport.toy_workers WORD PORT`.

A client gets the worker's process id and may send a word: it is what the worker dies of.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from socket import socket

from pop3lab.transport.socket_activation import Listeners
from pop3lab.transport.workers import listener_sets, run_workers

COUNT = 3


def serve(listeners: Listeners, ready: Callable[[], None], worker: int) -> int:
    """Until SIGTERM, or what a client says."""
    signal.signal(signal.SIGHUP, lambda number, frame: say("hup"))
    ready()
    [listener] = listeners.all
    while True:
        client, _ = listener.accept()
        with client:
            client.sendall(b"%d\n" % os.getpid())
            answer = obey(client)
            if answer is not None:
                return answer


def obey(client: socket) -> int | None:
    match client.recv(100).strip():
        case b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"fail":
            raise RuntimeError("as asked")
        case b"end":
            return 0
        case b"config":
            return 2
    return None


def stubborn(listeners: Listeners, ready: Callable[[], None], worker: int) -> int:
    """Does not listen to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    while True:
        time.sleep(1)


def graceful(listeners: Listeners, ready: Callable[[], None], worker: int) -> int:
    """Ends with 0 at SIGTERM."""
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
    return serve(listeners, ready, worker)


def slow(listeners: Listeners, ready: Callable[[], None], worker: int) -> int:
    """The first worker takes its time."""
    if listeners is SETS[0]:
        time.sleep(0.3)
        say("last")
    return serve(listeners, ready, worker)


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


WORKS = {work.__name__: work for work in (serve, stubborn, graceful, slow)}

if __name__ == "__main__":
    SETS = listener_sets(["127.0.0.1"], int(sys.argv[2]), None, COUNT)
    PORT = SETS[0].ports()["pop3"]
    sys.exit(run_workers(SETS, WORKS[sys.argv[1]], lambda: say(str(PORT)), patience=2.0, deaths=2))
