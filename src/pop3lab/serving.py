"""Runs the server of the command line until it is told to stop."""

import asyncio
import signal
import sys
from socket import socket
from typing import TYPE_CHECKING

from pop3lab.auth.accounts import Accounts
from pop3lab.core.limits import Limits
from pop3lab.faults.profiles import mail_box
from pop3lab.run.accepting import Listening
from pop3lab.seed_settings import Settings
from pop3lab.server import Server
from pop3lab.stores.folder import Folder, legal_uid
from pop3lab.watch.complaints import Complaints
from pop3lab.watch.operator import tell_operator
from pop3lab.watch.record import Listener, Record
from pop3lab.watch.statistics import Statistics
from pop3lab.watch.troubles import Troubles

if TYPE_CHECKING:
    import _socket

    from pop3lab.watch.transcript_file import TranscriptFile

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(listener: "_socket.socket", settings: Settings) -> str:
    """Serve until EXIT and QUIT, SIGTERM or SIGINT; the answer is the statistics."""
    statistics = Statistics()
    listeners: list[Listener] = [statistics, Complaints(sys.stderr)]
    transcript = _transcript(settings)
    if transcript:
        listeners.append(transcript)
    server = Server(
        Accounts({"user": "password"}),
        _folder(settings.folder),
        quirks=mail_box(word for word in settings.keywords if word != "standardport"),
        limits=Limits(idle=settings.idle),
        watch=Record(listeners),
    )
    asyncio.run(_serve(server, socket(fileno=listener.detach()), transcript))
    if transcript:
        transcript.close()
    return str(statistics)


def _transcript(settings: Settings) -> "TranscriptFile | None":
    if settings.transcript is None:
        return None
    from pop3lab.watch.transcript_file import TranscriptFile

    return TranscriptFile(settings.transcript, sys.stderr)


def _folder(path: str) -> Folder:
    """The files as they are; a unique-id is the path as the folder was named."""
    prefix = path.rstrip("/")
    return Folder(path, as_they_are=True, uid=lambda name: legal_uid(f"{prefix}/{name}"))


def _complain(line: str) -> None:
    tell_operator(sys.stderr, f"pop3lab: {line}")


async def _serve(server: Server, listener: socket, transcript: "TranscriptFile | None") -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(Troubles(_complain).note)
    for number in _SIGNALS:
        loop.add_signal_handler(number, server.stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    writing = asyncio.create_task(transcript.keep_writing()) if transcript else None
    await server.serve(Listening(listener))
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # a second one must not cost the statistics
    if writing:
        writing.cancel()
