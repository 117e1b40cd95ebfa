"""The commands; the options of `serve` and `doctor` are the rows of the table."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from pop3lab.config.fields import Option, SettingSource
from pop3lab.config.settings import TABLE
from pop3lab.config.types import FLAG, nearest
from pop3lab.core.errors import ConfigError

COMMANDS = {
    "serve": "serve maildrops until SIGTERM or SIGINT",
    "doctor": "show each setting with its origin, and check what can be checked",
    "passwd": "print a line for a users file; the password comes from the terminal or stdin",
    "quirks": "list the standing peculiarities of servers, or explain some",
    "faults": "list what can go wrong at a point of a session, or explain some",
    "attacks": "list what a hostile server may try on a client, or explain some",
    "profiles": "list the servers that can be imitated, or explain some",
    "scenario": "check a scenario, or print the JSON Schema of scenarios",
    "record": "stand between a client and a server, and write down what they say",
    "replay": "play the server's side of a transcript",
}

_WITH_SETTINGS = ("serve", "doctor")

_END = """\
Each option is also a variable, --tls-port POP3LAB_TLS_PORT, and a key of the TOML file,
tls-port = 1995; the command line wins over the environment, and that over the file; only users are
those of all three. In the file these are tables: [[user]] with name, password, maildrop. Without
--config the file is
$XDG_CONFIG_HOME/pop3lab/config.toml, if it is there.

exit codes: 0 a clean end, 2 wrong usage or settings, 3 cannot listen or read the messages,
4 an internal error, 130 a second SIGINT
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line that is understood.

    words: for `serve` and `doctor`, what was given to each setting. operands: of passwd its name,
    of the others all words, which they read themselves. help: the text asked for, or nothing.
    """

    name: str
    words: Mapping[str, Sequence[str]]
    operands: Sequence[str] = ()
    scheme: str | None = None
    help: str = ""


def command(words: Sequence[str]) -> Command:
    """The command line without the program's name. Raises ConfigError."""
    name, *rest = words or ["--help"]
    if name in ("-h", "--help"):
        return Command("help", {}, help=_overview())
    if name not in COMMANDS:
        raise ConfigError(f"{name!r} is no command, {nearest(name, list(COMMANDS))}")
    if name == "passwd":
        return _passwd(rest)
    return _serve(name, rest) if name in _WITH_SETTINGS else Command(name, {}, rest)


class Parser(argparse.ArgumentParser):
    """Raises ConfigError instead of ending the process, and takes no operands itself."""

    def __init__(self, name: str, operands: str, end: str = "") -> None:
        super().__init__(
            usage=f"pop3lab {name} {operands} [option ...]",
            description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
            epilog=end,
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
                prog, max_help_position=30, width=100
            ),
            add_help=False,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
        )
        self.add_argument("-h", "--help", action="store_true", help="print this")

    def error(self, message: str) -> NoReturn:
        """As argparse calls it."""
        raise ConfigError(message.removeprefix("argument "))

    def take(self, words: Sequence[str]) -> tuple[dict[str, object], list[str]]:
        """What was given to each option, and the operands. Raises ConfigError."""
        found, rest = self.parse_known_args(words)
        operands = [word for word in rest if not word.startswith("-")]
        for word in rest:
            if word not in operands and word != "--":
                option = word.partition("=")[0]
                known = [name for name in self._option_string_actions if name.startswith("--")]
                raise ConfigError(f"unknown option {option!r}, {nearest(option, known)}")
        return vars(found), operands


def _serve(name: str, words: Sequence[str]) -> Command:
    operand = next(row for row in TABLE.values() if row.setting.operand)
    parser = Parser(name, operand.setting.kind.metavar, _END)
    groups: dict[str, argparse._ArgumentGroup] = {}
    for row in TABLE.values():
        group = row.setting.group
        if group not in groups:
            groups[group] = parser.add_argument_group(group)
        _add(groups[group], row)
    found, operands = parser.take(words)
    if found.pop("help", False):
        return Command(name, {}, help=parser.format_help())
    given = {
        key: [_joined(TABLE[key], one) for one in value]
        if isinstance(value, list)
        else [str(value)]
        for key, value in found.items()
    }
    if len(operands) > 1:
        raise ConfigError(f"{operands[1]!r} is one {operand.setting.kind.metavar} too many")
    if operands:
        given[operand.name] = operands
    return Command(name, given)


def _joined(row: Option, given: object) -> str:
    return row.setting.kind.join.join(given) if isinstance(given, list) else str(given)


def _add(group: "argparse._ArgumentGroup", row: Option) -> None:
    setting = row.setting
    if SettingSource.COMMAND_LINE not in setting.where:
        return
    if setting.kind is FLAG:
        group.add_argument(
            row.option, dest=row.name, action=argparse.BooleanOptionalAction, help=_help(row)
        )
        return
    group.add_argument(
        row.option,
        dest=row.name,
        action="append" if row.many else "store",
        nargs=setting.kind.words if setting.kind.words > 1 else None,
        metavar=tuple(setting.kind.metavar.split())
        if setting.kind.words > 1
        else setting.kind.metavar,
        help=_help(row),
    )


def _help(row: Option) -> str:
    """With what the reader has to know besides: several times, or the default."""
    more = "; may be given several times" if row.many else ""
    if row.default not in (None, (), False):
        more += f" (default: {row.show(row.default)})"
    return (row.setting.help + more).replace("%", "%%")


def _passwd(words: Sequence[str]) -> Command:
    parser = Parser("passwd", "NAME")
    parser.add_argument("--scheme", metavar="SCHEME", help="as in {SCHEME}hash of a users file")
    found, operands = parser.take(words)
    if "help" in found:
        return Command("passwd", {}, help=parser.format_help())
    if len(operands) != 1:
        raise ConfigError("passwd needs one NAME")
    scheme = found.get("scheme")
    return Command("passwd", {}, operands, None if scheme is None else str(scheme))


def _overview() -> str:
    lines = "".join(f"  {name:<8} {meaning}\n" for name, meaning in COMMANDS.items())
    return f"usage: pop3lab COMMAND ...\n\n{lines}\nMore: pop3lab COMMAND --help\n"
