"""The server of the command line: made from its settings, and run."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from pop3lab.cli import attended
from pop3lab.cli import factories as parts
from pop3lab.cli.known_words import SecretWords
from pop3lab.cli.outputs import ReloadReporter, Sentences, print_hint, print_statistics
from pop3lab.cli.process_accounts import ProcessAccounts, ReadAccounts
from pop3lab.config.checks import exposure
from pop3lab.config.options import Settings
from pop3lab.config.run_as import check_port_file, identity
from pop3lab.core.errors import ConfigError
from pop3lab.files.streams import OutputStream
from pop3lab.observe.counters import Statistics
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.log import Log
from pop3lab.observe.stderr import LoopErrorReporter
from pop3lab.observe.transcript_file import TranscriptFile, form_for
from pop3lab.rules.engine import Rules
from pop3lab.server import Server
from pop3lab.transport.dispatching import run
from pop3lab.transport.early_greeter import EarlyClient
from pop3lab.transport.listener import ListeningSocket
from pop3lab.transport.privileges import check_root, give_up_root, import_all, is_root, out_of_reach
from pop3lab.transport.readiness import ReadinessNotifier
from pop3lab.transport.reloading import Reloading
from pop3lab.transport.signals import ENDING, StopSignals
from pop3lab.transport.socket_activation import Listeners
from pop3lab.transport.tls import Certificates
from pop3lab.transport.workers import SharedNumbers

if TYPE_CHECKING:
    from pop3lab.cli.mail import ProcessMail
    from pop3lab.cli.web import ProcessDoor
    from pop3lab.control.commands import ControlContext
    from pop3lab.observe.json_events import JsonEvents
    from pop3lab.observe.metrics import Metrics

# Modules that sessions or password schemes import later.
_ROOMS = ("auth", "behaviours", "core", "effects", "observe", "rules", "stores", "transport")
_USED_LATER = (
    *(f"pop3lab.{room}" for room in _ROOMS),
    *("argon2", "bcrypt", "joserfc", "passlib.handlers", "scramp", "spnego", "trustme"),
)


class _Read(NamedTuple):
    """What is read at the start, and again at SIGHUP."""

    accounts: ReadAccounts
    tls: Certificates | None


class ServerProcess:
    """The work of each serving process. Its constructor finds all mistakes in the settings."""

    def __init__(
        self,
        settings: Settings,
        secrets: SecretWords,
        events: "JsonEvents | None",
        transcript: OutputStream | None,
    ) -> None:
        """Raises ConfigError."""
        self._settings = settings
        self._user = identity(settings.run_as) if settings.run_as else None
        if self._user:
            check_root(self._user.name)
        self._log = _log(settings, secrets)
        self._stream = transcript
        self._accounts = ProcessAccounts(settings, secrets, self._doubt)
        self._rules = parts.rules(settings)
        self._statistics = Statistics()
        self._events = EventQueue()
        self._counts = attended.counters(settings, self._statistics, self._events)
        self._metrics = _metrics(self._events) if settings.metrics else None
        self._door = _door(settings, self._events, secrets) if settings.web else None
        self._written: list[TranscriptFile | JsonEvents] = [events] if events else []
        if events:
            events.catch_up = self._events.drain
        if transcript:
            form = form_for(settings.transcript or "", transcript)
            folds = not settings.transcript_bodies
            file = TranscriptFile(transcript, sys.stderr, secrets.knows, form, folds=folds)
            self._written.append(file)
        self._server = self._made()
        self._accounts.on_change = self._renew_users
        self._mail = self._mail_in() if settings.takes_mail else None
        for told in parts.advice(settings):
            self._log.write("warning", "target", {"reason": told})

    def check_exposure(self, listeners: Listeners) -> None:
        """Check the settings against the actual addresses, which may be inherited.

        Raises ConfigError.
        """
        problems = list(exposure(self._settings, listeners.addresses))
        for problem in problems:
            if problem.fatal:
                raise ConfigError(problem.text)
        if listeners.pop3 and (told := parts.oauth_withheld(self._settings, self._accounts.users)):
            level = "info" if self._settings.tls else "warning"
            self._log.write(level, "oauth", {"reason": told})
        if problems:
            self._accounts.be_public()

    @contextmanager
    def metrics_port(self) -> Iterator[dict[str, int]]:
        """Serve metrics meanwhile, if that is asked for; yield their port. Raises OSError."""
        place = self._settings.metrics
        if not (place and self._metrics):
            yield {}
            return
        from pop3lab.observe.metrics import serve_metrics

        with serve_metrics(self._metrics, place.host, place.port) as port:
            self._log.write("info", "metrics", {"address": place.host, "port": port})
            yield {"metrics": port}

    @contextmanager
    def web_address(self) -> Iterator[dict[str, str]]:
        """Listen for HTTP meanwhile, if that is asked for; yield the address. Raises OSError."""
        if not self._door:
            yield {}
            return
        with self._door.listening() as url:
            self._log.write("info", "web", {"address": url})
            yield {"web": url}

    def give_up_root(self) -> None:
        """Switch to the user that is to serve. Raises ConfigError if that user could not."""
        user = self._user
        if user is None:
            if is_root() and not self._settings.is_directory:
                told = "the server runs as root; --run-as USER drops root once the ports are bound"
                self._log.write("warning", "root", {"reason": told})
            return
        import_all(_USED_LATER)
        give_up_root(*user)
        if place := out_of_reach():
            told = f"this user can't read {place}: install Python and pop3lab where all can"
            self._log.write("warning", "run_as", {"reason": told})
        try:
            parts.store(self._settings)  # again, because root could read everything
            check_port_file(self._settings.port_file)
        except ConfigError as error:
            raise ConfigError(f"run-as {user.name!r}: {error}") from error
        self._log.write("info", "run_as", {"user": user.name, "uid": user.uid, "gid": user.gid})

    def empty_transcript(self) -> None:
        """Empty the transcript, after everything else has succeeded. Raises OSError."""
        if self._stream:
            self._stream.empty()

    def start_worker(self, listeners: Listeners, ready: Callable[[], None], worker: int) -> int:
        """Serve as one process of several. worker: its number."""
        if isinstance(self._log, Log):
            self._log.worker = worker
        return self.start(listeners, ready)

    def start(
        self,
        listeners: Listeners,
        ready: Callable[[], None],
        notifier: ReadinessNotifier | None = None,
        clients: Sequence[EarlyClient] = (),
    ) -> int:
        """Serve until a signal; return the exit code. clients: have been greeted already."""
        for told in parts.recover(self._settings):
            self._log.write("error", "recovery_failed", {"reason": told})
        try:
            code = run(self._run(listeners, ready, notifier or ReadinessNotifier({}), clients))
        finally:
            self._events.drain()
        for active in self._rules.unused():
            self._log.write("warning", "rule_never_applied", {"rule": str(active.rule)})
        for each in self._written:
            each.close()
        if self._settings.statistics:
            print_statistics(str(self._statistics))
        return code

    async def _run(
        self,
        listeners: Listeners,
        ready: Callable[[], None],
        notifier: ReadinessNotifier,
        clients: Sequence[EarlyClient],
    ) -> int:
        server, settings = self._server, self._settings
        asyncio.get_running_loop().set_exception_handler(LoopErrorReporter(self._complain).handle)
        # Imported now: later there may be no free descriptors, and sessions that wait.
        import_module("concurrent.futures.thread")
        import_module("ctypes")
        reloading = Reloading(self._read, self._use, ReloadReporter(self._log, notifier))
        stopping = self._obey_signals(server, reloading)
        gc.freeze()  # a garbage collection over 100,000 users would stop all sessions
        listening = [ListeningSocket(socket, False, settings.proxies) for socket in listeners.pop3]
        listening += [ListeningSocket(socket, True, settings.proxies) for socket in listeners.pop3s]
        control = self._control(listeners.ports())
        if self._door and control:
            listening = self._door.open(control(), server, listening)
        if self._mail:
            await self._mail.listen(listeners)
        ready()
        self._log.write("info", "ready", listeners.ports())
        if settings.hint:
            print_hint(settings, listeners.ports(), sys.stderr)
        beside = [_stay_alive(notifier)]
        beside += [self._events.keep_draining()] if self._events.listeners else []
        beside += attended.tasks(settings, server, control, self._end_told)
        tasks = [asyncio.create_task(each) for each in beside]
        for task in tasks:
            task.add_done_callback(self._tell_failure)
        await server.serve(
            *listening, greeted=[parts.greeted(settings, self._store, each) for each in clients]
        )
        if self._door:
            await self._door.close()
        if self._mail:
            await self._mail.stop()
        reloading.end()
        code = stopping.end()  # a second signal must not cost the statistics
        notifier.stopping()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # errors have been reported
        return code

    def _control(self, ports: Mapping[str, int]) -> "Callable[[], ControlContext] | None":
        """Return what makes the context of commands, if there are any."""
        if self._counts is None:
            return None
        given = self._settings, self._server, self._counts, ports, self._accounts
        return partial(attended.control_context, *given)

    def _tell_failure(self, task: asyncio.Task[None]) -> None:
        """Report the failure of a task; the server continues."""
        if not task.cancelled() and (error := task.exception()):
            self._complain(f"a task beside the sessions failed: {error}")

    def _made(self) -> Server:
        settings = self._settings
        self._tell_chance()
        self._store = parts.store(settings)
        self._throttle = parts.login_throttle(settings)
        return Server(
            self._accounts.users,
            self._store,
            rules=self._rules,
            limits=settings.limits,
            capabilities=parts.server_capabilities(settings),
            throttle=self._throttle,
            tls=self._certificate(),
            clear_passwords=settings.allow_clear_passwords,
            sink=self._sink(),
            numbers=SharedNumbers() if settings.workers > 1 else None,
        )

    def _mail_in(self) -> "ProcessMail":
        from pop3lab.cli.mail import ProcessMail  # rarely needed

        return ProcessMail(
            self._settings,
            self._store,
            self._server,
            self._accounts,
            sink=self._events,
            throttle=self._throttle,
        )

    def _certificate(self) -> Certificates | None:
        made, settings = parts.tls(self._settings), self._settings
        if settings.tls_self_signed:
            told = f"a certificate was made for {', '.join(parts.certificate_names(settings))}; "
            told += f"clients must trust {settings.ca_out or 'its CA, which --ca-out writes'}"
            self._log.write("info", "certificate", {"reason": told})
        return made

    def _tell_chance(self) -> None:
        """Report the seed, so that the run can be repeated."""
        rules = self._rules
        if rules.active and not self._settings.is_directory:
            self._log.write("info", "rules", {"seed": rules.seed, "rules": len(rules.active)})
        if self._settings.is_directory and self._settings.seed is None and _by_chance(rules):
            told = f"chance is that of --seed {rules.seed}"
            self._log.write("warning", "rules", {"reason": told})

    def _sink(self) -> EventQueue:
        """Return the sink. If anybody listens, violations are found, too."""
        events = self._events
        events.at_once += [self._statistics, self._log]
        for writer in self._written:
            events.add_writer(writer)
        if self._counts:
            events.listeners.append(self._counts)
        checked = bool(events.listeners)
        if self._metrics:  # which have no violations
            events.listeners.append(self._metrics)
        if checked:
            from pop3lab.conformance.checker import check_clients  # rarely needed

            check_clients(events)
        return events

    def _doubt(self, text: str) -> None:
        self._log.write("warning", "accounts", {"reason": text})

    def _complain(self, line: str) -> None:
        self._log.write("error", "loop_error", {"reason": line})

    def _end_told(self, sentence: str) -> None:
        self._log.write("warning", "max_lifetime", {"reason": sentence})

    def _obey_signals(self, server: Server, reloading: Reloading[_Read]) -> StopSignals:
        def stop() -> None:
            reloading.end()
            server.stop(self._settings.grace)

        stopping = StopSignals(stop, reloading.ask)
        stopping.begin()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # which many a script sends to daemons
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*ENDING, signal.SIGHUP})
        return stopping

    def _read(self) -> _Read:
        """Read users and certificate again, in a thread. Raises ConfigError."""
        settings = self._settings
        accounts = self._accounts.read()
        self_made = settings.tls_self_signed
        return _Read(accounts, self._server.tls if self_made else parts.tls(settings))

    def _use(self, read: _Read) -> None:
        self._accounts.use(read.accounts)
        self._server.renew(self._accounts.users, read.tls)

    def _renew_users(self) -> None:
        self._server.renew(self._accounts.users, self._server.tls)


def _log(settings: Settings, secrets: SecretWords) -> Log | Sentences:
    if settings.log_level == "off":
        return Sentences(sys.stderr)
    return Log(
        sys.stderr,
        settings.log_format,
        settings.log_level,
        is_secret=secrets.knows,
    )


def _metrics(events: EventQueue) -> "Metrics":
    """Return the metrics. Raises ConfigError without their library."""
    from pop3lab.observe.metrics import Metrics  # rarely needed

    return Metrics(events)


def _door(settings: Settings, events: EventQueue, secrets: SecretWords) -> "ProcessDoor":
    """Return the HTTP door. Raises ConfigError without its libraries."""
    from pop3lab.cli.web import ProcessDoor  # rarely needed

    return ProcessDoor(settings, events, secrets.knows)


_CHANCE = ("chance=", "jitter=")  # in rules


def _by_chance(rules: Rules) -> bool:
    texts = [str(active.rule) for active in rules.active]
    return any(word in text for text in texts for word in _CHANCE)


async def _stay_alive(notifier: ReadinessNotifier) -> None:
    """Tell the supervisor's watchdog, if any, that the loop is running."""
    while notifier.watchdog:
        notifier.alive()
        await asyncio.sleep(notifier.watchdog)
