"""The control commands that change users and tokens of a running server."""

import json
from typing import Protocol

from pop3lab.auth.account_table import AccountTable
from pop3lab.core.errors import ConfigError


class LiveAccounts(Protocol):
    """The accounts of a running server."""

    @property
    def table(self) -> AccountTable:
        """Users and tokens as they are now."""

    def change(self, table: AccountTable) -> None:
        """Have this table from now on, for later logins. Raises ConfigError."""

    def check_known(self, user: str) -> None:
        """Raise ConfigError if nobody could log in by this name."""


# Each gets what stands behind the command, and returns the answer. They raise ConfigError.


def list_users(accounts: LiveAccounts, text: str) -> str:
    """Return the names as JSON."""
    return json.dumps(accounts.table.users)


def add_user(accounts: LiveAccounts, text: str) -> str:
    """Add a user: `NAME PASSWORD`."""
    accounts.change(accounts.table.with_user(*_two(text, "add-user NAME PASSWORD")))
    return ""


def set_password(accounts: LiveAccounts, text: str) -> str:
    """Change a password: `NAME PASSWORD`."""
    accounts.change(accounts.table.with_password(*_two(text, "set-password NAME PASSWORD")))
    return ""


def remove_user(accounts: LiveAccounts, text: str) -> str:
    """Remove a user: `NAME`."""
    accounts.change(accounts.table.without_user(text))
    return ""


def add_token(accounts: LiveAccounts, text: str) -> str:
    """Add or renew a token: `TOKEN USER[,USER...]`."""
    token, users = _two(text, "add-token TOKEN USER")
    accounts.change(accounts.table.with_token(token, users.split(",")))
    return ""


def expire_token(accounts: LiveAccounts, text: str) -> str:
    """Let a token expire: `TOKEN`."""
    accounts.change(accounts.table.with_expired(text))
    return ""


def _two(text: str, usage: str) -> tuple[str, str]:
    first, _, second = text.partition(" ")
    if not second.strip():
        raise ConfigError(f"write {usage}")
    return first, second.strip()
