"""What a server does for the program that started it: execute its commands and end with it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING

from pop3lab.config.options import Settings
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.observe.event_queue import EventQueue
from pop3lab.server import Server

if TYPE_CHECKING:
    from pop3lab.control.commands import ControlContext

_STDIN, _STDOUT = 0, 1

Tell = Callable[[str], None]
Task = Coroutine[object, object, None]


def counters(settings: Settings, statistics: Statistics, events: EventQueue) -> Counters | None:
    """Return the counters that commands can wait for, if there are commands."""
    return Counters(statistics, events) if settings.changes_live else None


def control_context(
    settings: Settings, server: Server, counts: Counters, ports: Mapping[str, int]
) -> "ControlContext":
    """Return what commands can access."""
    from pop3lab.control.commands import ControlContext  # rarely needed, like all of control

    user = settings.users[0].name if settings.users else ""
    return ControlContext(
        settings.target or "", counts, server.rules, server.stop, ports, server.store, user
    )


def tasks(
    settings: Settings,
    server: Server,
    counts: Counters | None,
    ports: Mapping[str, int],
    tell: Tell,
) -> Iterator[Task]:
    """Yield the tasks to run beside the server. tell: reports why the server ends by itself."""
    if settings.control or settings.exit_on_stdin_eof:
        yield _listen_to_stdin(settings, server, counts if settings.control else None, ports)
    if settings.max_lifetime:
        yield _end_after(settings.max_lifetime, server, tell)


async def _listen_to_stdin(
    settings: Settings, server: Server, counts: Counters | None, ports: Mapping[str, int]
) -> None:
    from pop3lab.control.stdin import LineReader, dispatch_lines  # rarely needed

    lines = LineReader(_STDIN)
    cancel = counts.cancel_waits if counts and settings.exit_on_stdin_eof else lambda: None
    reading = asyncio.create_task(lines.keep_reading(cancel))
    try:
        if counts:
            context = control_context(settings, server, counts, ports)
            await dispatch_lines(lines, context, _STDOUT)
        else:
            async for _ in lines:
                pass
    finally:
        reading.cancel()
    if lines.error:
        raise lines.error
    if settings.exit_on_stdin_eof:
        server.stop()


async def _end_after(seconds: float, server: Server, tell: Tell) -> None:
    await asyncio.sleep(seconds)
    tell(f"the {seconds:g} seconds of --max-lifetime are over")
    server.stop()
