"""The HTTP door of `pop3lab serve` and `pop3lab DIR`."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from secrets import token_urlsafe

from pop3lab.config.checks import is_well_known
from pop3lab.config.options import Settings
from pop3lab.config.types import HostPort, without_password
from pop3lab.control.commands import ControlContext
from pop3lab.control.outages import Outages
from pop3lab.control.process_control import ObservedSessions, ProcessControl
from pop3lab.control.server_control import ServerDescription, ServiceAddress
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.known_secrets import IsSecret
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.server import Server
from pop3lab.transport.listener import ListeningSocket
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.options import Runs, WebAccess, WebOptions
from pop3lab.web.rule_events import tell_changes
from pop3lab.web.session_events import SessionEvents
from pop3lab.web.start import WEB_PORT, access_of, check_libraries, listen_for_web, url_of

_TOKEN = 32  # random octets


class ProcessDoor:
    """The door of a process: it listens from the start, and is open while sessions are served."""

    def __init__(self, settings: Settings, events: EventQueue, is_secret: IsSecret) -> None:
        """Raises ConfigError if a library is missing."""
        check_libraries()
        self._settings = settings
        self._options = web_options(settings)
        self._live = LiveEvents()
        self._observed = ObservedSessions(events, SessionRecorder(events, is_secret))
        told = SessionEvents(self._live, self._observed.sessions, is_secret)
        events.listeners += [self._observed.sessions, told]

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Listen meanwhile; yield the address of the page. Raises OSError."""
        self._listener = listen_for_web(self._options)
        with self._listener:
            yield url_of(self._listener, self._options.access.token)

    def open(
        self, context: ControlContext, server: Server, listening: Sequence[ListeningSocket]
    ) -> list[ListeningSocket]:
        """Serve until close(), for the server of the running loop.

        Returns the listening sockets that are left for the server: outages have them all.
        """
        from pop3lab.web.context import WebContext
        from pop3lab.web.web_server import web_server

        tell_changes(context.rules, self._live)
        outages = Outages(server, listening)
        outages.begin()
        loop = asyncio.get_running_loop()
        about = about_process(self._settings, context.ports)
        control = ProcessControl(context, self._observed, about, loop, outages)
        self._server = web_server(
            WebContext(control, self._live, access_of(self._options)), self._listener
        )
        self._server.start()
        return []

    async def close(self) -> None:
        """End all streams, then the HTTP server."""
        await asyncio.to_thread(self._server.stop)


def web_options(settings: Settings, runs: Runs | None = None) -> WebOptions:
    """Return where to serve and for whom, with a new token if there is to be one."""
    token = token_urlsafe(_TOKEN) if settings.web_token else ""
    access = WebAccess(settings.web_hosts, token, settings.web_read_only)
    place = settings.web
    if isinstance(place, HostPort):
        return WebOptions(place.host, place.port, access=access, runs=runs)
    return WebOptions(port=WEB_PORT, exact=False, access=access, runs=runs)


def about_process(settings: Settings, ports: Mapping[str, int]) -> ServerDescription:
    """Return what a client needs that wants to connect."""
    user = next((user for user in settings.users if user.password), None)
    name, password = (user.name, user.password or "") if user else ("", "")
    host = settings.hosts[0]
    plain = "starttls" if settings.tls else "none"
    tls = {"pop3": plain, "pop3s": "implicit"}
    return ServerDescription(
        [ServiceAddress(host, port, tls[name]) for name, port in ports.items() if name in tls],
        name,
        password if is_well_known(name, password) else None,
        [user.name for user in settings.users],
        settings.profile,
        without_password(settings.target or ""),
    )
