"""`pop3lab serve`, and `pop3lab DIR`: sockets, the port line, workers."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, redirect_stderr
from socket import socket
from typing import TYPE_CHECKING, TextIO, cast

from pop3lab.cli.known_words import SecretWords
from pop3lab.cli.outputs import open_transcript
from pop3lab.cli.service import ServerProcess
from pop3lab.config.options import STDERR, Settings
from pop3lab.files.streams import OutputStream
from pop3lab.files.writing import check_writable
from pop3lab.transport.early_greeter import EarlyGreeter
from pop3lab.transport.listen import print_line
from pop3lab.transport.readiness import (
    PortFile,
    ReadinessNotifier,
    check_descriptor,
    ready_line,
    tell_descriptor,
)
from pop3lab.transport.socket_activation import Listeners, activated, inherited
from pop3lab.transport.workers import listener_sets, run_workers

if TYPE_CHECKING:
    import _socket

    from pop3lab.observe.json_events import JsonEvents


def serve(settings: Settings) -> int:
    """Check all settings, print the port, and serve; return the exit code.

    Raises ConfigError or OSError before the port is printed.
    """
    if settings.ready_fd is not None:
        check_descriptor(settings.ready_fd)
    secrets = SecretWords()
    events = _events(settings, secrets)
    with _stderr_of(settings, events), ExitStack() as until_the_end:
        service = ServerProcess(settings, secrets, events, _transcript(settings))
        sets = _listeners(settings)
        if settings.takes_mail:
            from pop3lab.cli.mail import mail_socket  # rarely needed

            until_the_end.enter_context(mail_socket(settings, sets[0]))
        service.check_exposure(sets[0])
        ports = sets[0].ports() | until_the_end.enter_context(service.metrics_port())
        places: dict[str, int | str] = {
            **ports,
            **until_the_end.enter_context(service.web_address()),
        }
        if settings.port_file:
            check_writable(settings.port_file)
        service.empty_transcript()
        service.give_up_root()
        notifier = ReadinessNotifier({} if settings.is_directory else os.environ)

        def ready() -> None:
            line = ready_line(settings.ready, places)
            if settings.port_file:
                until_the_end.enter_context(PortFile(settings.port_file, line))
            print_line(line)
            if settings.ready_fd is not None:
                tell_descriptor(settings.ready_fd)
            notifier.ready()

        if len(sets) > 1:
            return run_workers(sets, service.start_worker, ready, patience=settings.grace + 5)
        return service.start(sets[0], ready, notifier)


def serve_on(
    settings: Settings,
    listeners: "Mapping[str, _socket.socket]",
    transcript: OutputStream | None,
    greeter: EarlyGreeter | None,
) -> int:
    """Serve on these sockets, whose ports have been printed; return the exit code.

    listeners: by protocol. transcript: open and empty. greeter: greets on the first of the sockets
    until now. All settings have been checked.
    """
    clients = greeter.stop() if greeter else []
    found = Listeners()
    for name, listener in listeners.items():
        getattr(found, name).append(socket(fileno=listener.detach()))
    secrets = SecretWords()
    events = _events(settings, secrets)
    with _stderr_of(settings, events):
        service = ServerProcess(settings, secrets, events, transcript)
        service.check_exposure(found)
        service.give_up_root()
        return service.start(found, lambda: None, clients=clients)


def _transcript(settings: Settings) -> OutputStream | None:
    if settings.transcript is None:
        return None
    return open_transcript(settings.transcript, wait=not settings.is_directory)


def _events(settings: Settings, secrets: "SecretWords") -> "JsonEvents | None":
    if settings.events is None:
        return None
    from pop3lab.observe.json_events import JsonEvents  # rarely needed

    return JsonEvents(settings.events, sys.stderr, secrets.knows)


def _stderr_of(settings: Settings, events: "JsonEvents | None") -> AbstractContextManager[object]:
    """Return the stream for messages: among the events, if these go to stderr as JSON."""
    if events is None or settings.events != STDERR:
        return nullcontext()
    from pop3lab.observe.json_events import Notes

    return redirect_stderr(cast(TextIO, Notes(events)))


def _listeners(settings: Settings) -> list[Listeners]:
    given = Listeners() if settings.is_directory else activated()
    given = given or inherited(settings.fds, settings.tls_fds)
    if given:
        _add_mail(settings, given)
        return [given] * settings.workers
    mail = _mail_ports(settings)
    return listener_sets(settings.hosts, settings.port, settings.tls_port, settings.workers, mail)


def _mail_ports(settings: Settings) -> dict[str, int | None]:
    if not settings.takes_mail:
        return {}
    from pop3lab.cli.mail import mail_ports  # rarely needed

    return mail_ports(settings)


def _add_mail(settings: Settings, listeners: Listeners) -> None:
    if settings.takes_mail:
        from pop3lab.cli.mail import add_mail_listeners  # rarely needed

        add_mail_listeners(settings, listeners)
