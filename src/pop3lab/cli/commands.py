"""The commands of `pop3lab` and the modules that run them.

These imports delay the port line, so nothing heavy is imported here.
"""

import sys

from pop3lab.core.errors import ConfigError


class CliCommand:
    """A row of the table.

    operands: as in the usage. meaning: a phrase. module: runs the command and has its OPTIONS; if
    empty, the command has the options of the server. everywhere: it works on Windows, too.
    """

    __slots__ = ("everywhere", "meaning", "module", "operands")

    def __init__(
        self, operands: str, meaning: str, module: str = "", *, everywhere: bool = False
    ) -> None:
        self.operands = operands
        self.meaning = meaning
        self.module = module
        self.everywhere = everywhere


def check_system() -> None:
    """Raise ConfigError on Windows, where only Pop3Server can serve."""
    if sys.platform == "win32":
        raise ConfigError("the command needs Linux or macOS; on Windows use Pop3Server, or WSL")


_EXPLAIN = "pop3lab.cli.explain"

CLI_COMMANDS = {
    "serve": CliCommand("TARGET", "serve maildrops until SIGTERM or SIGINT"),
    "doctor": CliCommand(
        "TARGET", "check what can be checked, and show each setting with its origin"
    ),
    "deliver": CliCommand(
        "TARGET [FILE]",
        "store a message from FILE or stdin in a user's maildrop, for mail servers",
        "pop3lab.cli.deliver",
    ),
    "passwd": CliCommand(
        "NAME",
        "print a line for a users file; the password comes from the terminal or stdin",
        "pop3lab.cli.passwd",
        everywhere=True,
    ),
    "db": CliCommand(
        "init DATABASE | upgrade DATABASE | check DATABASE | user DATABASE NAME ..."
        " | import DATABASE TARGET NAME ...",
        "make the tables of maildrops in PostgreSQL, check them, add maildrops, copy messages",
        "pop3lab.cli.db",
    ),
    "quirks": CliCommand(
        "[NAME ...]",
        "list the lasting peculiarities of servers, or explain some",
        _EXPLAIN,
        everywhere=True,
    ),
    "faults": CliCommand(
        "[NAME ...]",
        "list the faults at a point of a session, or explain some",
        _EXPLAIN,
        everywhere=True,
    ),
    "attacks": CliCommand(
        "[NAME ...]",
        "list the tricks of hostile servers, or explain some",
        _EXPLAIN,
        everywhere=True,
    ),
    "profiles": CliCommand(
        "[NAME ...]",
        "list the servers that pop3lab imitates, or explain some",
        _EXPLAIN,
        everywhere=True,
    ),
    "scenario": CliCommand(
        "check FILE ... | run FILE | schema",
        "check a scenario, run it, or print the JSON Schema of scenarios",
        "pop3lab.cli.scenario",
        everywhere=True,
    ),
    "record": CliCommand(
        "HOST:PORT",
        "relay a client to a server, and record a transcript",
        "pop3lab.cli.record",
    ),
    "replay": CliCommand("FILE", "play the server's side of a transcript", "pop3lab.cli.replay"),
    "transcript": CliCommand(
        "FILE",
        "print a transcript as text, as a page, or as JSON lines",
        "pop3lab.cli.transcript",
        everywhere=True,
    ),
    "check": CliCommand(
        "DRIVER | FILE.toml | -- COMMAND ...",
        "try a program that fetches mail in many situations, and judge what it does",
        "pop3lab.cli.check",
    ),
    "cases": CliCommand(
        "[NAME ...]",
        "list the situations in which check tries a client, or explain some",
        "pop3lab.cli.cases",
        everywhere=True,
    ),
    "drivers": CliCommand(
        "[NAME ...]",
        "list the programs that check can drive, or print the drivers of some",
        "pop3lab.cli.drivers",
        everywhere=True,
    ),
    "report": CliCommand(
        "RESULTS.json ... | schema",
        "make a site of several reports side by side, or print the JSON Schema of results.json",
        "pop3lab.cli.report",
        everywhere=True,
    ),
    "helper": CliCommand(
        "[LANGUAGE]",
        "print the file that starts a server in tests of another language, or list the languages",
        "pop3lab.cli.helper",
    ),
    "completion": CliCommand(
        "bash | zsh | fish",
        "print the script that completes command lines in a shell",
        "pop3lab.cli.completion",
        everywhere=True,
    ),
    "help": CliCommand("[COMMAND]", "print this help, or that of a command"),
    "version": CliCommand("", "print the version"),
}
