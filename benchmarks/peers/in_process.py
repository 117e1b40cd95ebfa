"""A server in this process: `python -m benchmarks.peers.in_process HOW DIR` prints its port.

HOW is "watched" for `Pop3Server`, as tests use it, with its record of all sessions; "unwatched" for
the same messages and users in a server that nobody watches. Both serve until they are ended.
"""

import signal
import socket
import sys
from pathlib import Path

from benchmarks.maildrops import USER
from pop3lab import Pop3Server, Server
from pop3lab.auth.authenticator import Authenticator
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.dispatching import run
from pop3lab.transport.listener import ListeningSocket


def serve_watched(messages: list[bytes]) -> None:
    """Serve in a thread of its own."""
    with Pop3Server(messages) as server:
        print(server.port, flush=True)
        signal.pause()


async def serve_unwatched(messages: list[bytes]) -> None:
    """Serve in the loop of this thread."""
    store = MemoryStore()
    for message in messages:
        store.add(USER, message)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    await Server(Authenticator({USER: "password"}), store).serve(ListeningSocket(listener))


def main(how: str, folder: Path) -> None:
    """Serve the messages of a folder."""
    messages = [file.read_bytes() for file in sorted(folder.iterdir())]
    if how == "watched":
        serve_watched(messages)
    else:
        run(serve_unwatched(messages))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
