"""`pop3lab serve`: listeners, workers, signals."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module

from pop3lab import parts
from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from pop3lab.run.accepting import Listening
from pop3lab.run.activation import Listeners, activated, inherited
from pop3lab.run.preloading import import_all, out_of_reach
from pop3lab.run.privileges import check_root, give_up_root, is_root
from pop3lab.run.ready import Notifier, PortFile, print_line, ready_line, tell_descriptor
from pop3lab.run.tls import spare_memory
from pop3lab.run.workers import listener_sets, run_workers
from pop3lab.server import Server
from pop3lab.settings.checks import exposure
from pop3lab.settings.run_as import check_port_file, identity
from pop3lab.settings.values import Settings
from pop3lab.watch.judged import judged
from pop3lab.watch.log import Log
from pop3lab.watch.record import Record
from pop3lab.watch.transcript_file import TranscriptFile
from pop3lab.watch.troubles import Troubles

# What a session may import, or one of many kinds of passwords.
_USED_LATER = (
    *(f"pop3lab.{ring}" for ring in ("auth", "core", "faults", "run", "stores", "watch")),
    *("argon2", "bcrypt", "joserfc", "passlib.handlers", "scramp", "trustme"),
)


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the answer is the exit code. Raises ConfigError, OSError."""
    work = _Work(settings)
    sets = _listeners(settings)
    work.check_exposure(sets[0])
    work.give_up_root()
    notifier = Notifier()
    with ExitStack() as until_the_end:

        def ready() -> None:
            line = ready_line(settings.ready, sets[0].ports())
            if settings.port_file:
                until_the_end.enter_context(PortFile(settings.port_file, line))
            print_line(line)
            if settings.ready_fd is not None:
                tell_descriptor(settings.ready_fd)
            notifier.ready()

        if len(sets) > 1:
            return run_workers(sets, work.start, ready, patience=settings.grace + 5)
        return work.start(sets[0], ready, notifier)


def _listeners(settings: Settings) -> list[Listeners]:
    given = activated() or inherited(settings.fds, settings.tls_fds)
    if given:
        return [given] * settings.workers
    return listener_sets(settings.hosts, settings.port, settings.tls_port, settings.workers)


class _Work:
    """What each process that serves does. All that can be wrong in the settings is found here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._user = identity(settings.run_as) if settings.run_as else None
        if self._user:
            check_root(self._user.name)
        self._secret = os.urandom(32)
        self._log = Log(sys.stderr, settings.log_format, settings.log_level)
        self._transcript = _transcript(settings)
        self._accounts = parts.accounts(settings, self._secret)
        self._rules = parts.rules(settings)
        self._server = self._made()
        for told in parts.advice(settings):
            self._log.write("warning", "target", {"reason": told})
        if settings.tls and not spare_memory(settings.limits.tls_buffer):
            self._log.write("warning", "tls-memory", {"reason": "sessions take 256 KiB each"})

    def check_exposure(self, listeners: Listeners) -> None:
        """What must be so on these addresses, which may be inherited. Raises ConfigError."""
        addresses = [socket.getsockname()[0] for socket in listeners.all]
        problems = list(exposure(self._settings, addresses))
        for problem in problems:
            if problem.fatal:
                raise ConfigError(problem.text)
        weak = parts.well_known_users(self._accounts) if problems else []
        if weak:
            raise ConfigError(
                f"user {weak[0]!r} has a well-known password: change it, or stay here"
            )

    def give_up_root(self) -> None:
        """For the user that is to serve, who must be able to. Raises ConfigError."""
        user = self._user
        if user is None:
            if is_root():
                told = "it runs as root: --run-as USER gives that up when the ports are bound"
                self._log.write("warning", "root", {"reason": told})
            return
        import_all(_USED_LATER)
        give_up_root(*user)
        if place := out_of_reach():
            told = f"this user can't read {place}: install Python and pop3lab where all can"
            self._log.write("warning", "run-as", {"reason": told})
        try:
            parts.store(self._settings)  # of which root could read everything
            check_port_file(self._settings.port_file)
        except ConfigError as error:
            raise ConfigError(f"run-as {user.name!r}: {error}") from error
        self._log.write("info", "run-as", {"user": user.name, "uid": user.uid, "gid": user.gid})

    def start(
        self, listeners: Listeners, ready: Callable[[], None], notifier: Notifier | None = None
    ) -> int:
        """Serve on these until a signal ends it; the answer is the exit code."""
        for told in parts.recover(self._settings):
            self._log.write("error", "not-recovered", {"reason": told})
        asyncio.run(self._run(listeners, ready, notifier or Notifier({})))
        return 0

    async def _run(
        self, listeners: Listeners, ready: Callable[[], None], notifier: Notifier
    ) -> None:
        server = self._server
        asyncio.get_running_loop().set_exception_handler(Troubles(self._complain).note)
        # Imports that must not fail for want of descriptors later.
        import_module("concurrent.futures.thread")
        server.users.mechanisms(Channel(secure=True))
        self._obey_signals(server, notifier)
        writing = asyncio.create_task(self._transcript.keep_writing()) if self._transcript else None
        proxies = self._settings.proxies
        listening = [Listening(socket, False, proxies) for socket in listeners.pop3]
        listening += [Listening(socket, True, proxies) for socket in listeners.pop3s]
        ready()
        self._log.write("info", "ready", listeners.ports())
        watched = asyncio.create_task(_stay_alive(notifier))
        await server.serve(*listening)
        watched.cancel()
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        notifier.stopping()
        for active in self._rules.unused():
            self._log.write("warning", "never-happened", {"rule": str(active.rule)})
        if writing and self._transcript:
            writing.cancel()
            self._transcript.close()

    def _made(self) -> Server:
        settings = self._settings
        rules = self._rules
        if rules.active:
            self._log.write("info", "rules", {"seed": rules.seed, "rules": len(rules.active)})
        return Server(
            self._accounts,
            parts.store(settings),
            rules=rules,
            limits=settings.limits,
            offer=parts.offer(settings),
            guard=parts.gate(settings),
            tls=parts.tls(settings),
            clear_passwords=settings.allow_clear_passwords,
            connections=settings.limits.connections,
            from_address=settings.limits.connections_address,
            watch=self._record(),
        )

    def _record(self) -> Record:
        if self._transcript:
            return judged([self._log, self._transcript])
        return Record([self._log])

    def _complain(self, line: str) -> None:
        self._log.write("error", "trouble", {"reason": line})

    def _obey_signals(self, server: Server, notifier: Notifier) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop, self._settings.grace)
        loop.add_signal_handler(signal.SIGHUP, self._reload, server, notifier)

    def _reload(self, server: Server, notifier: Notifier) -> None:
        """Users and certificate anew, for logins and handshakes to come; sessions go on."""
        notifier.reloading()
        settings = self._settings
        try:
            server.users = parts.accounts(settings, self._secret)
            if server.tls and settings.cert and settings.key:
                server.tls = server.tls.load(settings.cert, settings.key)
        except ConfigError as error:
            self._log.write("error", "not-reloaded", {"reason": str(error)})
        else:
            self._log.write("info", "reloaded", {})
        notifier.ready()


async def _stay_alive(notifier: Notifier) -> None:
    """Tell the supervisor's watchdog, if there is one, that the loop still turns."""
    while notifier.watchdog:
        notifier.alive()
        await asyncio.sleep(notifier.watchdog)


def _transcript(settings: Settings) -> TranscriptFile | None:
    if settings.transcript is None:
        return None
    try:
        file = open(settings.transcript, "w", encoding="ascii", errors="backslashreplace")  # noqa: SIM115 - closed at the end
    except OSError as error:
        raise ConfigError(f"transcript {settings.transcript!r}: {error.strerror}") from error
    return TranscriptFile(file, sys.stderr)
