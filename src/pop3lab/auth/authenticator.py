"""Authentication as a session asks for it: USER with PASS, APOP, and the SASL mechanisms."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import md5

from pop3lab.auth.accounts import Accounts, LoginOptions
from pop3lab.auth.credentials import Account, saslprep
from pop3lab.auth.mechanisms.registry import available_mechanisms
from pop3lab.core.actions import Proof
from pop3lab.core.sasl import Channel, Mechanism


class Authenticator:
    """Logs users in: core's `Users` on top of `Accounts`. Threads may share it."""

    def __init__(
        self, passwords: Mapping[str, str | Account], options: LoginOptions | None = None
    ) -> None:
        """passwords: by name, in clear or as in a users file.

        Raises ConfigError, also for a library that an option needs and that is not installed.
        """
        self.accounts = Accounts(passwords, options or LoginOptions())
        if self.accounts.options.ntlm:
            from pop3lab.auth.mechanisms.ntlm import load_ntlm

            load_ntlm()  # now: it takes longer than a client should wait

    @property
    def offers_pass(self) -> bool:
        """Whether USER and PASS can log anybody in."""
        return "PASS" in self.accounts.methods

    @property
    def offers_apop(self) -> bool:
        """Whether APOP can: a password is known in clear (RFC 1939 section 7)."""
        return "APOP" in self.accounts.methods

    def login(self, name: str, password: str) -> str | Proof:
        """Return the user, or a proof if that takes a slow hash. Raises LoginFailed."""
        return self.accounts.verify_password("PASS", name, password)

    def apop(self, name: str, timestamp: str, digest: str) -> str:
        """Return the user, or raise LoginFailed. digest: 32 lower-case hexadecimal digits."""

        def expected(password: str) -> str:
            return md5((timestamp + password).encode(), usedforsecurity=False).hexdigest()

        return self.accounts.verify_digest("APOP", name, digest, expected)

    def mechanisms(self, channel: Channel) -> Sequence[Mechanism]:
        """Return the SASL mechanisms that work on this channel for at least one account."""
        return available_mechanisms(self.accounts, channel)

    def is_secret(self, text: str) -> bool:
        """Tell whether this is any user's password, as far as known in clear, or a token."""
        tokens = self.accounts.options.tokens
        return text in self._secrets or (tokens is not None and tokens.is_token(text))

    @cached_property
    def _secrets(self) -> frozenset[str]:
        clear = [one.password.clear for one in self.accounts.all if one.password.clear is not None]
        return frozenset((*clear, *map(saslprep, clear)))
