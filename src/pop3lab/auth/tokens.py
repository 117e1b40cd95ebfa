"""Bearer tokens: whose they are, and why others are refused (RFC 6750)."""

import re
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import NamedTuple, Protocol

from pop3lab.core.errors import ConfigError

_FORM = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)  # b64token; RFC 6750 section 2.1


class TokenRefused(Exception):
    """A token is refused. status: an error code of RFC 6750 section 3.1."""

    def __init__(self, status: str = "invalid_token") -> None:
        super().__init__(status)
        self.status = status


class Tokens(Protocol):
    """Verifies tokens."""

    @property
    def scope(self) -> str:
        """The scope that a token needs, or empty; sent to the client (RFC 7628 section 3.2.2)."""

    @property
    def discovery(self) -> str:
        """The URL of the OpenID configuration, or empty; sent to the client."""

    @property
    def users(self) -> Collection[str]:
        """Users who need no account besides their tokens."""

    def users_for(self, token: str) -> Sequence[str]:
        """Return the users whose maildrops it opens, its owner first. Raises TokenRefused."""

    def is_token(self, text: str) -> bool:
        """Tell whether it is a token, valid or not, so that it has to be masked."""


class TokenState(Enum):
    """The state of a token of the table."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_SCOPE = "wrong-scope"


class Token(NamedTuple):
    """A token of the table. others: users whose maildrops it opens besides its owner's."""

    user: str
    state: TokenState = TokenState.VALID
    others: tuple[str, ...] = ()

    @property
    def users(self) -> tuple[str, ...]:
        """All users whose maildrops it opens, the owner first."""
        return (self.user, *self.others)


class StaticTokens:
    """A table of tokens."""

    def __init__(self, tokens: Mapping[str, Token], scope: str = "", discovery: str = "") -> None:
        """tokens: by the token's text. Raises ConfigError for one that can't be sent."""
        self.scope = scope
        self.discovery = discovery
        self.users = frozenset(user for token in tokens.values() for user in token.users)
        # By digest, so that the time of a look-up tells nothing about the tokens.
        self._tokens = {_digest(text): token for text, token in tokens.items()}
        if not all(_FORM.fullmatch(text) for text in tokens):
            raise ConfigError(
                "a token consists of letters, digits and -._~+/, with = at its end only"
            )

    def users_for(self, token: str) -> Sequence[str]:
        """Return the users whose maildrops it opens, its owner first. Raises TokenRefused."""
        known = self._tokens.get(_digest(token))
        if known is None or known.state in {TokenState.EXPIRED, TokenState.REVOKED}:
            raise TokenRefused
        if known.state is TokenState.WRONG_SCOPE:
            raise TokenRefused("insufficient_scope")
        return known.users

    def is_token(self, text: str) -> bool:
        """Tell whether it is in the table, in whatever state."""
        return _digest(text) in self._tokens


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
