"""The control commands that change users and tokens of a running server."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from pop3lab.auth.account_table import AccountTable
from pop3lab.core.errors import ConfigError


class LiveAccounts(Protocol):
    """The accounts of a running server."""

    @property
    def table(self) -> AccountTable:
        """Users and tokens as they are now."""

    def change(self, change: Callable[[AccountTable], AccountTable]) -> None:
        """Have the changed table from now on, for later logins. Raises ConfigError."""

    def check_known(self, user: str) -> None:
        """Raise ConfigError if nobody could open a maildrop of this name."""


class AccountCommand(NamedTuple):
    """A row of the table. run: gets what stands behind the command; raises ConfigError."""

    usage: str
    meaning: str
    run: Callable[[LiveAccounts, str], str]


def _list_users(accounts: LiveAccounts, text: str) -> str:
    """Return the names as JSON."""
    return json.dumps(accounts.table.users)


def _add_user(accounts: LiveAccounts, text: str) -> str:
    """Add a user: `NAME PASSWORD`."""
    name, password = _two(text, "add-user NAME PASSWORD")
    accounts.change(lambda table: table.with_user(name, password))
    return ""


def _set_password(accounts: LiveAccounts, text: str) -> str:
    """Change a password: `NAME PASSWORD`."""
    name, password = _two(text, "set-password NAME PASSWORD")
    accounts.change(lambda table: table.with_password(name, password))
    return ""


def _remove_user(accounts: LiveAccounts, text: str) -> str:
    """Remove a user: `NAME`."""
    accounts.change(lambda table: table.without_user(text))
    return ""


def _add_token(accounts: LiveAccounts, text: str) -> str:
    """Add or renew a token: `TOKEN USER[,USER...]`."""
    token, users = _two(text, "add-token TOKEN USER")
    accounts.change(lambda table: table.with_token(token, users.split(",")))
    return ""


def _expire_token(accounts: LiveAccounts, text: str) -> str:
    """Let a token expire: `TOKEN`."""
    accounts.change(lambda table: table.with_expired(text))
    return ""


def _two(text: str, usage: str) -> tuple[str, str]:
    first, _, second = text.partition(" ")
    if not second.strip():
        raise ConfigError(f"write {usage}")
    return first, second.strip()


_ROWS = (
    AccountCommand("users", "list the users who have a password or a token, as JSON", _list_users),
    AccountCommand("add-user NAME PASSWORD", "add a user", _add_user),
    AccountCommand(
        "set-password NAME PASSWORD", "change a password for later logins", _set_password
    ),
    AccountCommand(
        "remove-user NAME", "refuse later logins of the user; the messages stay", _remove_user
    ),
    AccountCommand(
        "add-token TOKEN USER[,USER...]",
        "add or renew a token for OAuth, which opens the maildrops of these users, the owner first",
        _add_token,
    ),
    AccountCommand("expire-token TOKEN", "refuse the token from now on", _expire_token),
)
ACCOUNT_COMMANDS: Mapping[str, AccountCommand] = {row.usage.split()[0]: row for row in _ROWS}
