"""A process that has imported pop3lab, and forks where a test wants `pop3lab` to run.

`python -m tests.nursery FD` takes requests at the socket FD, which are JSON; each is answered by a
number. It ends when the socket is closed.
"""

import atexit
import gc
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from pop3lab.transport.privileges import import_all

MOST = 2**20  # octets of a request
_PACKAGES = ("asyncio", "ssl", "cryptography", "scramp", "trustme", "pop3lab")
ENDED = "ended"  # the exit code of that process, which has ended, is asked for


def main() -> None:
    import_all(_PACKAGES)
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        run = _forked(requests)
    if run:
        _end(run())


def _forked(requests: socket.socket) -> Callable[[], int] | None:
    """Serve requests. Return in each fork what it is to run, and None at the end."""
    while True:
        octets, descriptors, _, _ = socket.recv_fds(requests, MOST, 3)
        if not octets:
            return None
        request = json.loads(octets)
        if ENDED in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request[ENDED], 0)[1])
        else:
            run = _function(*request["run"])
            gc.freeze()  # a collection would copy the memory that the forks share
            answer = os.fork()
            if answer == 0:
                _become(request, descriptors)
                return run
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(str(answer).encode())


def _function(module: str, name: str) -> Callable[[], int]:
    function: Callable[[], int] = getattr(importlib.import_module(module), name)
    return function


def _become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Have the standard streams, folder, environment and words that are asked for."""
    for stream, descriptor in enumerate(descriptors):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[1:] = request["words"]


def _end(code: int) -> None:
    """End without freeing all objects one by one, which would copy the memory that is shared."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
