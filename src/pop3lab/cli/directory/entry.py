"""`pop3lab DIR [keyword ...]`: the contract of the test server of Perl's Mail::Box.

Binds and listens, prints the port, and only then imports the rest: a client that connects
meanwhile waits in the backlog.
"""

import _signal  # type: ignore[import-not-found]  # of signal: what is imported before the port line
import os
import sys

from pop3lab._version import __version__
from pop3lab.cli.directory.options import DirectorySettings, UsageError
from pop3lab.transport.listen import listen

_HOST = "127.0.0.1"
_STANDARD_PORT = 110
_USAGE, _CANNOT_LISTEN = 2, 3  # exit codes


def main(argv: list[str] | None = None) -> int:
    """Run the command; the answer is its exit code."""
    # A signal before the event loop stands, from the first line on, must not cost the statistics.
    _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGINT, _signal.SIGTERM})
    _have_streams()
    words = sys.argv[1:] if argv is None else argv
    if "--help" in words or "-h" in words:
        return _help()
    if "--version" in words:
        return _print(f"pop3lab {__version__}\n")
    try:
        return _serve(DirectorySettings(words))
    except UsageError as error:
        return _complain(str(error), _USAGE)


def _help() -> int:
    from pop3lab.cli.directory.help import HELP

    return _print(HELP)


def _serve(settings: DirectorySettings) -> int:
    port = _STANDARD_PORT if "standardport" in settings.keywords else 0
    try:
        listener = listen(_HOST, port)
    except OSError as error:
        return _complain(f"cannot listen on {_HOST} port {port}: {error.strerror}", _CANNOT_LISTEN)
    settings.open_transcript()
    address = listener.getsockname()
    _print(f"{address[1]}\n")
    if settings.hint:
        _hint(*address)

    from pop3lab.cli.directory.serve import serve

    return _print(serve(listener, settings))


def _have_streams() -> None:
    """A stream that is closed is None: what is for it must not go to another.

    The lowest free descriptor is the next that is opened, so each gets its own.
    """
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - for as long as we live
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def _print(text: str) -> int:
    """To stdout, at once; whoever reads it may be gone, or the disk that it is kept on full."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _hint(host: str, port: int) -> None:
    _say(
        f"""pop3lab serves POP3 on {host} port {port}: user `user`, password `password`. Try

    curl pop3://user:password@{host}:{port}/     lists the messages
    curl pop3://user:password@{host}:{port}/1    retrieves the first

Ctrl-C stops it and prints the statistics.
"""
    )


def _complain(text: str, code: int) -> int:
    _say(f"pop3lab: {text}\n")
    return code


def _say(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        pass  # nobody listens
