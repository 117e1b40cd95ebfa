"""`pop3lab`: runs a command, or serves a folder; turns errors into exit codes.

These imports delay the port line, so nothing heavy is imported here.
"""

import os
import sys

from pop3lab._version import __version__
from pop3lab.cli.commands import CLI_COMMANDS, check_system
from pop3lab.cli.start import check_directory, start
from pop3lab.cli.words import Words, server_texts
from pop3lab.config.checks import check_settings
from pop3lab.config.options import STDERR, TABLE, Settings
from pop3lab.config.reading import Loaded, load, load_directory
from pop3lab.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Exit codes; 1 is the negative verdict of other commands.
CLEAN, USAGE, UNAVAILABLE, INTERNAL, INTERRUPTED = 0, 2, 3, 4, 130

# Dependencies, which may be missing if pop3lab was put on the path by hand.
_LIBRARIES = ("cryptography", "scramp", "trustme")

_HELP, _VERSION = ("-h", "--help"), ("-V", "--version")


def main(argv: list[str] | None = None, environ: "Mapping[str, str]" = os.environ) -> int:
    """Run a command; return its exit code."""
    _have_streams()
    try:
        return _run(sys.argv[1:] if argv is None else argv, environ)
    except ConfigError as error:
        return _complain(str(error), USAGE)
    except BrokenPipeError:
        return _unread()
    except OSError as error:
        return _complain(_said(error), UNAVAILABLE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001
        return _unforeseen(error)


def _unforeseen(error: Exception) -> int:
    """Report a missing library, or the traceback of a bug."""
    if isinstance(error, ModuleNotFoundError) and error.name in _LIBRARIES:
        text = f"the library {error.name} is missing: pip install {error.name}"
        return _complain(text, UNAVAILABLE)
    from traceback import print_exception

    print_exception(error)
    return INTERNAL


def _run(words: "Sequence[str]", environ: "Mapping[str, str]") -> int:
    name, rest = (words[0], words[1:]) if words else ("", [])
    if name == "help":
        return _help(*rest[:1])
    if any(word in _HELP for word in words):
        return _print_help(name)
    if name == "version" or any(word in _VERSION for word in words):
        return _print(f"pop3lab {__version__}\n")
    if name not in CLI_COMMANDS or not CLI_COMMANDS[name].everywhere:
        check_system()
    if name not in CLI_COMMANDS:
        return _directory(words)
    if module := CLI_COMMANDS[name].module:
        from importlib import import_module

        return int(import_module(module).run(name, rest))
    loaded = load(server_texts(rest), environ)
    return _serve(loaded.settings) if name == "serve" else _doctor(loaded)


def _help(name: str = "") -> int:
    if name and name not in (*CLI_COMMANDS, *_HELP):
        from pop3lab.core.suggest import nearest

        hint = nearest(name, CLI_COMMANDS) or "; `pop3lab help` lists all"
        raise ConfigError(f"unknown command {name!r}{hint}")
    return _print_help(name)


def _print_help(name: str) -> int:
    from pop3lab.cli.help import command_help, overview

    return _print(command_help(name) if name in CLI_COMMANDS else overview())


def _directory(words: "Sequence[str]") -> int:
    """Run `pop3lab DIR [keyword ...]`, compatible with the test server of Perl's Mail::Box."""
    asked = Words(TABLE.values(), words)
    if not asked.operands:
        raise ConfigError(
            "no folder given; usage: pop3lab DIR [keyword ...] [option ...], or pop3lab COMMAND ..."
        )
    folder, *keywords = asked.operands
    settings = load_directory(asked.texts, keywords).settings
    check_directory(folder, settings.on_delete)
    return _serve(settings.replace(target=folder))


def _serve(settings: Settings) -> int:
    for warning in check_settings(settings):
        _warn(settings, warning)
    return start(settings)


def _warn(settings: Settings, text: str) -> None:
    """Write a warning to stderr, as JSON if events go there."""
    line = f"pop3lab: warning: {text}"
    if settings.events == STDERR:
        from json import dumps

        line = dumps({"event": "note", "text": line})
    _say(f"{line}\n")


def _doctor(loaded: Loaded) -> int:
    from pop3lab.auth.users_file import read_users_file
    from pop3lab.cli import factories as parts
    from pop3lab.cli.doctor import maildrop_findings
    from pop3lab.config.diagnostics import diagnose

    parts.rules(loaded.settings)
    text, good = diagnose(loaded, read_users_file, maildrop_findings, parts.tls, parts.doubts)
    _print(text)
    return CLEAN if good else USAGE


def _have_streams() -> None:
    """Replace closed standard streams, which are None.

    The next file opened would take the lowest free descriptor, and get output meant for stdout.
    """
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - for as long as we live
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def _print(text: str) -> int:
    """Write to stdout, whose reader may be gone."""
    sys.stdout.write(text)
    sys.stdout.flush()
    return CLEAN


def _unread() -> int:
    """Redirect stdout, which nobody reads, so that flushing it at exit does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLEAN


def _complain(text: str, code: int) -> int:
    _say(f"pop3lab: {text}\n")
    return code


def _say(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads it


def _said(error: OSError) -> str:
    text = error.strerror or str(error)
    return text if error.filename is None else f"{error.filename}: {text}"
