"""The commands of `pop3lab`, and which module runs each.

What is imported here is imported before the port line: nothing at all.
"""


class Command:
    """A row of the table.

    operands: as in the usage. meaning: a phrase. module: runs it; its OPTIONS are those of the
    command. Without one, it has the options of the server.
    """

    __slots__ = ("meaning", "module", "operands")

    def __init__(self, operands: str, meaning: str, module: str = "") -> None:
        self.operands = operands
        self.meaning = meaning
        self.module = module


_EXPLAIN = "pop3lab.cli.explain"

COMMANDS = {
    "serve": Command("TARGET", "serve maildrops until SIGTERM or SIGINT"),
    "doctor": Command("TARGET", "show each setting with its origin, and check what can be checked"),
    "passwd": Command(
        "NAME",
        "print a line for a users file; the password comes from the terminal or stdin",
        "pop3lab.cli.passwd",
    ),
    "quirks": Command(
        "[NAME ...]", "list the standing peculiarities of servers, or explain some", _EXPLAIN
    ),
    "faults": Command(
        "[NAME ...]", "list what can go wrong at a point of a session, or explain some", _EXPLAIN
    ),
    "attacks": Command(
        "[NAME ...]", "list what a hostile server may try on a client, or explain some", _EXPLAIN
    ),
    "profiles": Command(
        "[NAME ...]", "list the servers that can be imitated, or explain some", _EXPLAIN
    ),
    "scenario": Command(
        "check FILE ... | run FILE | schema",
        "check a scenario, run it, or print the JSON Schema of scenarios",
        "pop3lab.cli.scenario",
    ),
    "record": Command(
        "HOST:PORT",
        "stand between a client and a server, and write down what they say",
        "pop3lab.cli.record",
    ),
    "replay": Command("FILE", "play the server's side of a transcript", "pop3lab.cli.replay"),
    "help": Command("[COMMAND]", "print this, or the help of a command"),
    "version": Command("", "print the version"),
}
