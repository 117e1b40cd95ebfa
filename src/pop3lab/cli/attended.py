"""What a server does for the program that started it: execute its commands and end with it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING

from pop3lab.config.options import Settings
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.observe.event_queue import EventQueue
from pop3lab.server import Server

if TYPE_CHECKING:
    from pop3lab.control.accounts import LiveAccounts
    from pop3lab.control.commands import ControlContext

_STDIN, _STDOUT = 0, 1

Tell = Callable[[str], None]
Task = Coroutine[object, object, None]


def counters(settings: Settings, statistics: Statistics, events: EventQueue) -> Counters | None:
    """Return the counters that commands can wait for, if there are commands."""
    return Counters(statistics, events) if settings.changes_live else None


def control_context(
    settings: Settings,
    server: Server,
    counts: Counters,
    ports: Mapping[str, int],
    accounts: "LiveAccounts",
) -> "ControlContext":
    """Return what commands can access."""
    from pop3lab.control.commands import ControlContext  # rarely needed, like all of control

    return ControlContext(
        settings.target or "",
        counts,
        server.rules,
        server.stop,
        ports,
        server.store,
        user=settings.users[0].name if settings.users else "",
        accounts=accounts,
    )


def tasks(
    settings: Settings,
    server: Server,
    control: "Callable[[], ControlContext] | None",
    tell: Tell,
) -> Iterator[Task]:
    """Yield the tasks to run beside the server.

    control: makes the context of commands. tell: reports why the server ends by itself.
    """
    if settings.control or settings.exit_on_stdin_eof:
        yield _listen_to_stdin(settings, server, control if settings.control else None)
    if settings.max_lifetime:
        yield _end_after(settings.max_lifetime, server, tell)


async def _listen_to_stdin(
    settings: Settings, server: Server, control: "Callable[[], ControlContext] | None"
) -> None:
    from pop3lab.control.stdin import LineReader, dispatch_lines  # rarely needed

    lines = LineReader(_STDIN)
    context = control() if control else None
    ends = settings.exit_on_stdin_eof
    cancel = context.counts.cancel_waits if context and ends else lambda: None
    reading = asyncio.create_task(lines.keep_reading(cancel))
    try:
        if context:
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
