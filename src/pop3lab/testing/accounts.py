"""The accounts of a server under test, which can change while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import RLock

from pop3lab.auth.account_table import AccountTable
from pop3lab.auth.tokens import TokenState
from pop3lab.core.errors import ConfigError
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.options import Options, users_of


class CurrentOptions:
    """The options of a server, of which the accounts can change until reset()."""

    def __init__(self, options: Options, store: InMemoryStore) -> None:
        self.now = options
        self.store = store
        self.lock = RLock()
        self._first = options

    def reset(self) -> None:
        """Restore the accounts of the start."""
        with self.lock:
            self.now = self._first


class AccountControl:
    """A server whose users and tokens can change while it runs.

    Changes hold for later logins, until reset(). Open sessions continue.
    """

    def __init__(self, lifecycle: ServerLifecycle, current: CurrentOptions) -> None:
        self._server = lifecycle
        self._current = current

    @property
    def user(self) -> str:
        """The name of the first user."""
        return self._current.now.first_user

    @property
    def password(self) -> str:
        """The password of the first user."""
        return self._current.now.users[self.user]

    def add_user(self, name: str, password: str) -> None:
        """Add a user, with an empty maildrop.

        Args:
            name: The name.
            password: The password.

        Raises:
            ConfigError: There is such a user, or the name or the password is wrong.
        """
        with self._current.lock:
            self._renew_users(self._table.with_user(name, password))
            self._current.store.add_user(name)

    def set_password(self, name: str, password: str) -> None:
        """Change the password of a user.

        Args:
            name: The name.
            password: The new password.

        Raises:
            ConfigError: There is no such user, or the password is wrong.
        """
        with self._current.lock:
            self._renew_users(self._table.with_password(name, password))

    def remove_user(self, name: str) -> None:
        """Remove a user, who can't log in from now on. The maildrop stays.

        Args:
            name: The name.

        Raises:
            ConfigError: There is no such user, nobody else, or a token of the user.
        """
        with self._current.lock:
            self._renew_users(self._table.without_user(name))

    def set_tokens(self, tokens: Mapping[str, str | Sequence[str]]) -> None:
        """Replace all tokens.

        Args:
            tokens: As in the option tokens. A token that is left out is unknown.

        Raises:
            ConfigError: A token or a user is wrong.
        """
        with self._current.lock:
            self._renew(replace(self._current.now, tokens=tokens, expired_tokens=()))

    def add_token(self, token: str, user: str | Sequence[str]) -> None:
        """Add a token, or renew one that has expired.

        Args:
            token: The token.
            user: The user whose maildrop it opens, or several, the owner first.

        Raises:
            ConfigError: The token or a user is wrong.
        """
        with self._current.lock:
            users = users_of(user, self._current.now.users)
            self._renew_tokens(self._table.with_token(token, users))

    def expire_token(self, token: str) -> None:
        """Let a token expire: it is refused from now on.

        Args:
            token: The token.

        Raises:
            ConfigError: There is no such token.
        """
        with self._current.lock:
            self._renew_tokens(self._table.with_expired(token))

    @property
    def _table(self) -> AccountTable:
        """Raises ConfigError where there are no accounts to change."""
        if self._current.now.any_user:
            raise ConfigError("any_user= lets everybody in: there are no accounts")
        return self._current.now.account_table

    def _renew_users(self, table: AccountTable) -> None:
        users = {name: one for name, one in table.passwords.items() if isinstance(one, str)}
        self._renew(replace(self._current.now, users=users))

    def _renew_tokens(self, table: AccountTable) -> None:
        expired = [
            text for text, token in table.tokens.items() if token.state is TokenState.EXPIRED
        ]
        tokens = {text: token.users for text, token in table.tokens.items()}
        self._renew(replace(self._current.now, tokens=tokens, expired_tokens=expired))

    def _renew(self, options: Options) -> None:
        self._server.check_process()
        if self._server.has_started:
            self._server.instance.renew(options)
        self._current.now = options
