"""A scenario: ready to serve, and to judge what clients did."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pop3lab.behaviours.catalogue import make_rule, parse_rule
from pop3lab.core.config import Limits
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.reading import MAX_MESSAGE_FILE, read_whole
from pop3lab.observe.expectations import mismatch
from pop3lab.observe.session_record import SessionRecord
from pop3lab.rules.rule import Rule
from pop3lab.scenario.loader import Table, read_tables
from pop3lab.testing.messages import Message, MessageContent, generate
from pop3lab.testing.on_disk import check_message_folder, one_message
from pop3lab.testing.options import USERS
from pop3lab.testing.pop3_server import Pop3Server

_OPTIONS = {"profile": "profile", "tls": "tls", "auth": "auth", "authzid": "authzid"}
_OPTIONS |= {"claims": "claims", "idle": "idle"}
_OPTIONS |= {"login-delay": "login_delay", "utf8": "utf8", "seed": "seed"}


@dataclass(frozen=True)
class Scenario:
    """A scenario, as load_scenario() reads it from a file.

    Attributes:
        options: Options of Pop3Server.
        expected: The commands or the dialogue that each session must have, in order.
    """

    options: Mapping[str, Any]
    expected: Sequence[Sequence[str] | str]

    def server(self, **more: Any) -> Pop3Server:
        """Return a server that is not started yet.

        Args:
            more: Options of Pop3Server that replace those of the file.
        """
        return Pop3Server(**{**self.options, **more})

    def mismatches(self, sessions: Sequence[SessionRecord]) -> Iterator[str]:
        """Compare sessions with the expectations.

        Args:
            sessions: The records of the sessions, in order.

        Returns:
            A text for each session that differs or is missing.
        """
        for nth, expected in enumerate(self.expected, 1):
            if nth > len(sessions):
                yield f"session {nth} is missing"
            elif differs := mismatch(sessions[nth - 1], expected):
                yield str(differs)


def load_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file.

    Args:
        path: The TOML file.

    Returns:
        The scenario.

    Raises:
        ConfigError: The file has a mistake; the text gives its place.
    """
    file = Path(path)
    tables = read_tables(file)
    server = dict(next(iter(tables.get("server", [])), {}))
    quirks = [
        _placed(f"{file}: server.quirks[{nth}]", parse_rule, text)
        for nth, text in enumerate(server.pop("quirks", []), 1)
    ]
    rules = [
        _placed(f"{file}: rule[{nth}]", _rule, table)
        for nth, table in enumerate(tables.get("rule", []), 1)
    ]
    options: dict[str, Any] = {_OPTIONS[name]: value for name, value in server.items()}
    options["rules"] = [*quirks, *rules]
    if limits := tables.get("limits"):
        options["limits"] = _limits(limits[0])
    if users := tables.get("user"):
        options["users"] = _users(file, users)
    options["messages"] = _messages(file, tables.get("message", []), options.get("users", USERS))
    scenario = Scenario(
        options,
        [
            _placed(f"{file}: expect[{nth}]", _expected, table)
            for nth, table in enumerate(tables.get("expect", []), 1)
        ],
    )
    _placed(str(file), lambda made: made.server(), scenario)
    return scenario


def _placed(place: str, make: Callable[[Any], Any], value: Any) -> Any:
    try:
        return make(value)
    except (ConfigError, TypeError, ValueError, OSError) as error:
        raise ConfigError(f"{place}: {error}") from None


def _rule(table: Table) -> Rule:
    return make_rule(table.get("when", ""), table["do"], table.get("times"))


def _limits(table: Table) -> Limits:
    return Limits(**{name.replace("-", "_"): value for name, value in table.items()})


def _users(file: Path, tables: Sequence[Table]) -> Mapping[str, str]:
    users: dict[str, str] = {}
    for nth, table in enumerate(tables, 1):
        if table["name"] in users:
            raise ConfigError(f"{file}: user[{nth}].name: {table['name']!r} is given twice")
        users[table["name"]] = table["password"]
    return users


def _messages(
    file: Path, tables: Sequence[Table], users: Mapping[str, str]
) -> Mapping[str, list[Any]]:
    messages: dict[str, list[Any]] = {}
    first = next(iter(users))
    for nth, table in enumerate(tables, 1):
        at, user = f"{file}: message[{nth}]", table.get("user", first)
        if user not in users:
            raise ConfigError(f"{at}.user: unknown user {user!r}{nearest(user, users)}")
        made = _placed(at, lambda one: list(_made(file, one)), table)
        messages.setdefault(user, []).extend(made)
    return messages


def _made(file: Path, table: Table) -> Iterator[MessageContent | Any]:
    if "generate" in table:
        yield generate(table["generate"], **({"size": table["size"]} if "size" in table else {}))
    elif "folder" in table:
        folder = file.parent / table["folder"]
        check_message_folder(str(folder), links=True)
        yield from sorted(one for one in folder.iterdir() if one.is_file() and one.name[0] != ".")
    elif "file" in table:
        path = str(file.parent / table["file"])
        yield Message(one_message(read_whole(path, MAX_MESSAGE_FILE), path), table.get("uid", ""))
    else:
        yield Message(table["text"], table.get("uid", ""))


def _expected(table: Table) -> Sequence[str] | str:
    expected: Sequence[str] | str = table["commands" if "commands" in table else "transcript"]
    mismatch(SessionRecord(0, "", 0.0), expected)  # finds a mistake in it now
    return expected
