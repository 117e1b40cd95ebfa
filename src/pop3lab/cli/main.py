"""The commands but for the seed's: a word becomes a call, an error an exit code."""

import os
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module

from pop3lab.cli.parser import Command, command
from pop3lab.config.loader import load
from pop3lab.config.validation import check
from pop3lab.core.errors import ConfigError

# Exit codes; 1 is for the verdicts of other commands.
CLEAN, USAGE, UNAVAILABLE, INTERNAL, INTERRUPTED = 0, 2, 3, 4, 130


# Of the commands that read their words themselves.
_MODULES = {
    "quirks": "pop3lab.cli.explain",
    "faults": "pop3lab.cli.explain",
    "attacks": "pop3lab.cli.explain",
    "profiles": "pop3lab.cli.explain",
    "scenario": "pop3lab.cli.scenario",
    "record": "pop3lab.cli.record",
    "replay": "pop3lab.cli.replay",
}


def main(argv: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run a command; the answer is its exit code."""
    try:
        return _run(command(sys.argv[1:] if argv is None else argv), environ)
    except ConfigError as error:
        return _complain(str(error), USAGE)
    except BrokenPipeError:
        return _unread()
    except OSError as error:
        return _complain(_said(error), UNAVAILABLE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - a bug of ours; its traceback is for the report
        traceback.print_exc()
        return INTERNAL


def _run(asked: Command, environ: Mapping[str, str]) -> int:
    if asked.help:
        return _print(asked.help)
    match asked.name:
        case "passwd":
            return _passwd(asked)
        case "doctor":
            return _doctor(asked, environ)
        case "serve":
            return _serve(asked, environ)
        case _:
            return int(import_module(_MODULES[asked.name]).run(asked.name, asked.operands))


def _serve(asked: Command, environ: Mapping[str, str]) -> int:
    settings = load(asked.words, environ).settings
    for warning in check(settings):
        _complain(f"warning: {warning}", CLEAN)

    from pop3lab.cli.serve import serve

    return serve(settings)


def _doctor(asked: Command, environ: Mapping[str, str]) -> int:
    from pop3lab.auth.users_file import read_users_file
    from pop3lab.cli import factories as parts
    from pop3lab.cli.doctor import findings
    from pop3lab.config.diagnostics import diagnose

    loaded = load(asked.words, environ)
    parts.rules(loaded.settings)
    text, good = diagnose(loaded, read_users_file, findings, parts.tls, parts.doubts)
    for target in parts.half_done(loaded.settings):
        text += f"{target!r} was left half-done by a server that was killed; a start finishes it.\n"
    _print(text)
    return CLEAN if good else USAGE


def _passwd(asked: Command) -> int:
    from pop3lab.auth.users_file import make_entry

    [name] = asked.operands
    options = {} if asked.scheme is None else {"scheme": asked.scheme}
    return _print(make_entry(name, _password(name), **options) + "\n")


def _password(name: str) -> str:
    """Twice from a terminal, without echo; else the first line of stdin. Raises ConfigError."""
    if sys.stdin.isatty():
        from getpass import getpass

        password = getpass(f"Password of {name}: ", sys.stderr)
        if getpass("Once more: ", sys.stderr) != password:
            raise ConfigError("the two passwords differ")
    else:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not password:
        raise ConfigError("an empty password lets everybody in: give one")
    return password


def _print(text: str) -> int:
    """To stdout; whoever reads it may be gone."""
    sys.stdout.write(text)
    sys.stdout.flush()
    return CLEAN


def _unread() -> int:
    """Nobody reads stdout any more: what is left in it must not fail at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLEAN


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"pop3lab: {text}\n")
    return code


def _said(error: OSError) -> str:
    text = error.strerror or str(error)
    return text if error.filename is None else f"{error.filename}: {text}"
