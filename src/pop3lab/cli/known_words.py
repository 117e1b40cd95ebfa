"""The secrets of the users that a process serves, or has served."""

from collections import deque

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.tokens import Tokens

_MOST_BEFORE = 8  # token tables remembered after a reload


class SecretWords:
    """Recognizes secrets of users, including those from before a reload."""

    def __init__(self) -> None:
        self._accounts: Authenticator | None = None
        self._tokens_before: deque[Tokens] = deque(maxlen=_MOST_BEFORE)

    def use(self, accounts: Authenticator) -> None:
        """Use these accounts from now on."""
        if self._accounts and (tokens := self._accounts.accounts.options.tokens):
            self._tokens_before.append(tokens)  # clients still have revoked tokens
        self._accounts = accounts

    def knows(self, text: str) -> bool:
        """Whether the text is a secret."""
        before = any(tokens.is_token(text) for tokens in self._tokens_before)
        return before or bool(self._accounts and self._accounts.is_secret(text))
