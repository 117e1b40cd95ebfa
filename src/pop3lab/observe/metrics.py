"""Metrics of the server for Prometheus, by the library prometheus_client."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pop3lab.core.actions import Send
from pop3lab.core.command import COMMANDS
from pop3lab.core.counter import OTHERS, BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionOpened,
    Event,
    LineReceived,
    LoggedIn,
    LoginRefused,
    MessagesDeleted,
    SessionEnded,
    StoreError,
)
from pop3lab.core.exchange import ServedCommand
from pop3lab.core.optional_import import import_optional
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.event_queue import EventQueue

if TYPE_CHECKING:
    from prometheus_client import Metric

_MOST_REASONS = 50  # why logins are refused; each is a time series of its own


class Metrics:
    """Counts what sessions do, in numbers that only grow, and how many are open."""

    wants_lines = True

    def __init__(self, events: EventQueue) -> None:
        """events: the queue that passes events here. Raises ConfigError without the library."""
        import_optional("prometheus_client.core", "--metrics", "metrics")
        self._events = events
        self._open: dict[int, ServedCommand] = {}
        self._sessions = self._logins = self._store_errors = 0
        self._messages = self._octets = self._deleted = 0
        self._refused = BoundedCounter(_MOST_REASONS)
        self._commands = BoundedCounter(0)
        for verb in (*COMMANDS, OTHERS):
            self._commands.add(verb, 0)

    def on_event(self, seconds: float, event: Event) -> None:
        """Count the event."""
        match event:
            case ConnectionOpened(session):
                self._sessions += 1
                self._open[session] = ServedCommand()
            case SessionEnded(session):
                self._open.pop(session, None)
            case LoggedIn():
                self._logins += 1
            case LoginRefused():
                self._refused.add(event.reason, made_up=True)
            case MessagesDeleted(_, uids):
                self._deleted += len(uids)
            case StoreError():
                self._store_errors += 1
            case _:
                self._count_line(event)

    def _count_line(self, event: Event) -> None:
        match event:
            case LineReceived(response=False):
                self._commands.add(event.verb, made_up=not event.known)
            case ActionPerformed(_, Send(data)):
                self._octets += len(data)
        if served := self._open.get(event.session):
            self._messages += bool(served.on_event(event))

    def on_answered(self, run: AnsweredRun) -> None:
        """Count lines that were answered."""
        self._octets += run.octets
        for reply, times in run.counts.items():
            self._commands.add(reply.verb, times)
            if reply.retrieved:
                self._messages += times

    def collect(self) -> Iterable["Metric"]:
        """Return the metrics as they are now. The library calls this in threads of its own."""
        self._events.drain()
        return self._events.changes.look(lambda: list(self._metrics()))

    def _metrics(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        yield GaugeMetricFamily(
            "pop3lab_sessions_open", "Sessions that have not ended", len(self._open)
        )
        for name, meaning, number in (
            ("sessions", "Sessions that have begun", self._sessions),
            ("messages_sent", "Messages that RETR sent to their end", self._messages),
            ("octets_sent", "Octets of replies, before TLS", self._octets),
            ("messages_deleted", "Messages deleted at QUIT", self._deleted),
            ("store_errors", "Errors of the store", self._store_errors),
        ):
            yield CounterMetricFamily(f"pop3lab_{name}", meaning, number)
        commands = CounterMetricFamily("pop3lab_commands", "Commands", labels=["verb"])
        for verb, number in self._commands.items():
            commands.add_metric([verb], number)
        yield commands
        logins = CounterMetricFamily("pop3lab_logins", "Logins", labels=["outcome", "reason"])
        logins.add_metric(["accepted", ""], self._logins)
        for reason, number in self._refused.items():
            logins.add_metric(["refused", reason], number)
        yield logins


@contextmanager
def serve_metrics(metrics: Metrics, host: str, port: int) -> Iterator[int]:
    """Serve the metrics over HTTP meanwhile, in threads; yield the port. Raises OSError.

    port: 0 takes a free one.
    """
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(metrics)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        told = error.strerror or ""
        if error.errno == errno.EADDRINUSE:
            told += "; port 0 takes a free one"
        raise OSError(error.errno, told, f"cannot listen on {host} port {port}") from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
