"""The target of a database: what libpq makes of it, and what a server does with it."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg import conninfo

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest

_BOUNDS = {"lease": (1.0, 3600.0), "connections": (1, 1000), "answer": (0.1, 600.0)}


class DatabaseAddress(NamedTuple):
    """A database, and how it is used.

    parameters: of a connection. lease: seconds after which the maildrops of a server that is gone
    are free. connections: at most, and one more. answer: seconds that the database may take for
    one.
    """

    parameters: Mapping[str, Any]
    lease: float = 30.0
    connections: int = 16
    answer: float = 5.0


def parse_address(target: str) -> DatabaseAddress:
    """Parse a target: an address as libpq takes it, and in its query perhaps own words.

    Connections are to a server that takes writes, and have no prepared statements, of which
    pgbouncer knows nothing. Raises ConfigError.
    """
    place, _, text = target.partition("?")
    # To libpq, a + is no space.
    query = parse_qsl(text.replace("+", "%2B"), keep_blank_values=True)
    own = {name: _number(name, text) for name, text in query if name in _BOUNDS}
    rest = urlencode([(name, text) for name, text in query if name not in _BOUNDS], quote_via=quote)
    try:
        given: dict[str, Any] = dict(conninfo.conninfo_to_dict(f"{place}?{rest}"))
    except psycopg.ProgrammingError as error:
        raise ConfigError(f"TARGET is not the address of a database: {_reason(error)}") from error
    if "connections" in own:
        own["connections"] = int(own["connections"])
    address = DatabaseAddress({}, **own)  # type: ignore[arg-type]
    parameters = {
        "target_session_attrs": "read-write",
        "connect_timeout": max(2, round(address.answer)),
        "application_name": "pop3lab",
        **given,
        "autocommit": True,
        "prepare_threshold": None,
    }
    return address._replace(parameters=parameters)


def _number(name: str, text: str) -> float:
    least, most = _BOUNDS[name]
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise ConfigError(f"{name}={text}: must be a number from {least:g} to {most:g}")
    return number


def _reason(error: Exception) -> str:
    """What libpq says, and of a misspelt word, which it may be."""
    text = str(error).strip()
    word = text.rpartition('"')[0].rpartition('"')[2]
    return text + (nearest(word, [*_BOUNDS, "sslmode", "host", "port"]) if word else "")
