"""Passwords and tokens, which may change while a server runs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pop3lab.auth.credentials import Account
from pop3lab.auth.tokens import Token, TokenState
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest


def is_utf8(given: object) -> bool:
    """Tell whether it is a text that can be sent."""
    try:
        return isinstance(given, str) and given.encode() is not None
    except UnicodeEncodeError:
        return False


def check_user(name: object, password: object) -> None:
    """Raise ConfigError unless the name is printable and the password can be sent."""
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ConfigError(f"users: {name!r} is not a name: write a printable text")
    if not is_utf8(password):
        raise ConfigError(f"users: the password of {name} is not a text that can be sent")


class AccountTable(NamedTuple):
    """Passwords by user name, and tokens by their texts. A change returns another table.

    Changes raise ConfigError.
    """

    passwords: Mapping[str, str | Account]
    tokens: Mapping[str, Token]

    def with_user(self, name: str, password: str) -> "AccountTable":
        """Add a user."""
        check_user(name, password)
        if name in self.passwords:
            raise ConfigError(f"there is a user {name!r} already: set the password instead")
        return self._replace(passwords={**self.passwords, name: password})

    def with_password(self, name: str, password: str) -> "AccountTable":
        """Change the password of a user."""
        check_user(name, password)
        self._check_known(name)
        return self._replace(passwords={**self.passwords, name: password})

    def without_user(self, name: str) -> "AccountTable":
        """Remove a user, whom no valid token lets in either."""
        self._check_known(name)
        tokens = self.tokens.values()
        if any(name in one.users and one.state is TokenState.VALID for one in tokens):
            raise ConfigError(f"user {name!r} could still log in by a token: expire it first")
        kept = {user: password for user, password in self.passwords.items() if user != name}
        return self._replace(passwords=kept)

    def _check_known(self, name: str) -> None:
        if name not in self.passwords:
            raise ConfigError(f"there is no user {name!r}{nearest(str(name), self.passwords)}")

    @property
    def users(self) -> Sequence[str]:
        """Everybody who has a password or a token, once."""
        owners = (user for token in self.tokens.values() for user in token.users)
        return list(dict.fromkeys((*self.passwords, *owners)))

    def has(self, name: str) -> bool:
        """Tell whether a user of exactly this name has a password or a token."""
        return name in self.passwords or any(name in one.users for one in self.tokens.values())

    def with_token(self, token: str, users: Sequence[str]) -> "AccountTable":
        """Add a token, or renew one that has expired. users: the owner first."""
        for user in users:
            if user not in self.users:
                raise ConfigError(f"there is no user {user!r}{nearest(str(user), self.users)}")
        owner, *others = users
        return self._replace(tokens={**self.tokens, token: Token(owner, others=tuple(others))})

    def with_expired(self, token: str) -> "AccountTable":
        """Let a token expire."""
        if token not in self.tokens:
            raise ConfigError("there is no such token: add it first")
        expired = self.tokens[token]._replace(state=TokenState.EXPIRED)
        return self._replace(tokens={**self.tokens, token: expired})
