"""Runs the server of the command line until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import redirect_stderr, suppress
from socket import socket
from typing import TYPE_CHECKING, TextIO, cast

from pop3lab.auth.authenticator import Authenticator
from pop3lab.behaviours.profiles.mail_box import MAIL_BOX_KEYWORDS, mail_box
from pop3lab.cli.directory.options import DirectorySettings
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.observe.counters import Statistics
from pop3lab.observe.event_bus import EventBus, Listener
from pop3lab.observe.stderr import LoopErrorReporter, StoreErrorReporter, write_line_nonblocking
from pop3lab.rules.engine import Rules
from pop3lab.server import Server
from pop3lab.stores.folder import FolderStore, legal_uid
from pop3lab.stores.look_alikes import advice_on
from pop3lab.transport.listener import Listening
from pop3lab.transport.signals import ENDING, Stopping

if TYPE_CHECKING:
    import _socket

    from pop3lab.observe.counters import Counters
    from pop3lab.observe.json_events import JsonEvents
    from pop3lab.observe.transcript_writer import TranscriptFile

_USERS = {"user": "password"}
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_CHANCE = ("chance=", "jitter=")  # in rules

_Task = Coroutine[object, object, None]


def serve(listener: "_socket.socket", settings: DirectorySettings) -> str:
    """Serve until EXIT and QUIT, SIGTERM or SIGINT; the answer is the statistics."""
    events = _events(settings)
    if events is None or settings.events != _STDERR:
        return _serve_with(events, listener, settings)
    from pop3lab.observe.json_events import Notes

    with redirect_stderr(cast(TextIO, Notes(events))):  # who reads events there reads JSON only
        return _serve_with(events, listener, settings)


def _serve_with(
    events: "JsonEvents | None", listener: "_socket.socket", settings: DirectorySettings
) -> str:
    statistics = Statistics()
    counts = _counts(settings, statistics)
    written = [each for each in (_transcript(settings), events) if each]
    listeners: list[Listener] = [statistics, StoreErrorReporter(sys.stderr), *written]
    listeners += [counts] if counts else []
    in_force = _rules(settings)
    if settings.seed is None:
        _tell_seed(in_force)
    server = Server(
        Authenticator(_USERS),
        _folder(settings),
        rules=in_force,
        limits=Limits(idle=settings.idle),
        offer=ServerCapabilities(utf8=settings.utf8),
        watch=_record(listeners),
    )
    _tell_what_it_is(settings.folder)
    besides = [each.keep_writing() for each in written]
    if counts or settings.exit_on_stdin_eof:
        besides.append(_listen_to_stdin(server, settings, counts))
    if settings.max_lifetime:
        besides.append(_end_after(settings.max_lifetime, server))
    asyncio.run(_serve(server, socket(fileno=listener.detach()), besides))
    _tell_unused(in_force)
    for each in written:
        each.close()
    return str(statistics)


def _rules(settings: DirectorySettings) -> Rules:
    if settings.plain:
        words = [word for word in settings.keywords if word in MAIL_BOX_KEYWORDS]
        return Rules(profile=mail_box(words), seed=settings.seed, live=settings.control)
    from pop3lab.cli.directory.rules import rules  # with all that is in the catalogue

    return rules(settings)


def _record(listeners: list[Listener]) -> EventBus:
    """One that tells of violations as well, if anybody wants to know of lines."""
    if any(listener.wants_lines for listener in listeners):
        from pop3lab.conformance.checker import with_checks

        return with_checks(listeners)
    return EventBus(listeners)


def _counts(settings: DirectorySettings, statistics: Statistics) -> "Counters | None":
    if not settings.control:
        return None
    from pop3lab.observe.counters import Counters

    return Counters(statistics)


def _transcript(settings: DirectorySettings) -> "TranscriptFile | None":
    if settings.transcript is None:
        return None
    from pop3lab.observe.transcript_writer import TranscriptFile

    return TranscriptFile(settings.transcript, sys.stderr, _knows)


def _events(settings: DirectorySettings) -> "JsonEvents | None":
    if not settings.events:
        return None
    from pop3lab.observe.json_events import JsonEvents

    return JsonEvents(settings.events, sys.stderr, _knows)


def _knows(text: str) -> bool:
    """Whether it is the password."""
    return text in _USERS.values()


def _folder(settings: DirectorySettings) -> FolderStore:
    """The files as they are, but for another server; a unique-id is the path as it was given."""
    path, mail_boxs = settings.folder, settings.profile in ("", "mail-box")
    prefix = path.rstrip("/")
    return FolderStore(path, verbatim=mail_boxs, uid=lambda name: legal_uid(f"{prefix}/{name}"))


def _tell_what_it_is(folder: str) -> None:
    """Where no messages are served, though there are some; it may also change later."""
    with suppress(OSError):
        if advice := advice_on(folder):
            _complain(f"note: {advice}")


def _complain(line: str) -> None:
    write_line_nonblocking(sys.stderr, f"pop3lab: {line}")


def _tell_seed(in_force: Rules) -> None:
    """What was by chance can be had again."""
    texts = [str(active.rule) for active in in_force.active]
    if any(word in text for text in texts for word in _CHANCE):
        _complain(f"chance is that of --seed {in_force.seed}")


def _tell_unused(in_force: Rules) -> None:
    for active in in_force.unused():
        _complain(f"never happened: {active.rule}")


async def _serve(server: Server, listener: socket, besides: list[_Task]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopErrorReporter(_complain).handle)
    stopping = Stopping(server.stop)
    stopping.begin()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    tasks = [asyncio.create_task(each) for each in besides]
    await server.serve(Listening(listener))
    stopping.end()  # a second one must not cost the statistics
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen_to_stdin(
    server: Server, settings: DirectorySettings, counts: "Counters | None"
) -> None:
    from pop3lab.control.commands import ControlContext
    from pop3lab.control.stdin import Incoming, obey

    incoming = Incoming(_STDIN)
    hurry = counts.cancel_waits if counts and settings.exit_on_stdin_eof else lambda: None
    reading = asyncio.create_task(incoming.keep_reading(hurry))
    try:
        if counts:
            reach = ControlContext(settings.folder, counts, server.rules, server.stop)
            await obey(incoming, reach, _STDOUT)
        else:
            async for _ in incoming:
                pass
    finally:
        reading.cancel()
    if settings.exit_on_stdin_eof:
        server.stop()


async def _end_after(seconds: float, server: Server) -> None:
    await asyncio.sleep(seconds)
    _complain(f"the {seconds:g} seconds of --max-lifetime are over")
    server.stop()
