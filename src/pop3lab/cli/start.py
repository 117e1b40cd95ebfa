"""Starts the server, and prints the port as early as possible.

If all settings can be checked at once, the port is printed before the server is imported: a client
that connects meanwhile waits in the backlog. Otherwise the server is imported first, to check them.
These imports delay the port line, so nothing heavy is imported here.
"""

import _signal  # type: ignore[import-not-found]  # of signal, which takes a while to import
import os

from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.config.checks import is_loopback, needs_auth
from pop3lab.config.options import DIRECTORY_KEYWORDS, Settings
from pop3lab.core.errors import ConfigError
from pop3lab.transport.listen import listen, print_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

    from pop3lab.files.streams import OutputStream
    from pop3lab.transport.early_greeter import EarlyGreeter

# Settings that only the server itself can check.
_JUDGED_FIRST = (
    *("profile", "quirks", "rules", "users_file", "cert", "client_ca", "ca_out", "fds", "tls_fds"),
    *("run_as", "port_file", "ready_fd", "takes_mail", "metrics", "web"),
)
# Set by a supervisor that passes sockets or expects notifications.
_SUPERVISED = ("LISTEN_FDS", "NOTIFY_SOCKET")


def check_directory(folder: str, on_delete: str) -> None:
    """Raise ConfigError if `pop3lab DIR` can't serve the folder."""
    if not os.path.exists(folder):
        raise ConfigError(f"{folder!r} does not exist: give a folder of messages{_like(folder)}")
    if not os.path.isdir(folder):
        raise ConfigError(
            f"{folder!r} is not a folder: give a folder of messages;"
            " an mbox file is for pop3lab serve"
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ConfigError(f"{folder!r} is not readable: its messages could not be served")
    if on_delete != "hide" and not os.access(folder, os.W_OK):
        raise ConfigError(
            f"{folder!r} is not writable: its messages could not be deleted;"
            " --on-delete hide leaves them alone"
        )


def _like(word: str) -> str:
    """Return a hint at a similar command."""
    if "/" in word:
        return ""
    from pop3lab.core.suggest import near

    found = near(word, CLI_COMMANDS)
    return f", or a command: did you mean {found!r}?" if found else ""


def start(settings: Settings) -> int:
    """Serve until EXIT and QUIT, SIGTERM or SIGINT; return the exit code.

    Raises ConfigError, OSError.
    """
    if not _can_be_judged_now(settings):
        from pop3lab.cli.serve import serve

        return serve(settings)
    # After the port line, a signal must yield the statistics even before the event loop runs.
    _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP})
    listeners = _listen(settings)
    transcript = _transcript(settings)
    ports = {name: listener.getsockname()[1] for name, listener in listeners.items()}
    print_line(_line(settings, ports))
    greeter = early_greeter(settings, listeners["pop3"])

    from pop3lab.cli.serve import serve_on

    return serve_on(settings, listeners, transcript, greeter)


def _can_be_judged_now(settings: Settings) -> bool:
    """Whether nothing that is still unchecked can prevent the start."""
    asked = any(getattr(settings, name) for name in _JUDGED_FIRST) or needs_auth(settings)
    known = set(settings.keywords) <= DIRECTORY_KEYWORDS.keys() and settings.workers == 1
    plain = all(
        user.password is not None
        and user.maildrop is None
        and str(user.name).isascii()
        and user.password.isascii()
        for user in settings.users
    )
    place = len(settings.hosts) == 1 and settings.port is not None
    supervised = not settings.is_directory and any(name in os.environ for name in _SUPERVISED)
    here = not settings.tls or _can_make_certificates()
    return (
        not asked and known and plain and place and here and not supervised and _is_plain(settings)
    )


def early_greeter(settings: Settings, listener: "_socket.socket") -> "EarlyGreeter | None":
    """Greet from now on, if the greeting depends on nothing that has yet to be imported.

    Return None if clients are to wait for the server.
    """
    if not greets_all_alike(settings):
        return None
    from pop3lab.core.greeting import SERVER_NAME, greeting_text
    from pop3lab.transport.early_greeter import EarlyGreeter, has_many_files

    folder = settings.target if settings.is_directory else None
    try:
        if folder is not None and has_many_files(folder):
            return None
    except OSError:  # it is gone since it was checked: it may come back
        return None
    from pop3lab.transport.timestamp import new_timestamp

    has_apop = "minimal" not in settings.keywords and not settings.any_user

    def greet(session: int) -> tuple[bytes, str]:
        timestamp = new_timestamp(session) if has_apop else ""
        return f"+OK {greeting_text(SERVER_NAME, timestamp)}\r\n".encode(), timestamp

    greeter = EarlyGreeter(
        listener,
        greet,
        folder=folder,
        most=int(settings.limit_values.get("connections", 0)),
    )
    greeter.start()
    return greeter


def greets_all_alike(settings: Settings) -> bool:
    """Whether nobody is turned away, announced by a proxy, or watched, when it connects."""
    watched = settings.control or settings.events is not None or settings.transcript is not None
    limits, (host,) = settings.limit_values, settings.hosts
    limited = limits.get("connections_address", True) and not is_loopback(host)
    return not (watched or settings.proxies or limited) and bool(settings.users)


def _can_make_certificates() -> bool:
    """Whether the modules for certificates, imported after the port line, exist."""
    from importlib.util import find_spec

    try:
        return all(find_spec(name) is not None for name in ("_ssl", "trustme"))
    except ValueError:  # its import is blocked
        return False


def _is_plain(settings: Settings) -> bool:
    """Whether the target is a folder, or one for each user, which needs no further checks."""
    if settings.is_directory:
        return True  # it was checked
    from pop3lab.files.precious import why_precious  # not needed for DIR

    target = settings.target or ""
    base, _, name = target.rpartition("/")
    if name == "{user}" and "{" not in base:
        return os.path.isdir(base) and os.access(base, os.R_OK | os.X_OK)
    return (
        "{" not in target
        and os.path.isdir(target)
        and os.access(target, os.R_OK | os.W_OK | os.X_OK)
        and os.path.realpath(target) != "/"
        and not why_precious(target)
    )


def _listen(settings: Settings) -> "dict[str, _socket.socket]":
    """Return a listening socket for each protocol. Raises OSError."""
    (host,) = settings.hosts
    ports = {"pop3": settings.port, "pop3s": settings.tls_port}
    return {name: listen(host, port) for name, port in ports.items() if port is not None}


def _transcript(settings: Settings) -> "OutputStream | None":
    """Open and empty the transcript: everything else is right. Raises ConfigError."""
    if settings.transcript is None:
        return None
    from pop3lab.cli.outputs import open_transcript

    stream = open_transcript(settings.transcript)
    stream.empty()
    return stream


def _line(settings: Settings, ports: "dict[str, int]") -> str:
    if settings.ready == "port":
        return f"{ports['pop3']}\n"
    from pop3lab.transport.readiness import ready_line

    return ready_line(settings.ready, ports)
