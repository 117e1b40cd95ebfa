"""The texts of `pop3lab --help` and `pop3lab COMMAND --help`."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import wrap

from pop3lab.cli.command_options import options_of
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.config.option import COMMAND_LINE, LIMITS, Option
from pop3lab.config.options import DIRECTORY, DIRECTORY_KEYWORDS, TABLE
from pop3lab.config.types import FLAG
from pop3lab.control.commands import CONTROL_COMMANDS as CONTROL
from pop3lab.core.config import Limits
from pop3lab.observe.counters import COUNTED

_WIDTH = 100
_COLUMN = 30  # where the meanings begin

_SOURCES = """\
Each option is also an environment variable (POP3LAB_TLS_PORT for --tls-port) and a key of the TOML
file (tls-port = 1995). The command line takes precedence over the environment, and the environment
over the file; users of all three are combined. In a variable, separate several values by spaces,
and rules by line ends. In the file, users and rules are tables: [[user]] with name, password,
maildrop, and [[rule]] with when, do, times. Without --config, the file is
$XDG_CONFIG_HOME/pop3lab/config.toml, if it exists.
"""

_EXIT_CODES = """\
exit codes: 0 clean shutdown, 2 wrong usage or settings, 3 cannot listen or read the messages,
4 internal error, 130 second SIGINT
"""


def overview() -> str:
    """Return the help of `pop3lab DIR`, with all commands."""
    keywords = "".join(_entry(word, meaning) for word, meaning in DIRECTORY_KEYWORDS.items())
    keywords += _entry("...", "any quirk by name; quote one with values: 'NAME VALUE'")
    commands = "".join(_entry(name, row.meaning) for name, row in CLI_COMMANDS.items())
    rows = [row for row in TABLE.values() if not row.operand]
    lines = "".join(f"  {row.usage}\n{_below(row.meaning)}" for row in CONTROL.values())
    counted = "".join(_entry(name, meaning) for name, meaning in COUNTED.items())
    return f"""\
usage: pop3lab DIR [keyword ...] [option ...]
       pop3lab COMMAND ...

Serve the files of a folder as messages by POP3 on 127.0.0.1, user `user`, password `password`.
The first line of stdout is the port; the statistics follow when the server shuts down (SIGTERM,
SIGINT, or the POP3 commands EXIT and QUIT).

keywords, any number in any order:
{keywords}
commands (write ./serve for a folder of that name):
{commands}
More: pop3lab help COMMAND

options: those of pop3lab serve, with defaults for DIR; the environment is not read, and settings
are read from no file except that of --config:
{"".join(_grouped(rows, directory=True))}
commands of --control:
{lines}
counters, besides each verb:
{counted}
{_EXIT_CODES}"""


def command_help(command: str) -> str:
    """Return the help of one command."""
    row = CLI_COMMANDS[command]
    rows = [each for each in options_of(command) if not each.operand]
    usage = " ".join(filter(None, ("pop3lab", command, row.operands)))
    text = f"usage: {usage}{' [option ...]' if rows else ''}\n\n"
    text += f"{row.meaning[0].upper()}{row.meaning[1:]}.\n"
    if command in ("serve", "doctor"):
        target = next(each for each in TABLE.values() if each.operand)
        text += f"\n{_entry(target.type.metavar, target.help)}"
        return f"{text}{''.join(_grouped(rows))}\n{_SOURCES}\n{_EXIT_CODES}"
    return text + (f"\noptions:\n{''.join(map(_option, rows))}" if rows else "")


def default_of(row: Option, *, directory: bool = False) -> str:
    """Return the default of an option as text; empty if there is nothing to show."""
    value = row.default
    own = DIRECTORY["limit_values"] if row.group == LIMITS else DIRECTORY
    if row.group == LIMITS:
        value = getattr(Limits(), row.attribute)
    if directory and row.attribute in own:  # type: ignore[operator]
        value = own[row.attribute]  # type: ignore[index]
    nothing = value is None or value is False or value in ((), "")
    return "" if nothing else row.show(value)


def _grouped(rows: Iterable[Option], *, directory: bool = False) -> Iterator[str]:
    shown = [row for row in rows if row.where & COMMAND_LINE]
    for group, members in groupby(shown, lambda row: row.group):
        yield f"\n{group}:\n"
        yield from (_option(row, directory=directory) for row in members)


def _option(row: Option, *, directory: bool = False) -> str:
    return _entry(option_usage(row), option_meaning(row, directory=directory))


def option_usage(row: Option) -> str:
    """Return how an option is written: `--port PORT`, `--tls, --no-tls`."""
    if row.type is FLAG:
        return f"{row.word}, --no-{row.name}"
    return f"{row.word}[={row.type.metavar}]" if row.bare else f"{row.word} {row.type.metavar}"


def option_meaning(row: Option, *, directory: bool = False) -> str:
    """Return the meaning of an option, with its default."""
    more = "; may be given several times" if row.many else ""
    if default := default_of(row, directory=directory):
        more += f" (default: {default})"
    return row.help + more


def _entry(term: str, meaning: str) -> str:
    """Return a term and its meaning, beside it or on the next line."""
    first, *rest = wrap(meaning, _WIDTH - _COLUMN)
    beside = f"  {term}".ljust(_COLUMN)
    if len(beside) > _COLUMN or not beside.endswith(" "):
        beside = f"  {term}\n{' ' * _COLUMN}"
    return f"{beside}{first}\n" + "".join(f"{' ' * _COLUMN}{line}\n" for line in rest)


def _below(meaning: str) -> str:
    return "".join(f"      {line}\n" for line in wrap(meaning, _WIDTH - 6))
