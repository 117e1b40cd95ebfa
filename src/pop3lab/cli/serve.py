"""`pop3lab serve`: listeners, workers, signals."""

import asyncio
import gc
import sys
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from typing import NamedTuple

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.tokens import Tokens
from pop3lab.cli import factories as parts
from pop3lab.config.run_as import check_port_file, identity
from pop3lab.config.settings import Settings
from pop3lab.config.validation import exposure
from pop3lab.conformance.checker import with_checks
from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from pop3lab.files.streams import OutputStream
from pop3lab.files.writing import check_writable
from pop3lab.observe.event_bus import EventBus
from pop3lab.observe.log import Log
from pop3lab.observe.stderr import LoopErrorReporter
from pop3lab.observe.transcript_writer import TranscriptFile
from pop3lab.server import Server
from pop3lab.transport.listener import Listening
from pop3lab.transport.privileges import check_root, give_up_root, import_all, is_root, out_of_reach
from pop3lab.transport.readiness import (
    PortFile,
    ReadinessNotifier,
    print_line,
    ready_line,
    tell_descriptor,
)
from pop3lab.transport.reloading import Reloading, free_slowly
from pop3lab.transport.signals import Stopping
from pop3lab.transport.socket_activation import Listeners, activated, inherited
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Certificates
from pop3lab.transport.workers import listener_sets, run_workers

_MOST_BEFORE = 8  # tables of tokens that are remembered when another is read

# What a session may import, or one of many kinds of passwords.
_USED_LATER = (
    *(f"pop3lab.{ring}" for ring in ("auth", "core", "faults", "run", "stores", "watch")),
    *("argon2", "bcrypt", "joserfc", "passlib.handlers", "scramp", "spnego", "trustme"),
)


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the answer is the exit code. Raises ConfigError, OSError."""
    work = _Work(settings)
    sets = _listeners(settings)
    work.check_exposure(sets[0])
    if settings.port_file:
        check_writable(settings.port_file)
    work.empty_transcript()
    work.give_up_root()
    notifier = ReadinessNotifier()
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


class _Read(NamedTuple):
    """What is read at start, and again at SIGHUP."""

    users: Authenticator
    tls: Certificates | None


class _Work:
    """What each process that serves does. All that can be wrong in the settings is found here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._user = identity(settings.run_as) if settings.run_as else None
        if self._user:
            check_root(self._user.name)
        self._salt_key = parts.salt_key(settings)
        self._log = Log(sys.stderr, settings.log_format, settings.log_level)
        self._stream = _stream(settings)
        self._transcript = (
            TranscriptFile(self._stream, sys.stderr, self._knows) if self._stream else None
        )
        self._public = False
        self._tokens_before: deque[Tokens] = deque(maxlen=_MOST_BEFORE)
        self._accounts = _complete(parts.accounts(settings, self._salt_key, self._doubt))
        parts.check_logins(settings, self._accounts)
        self._rules = parts.rules(settings)
        self._server = self._made()
        for told in parts.advice(settings):
            self._log.write("warning", "target", {"reason": told})

    def check_exposure(self, listeners: Listeners) -> None:
        """What must be so on these addresses, which may be inherited. Raises ConfigError."""
        addresses = [socket.getsockname()[0] for socket in listeners.all]
        problems = list(exposure(self._settings, addresses))
        for problem in problems:
            if problem.fatal:
                raise ConfigError(problem.text)
        if listeners.pop3 and (told := parts.oauth_withheld(self._settings, self._accounts)):
            level = "info" if self._settings.tls else "warning"
            self._log.write(level, "oauth", {"reason": told})
        self._public = bool(problems)
        if self._public:
            _refuse_well_known(self._accounts)

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
            self._log.write("warning", "run_as", {"reason": told})
        try:
            parts.store(self._settings)  # of which root could read everything
            check_port_file(self._settings.port_file)
        except ConfigError as error:
            raise ConfigError(f"run-as {user.name!r}: {error}") from error
        self._log.write("info", "run_as", {"user": user.name, "uid": user.uid, "gid": user.gid})

    def empty_transcript(self) -> None:
        """Only now that all else is well: what is there will be gone. Raises OSError."""
        if self._stream:
            self._stream.empty()

    def start(
        self,
        listeners: Listeners,
        ready: Callable[[], None],
        notifier: ReadinessNotifier | None = None,
    ) -> int:
        """Serve on these until a signal ends it; the answer is the exit code."""
        for told in parts.recover(self._settings):
            self._log.write("error", "recovery_failed", {"reason": told})
        return asyncio.run(self._run(listeners, ready, notifier or ReadinessNotifier({})))

    async def _run(
        self, listeners: Listeners, ready: Callable[[], None], notifier: ReadinessNotifier
    ) -> int:
        server = self._server
        asyncio.get_running_loop().set_exception_handler(LoopErrorReporter(self._complain).handle)
        # Imports that must not fail for want of descriptors later.
        import_module("concurrent.futures.thread")
        reloading = Reloading(self._read, self._use, _Reloads(self._log, notifier))
        stopping = self._obey_signals(server, reloading)
        gc.freeze()  # a collection that looks at 100,000 users stops all sessions
        writing = asyncio.create_task(self._transcript.keep_writing()) if self._transcript else None
        proxies = self._settings.proxies
        listening = [Listening(socket, False, proxies) for socket in listeners.pop3]
        listening += [Listening(socket, True, proxies) for socket in listeners.pop3s]
        ready()
        self._log.write("info", "ready", listeners.ports())
        watched = asyncio.create_task(_stay_alive(notifier))
        await server.serve(*listening)
        watched.cancel()
        reloading.end()
        code = stopping.end()
        notifier.stopping()
        for active in self._rules.unused():
            self._log.write("warning", "rule_never_applied", {"rule": str(active.rule)})
        if writing and self._transcript:
            writing.cancel()
            self._transcript.close()
        return code

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
            capabilities=parts.offer(settings),
            throttle=parts.gate(settings),
            tls=parts.tls(settings),
            clear_passwords=settings.allow_clear_passwords,
            connections=settings.limits.connections,
            from_address=settings.limits.connections_address,
            threads=Threads(settings.limits.hash_threads, settings.limits.hashes_waiting),
            sink=self._record(),
        )

    def _record(self) -> EventBus:
        if self._transcript:
            return with_checks([self._log, self._transcript])
        return EventBus([self._log])

    def _knows(self, text: str) -> bool:
        before = any(tokens.is_token(text) for tokens in self._tokens_before)
        return before or self._accounts.is_secret(text)

    def _doubt(self, text: str) -> None:
        self._log.write("warning", "accounts", {"reason": text})

    def _complain(self, line: str) -> None:
        self._log.write("error", "loop_error", {"reason": line})

    def _obey_signals(self, server: Server, reloading: Reloading[_Read]) -> Stopping:
        def stop() -> None:
            reloading.end()
            server.stop(self._settings.grace)

        stopping = Stopping(stop, reloading.ask)
        stopping.begin()
        return stopping

    def _read(self) -> _Read:
        """Users and certificate anew. Raises ConfigError; called in a thread."""
        settings = self._settings
        users = _complete(parts.accounts(settings, self._salt_key, self._doubt))
        parts.check_logins(settings, users)
        if self._public:
            _refuse_well_known(users)
        self_made = settings.tls_self_signed
        return _Read(users, self._server.tls if self_made else parts.tls(settings))

    def _use(self, read: _Read) -> None:
        if tokens := self._accounts.accounts.options.tokens:
            self._tokens_before.append(tokens)  # clients still have those that are revoked
        self._accounts = read.users
        self._server.renew(read.users, read.tls)


class _Reloads:
    """Tells log and supervisor of it."""

    def __init__(self, log: Log, notifier: ReadinessNotifier) -> None:
        self._log = log
        self._notifier = notifier

    def reloading(self) -> None:
        self._notifier.reloading()

    def reloaded(self) -> None:
        self._log.write("info", "reloaded", {})

    def not_reloaded(self, reason: str) -> None:
        self._log.write("error", "reload_failed", {"reason": reason})

    def ready(self) -> None:
        self._notifier.ready()


def _complete(users: Authenticator) -> Authenticator:
    """The same with all that is made on demand: by the first session it would take too long."""
    users.mechanisms(Channel(secure=True))
    free_slowly(users, list[object](users.accounts.all))
    return users


def _refuse_well_known(users: Authenticator) -> None:
    """Raises ConfigError where everybody can guess a password."""
    if weak := parts.well_known_users(users):
        raise ConfigError(f"user {weak[0]!r} has a well-known password: change it, or stay here")


async def _stay_alive(notifier: ReadinessNotifier) -> None:
    """Tell the supervisor's watchdog, if there is one, that the loop still turns."""
    while notifier.watchdog:
        notifier.alive()
        await asyncio.sleep(notifier.watchdog)


def _stream(settings: Settings) -> OutputStream | None:
    if settings.transcript is None:
        return None
    try:
        return OutputStream(settings.transcript, wait_for_reader=True)
    except OSError as error:
        raise ConfigError(f"transcript {settings.transcript!r}: {error.strerror}") from error
