"""Accounts: looking users up, and verifying passwords, digests and authorization identities."""

import hmac
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from pop3lab.auth.credentials import (
    SCRAM_HASHES,
    Account,
    StoredPassword,
    clear_password,
    saslprep,
)
from pop3lab.auth.scram_credentials import ScramCredentials
from pop3lab.auth.tokens import Tokens
from pop3lab.core.actions import Proof
from pop3lab.core.errors import ConfigError, LoginFailed, StoreFailed

_MAX_PASSWORD = 255  # octets; RFC 4616 section 2


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """How users may log in besides by their passwords.

    tokens: verifies the tokens of OAUTHBEARER and XOAUTH2. allow_oauth_in_clear: offer these
    without TLS too.
    ntlm: offer NTLM to users whose password is known in clear.
    authzids: pairs of a user and another user whose maildrop the first may open, by an
    authorization identity (RFC 4422 section 3.4.1).
    anonymous: the user that ANONYMOUS logs in; None for no such mechanism.
    secret: what SCRAM salts are derived from. The same secret after a reload keeps the salts.
    """

    tokens: Tokens | None = None
    allow_oauth_in_clear: bool = False
    ntlm: bool = False
    authzids: Collection[tuple[str, str]] = ()
    anonymous: str | None = None
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)


class Accounts:
    """Users by name. A login that fails takes the same work and says the same for any name.

    A password is compared with the user's, if there is one, and then with one of each other
    scheme and cost in use. `method` is always one of LOGIN_METHODS. Nothing changes after
    construction, so threads may share it.
    """

    def __init__(self, passwords: Mapping[str, str | Account], options: LoginOptions) -> None:
        """passwords: by name, in clear or as in a users file. Raises ConfigError."""
        self.options = options
        self._accounts: dict[str, Account] = {}  # by prepared name
        self._schemes: dict[tuple[str, str], StoredPassword] = {}  # the first of each, with cost
        self._nobodys = os.urandom(16).hex()  # no account has this password
        # By the prepared names of the login and of the requested user: whose maildrop is opened.
        self._authzids = {(saslprep(a), saslprep(b)): b for a, b in options.authzids}
        for name, password in passwords.items():
            self._add(name, password)
        self._check_anonymous()

    @property
    def all(self) -> list[Account]:
        """All accounts."""
        return list(self._accounts.values())

    @cached_property
    def methods(self) -> frozenset[str]:
        """The methods by which at least one account can log in."""
        return frozenset().union(*{account.methods for account in self.all})

    def find(self, name: str) -> Account | None:
        """Return the account of a name, compared after SASLprep (RFC 4013)."""
        return self._accounts.get(saslprep(name))

    def has(self, name: str) -> bool:
        """Tell whether a user has exactly this name."""
        account = self.find(name)
        return account is not None and account.name == name

    # Passwords and digests

    def verify_password(self, method: str, name: str, password: str) -> str | Proof:
        """Return the user, or a proof to be run elsewhere if that takes a slow hash.

        A right password whose comparison is fast needs no proof. Raises LoginFailed.
        """
        given = saslprep(password).encode()
        if len(given) > _MAX_PASSWORD or b"\0" in given:
            raise LoginFailed(user=name)
        account = self.find(name)
        if account and account.password.is_fast and _accepts(account, method, given):
            return account.name
        if not self._has_slow_hashes:
            return self._compare(method, name, account, given)
        return Proof(partial(self._compare_slowly, method, name, account, given))

    def verify_digest(
        self, method: str, name: str, digest: str, expected: Callable[[str], str]
    ) -> str:
        """Return the user, or raise LoginFailed. expected: computes the digest of a password."""
        account = self.find(name)
        clear = account.password.clear if account else None
        right = expected(self._nobodys if clear is None else clear)
        same = hmac.compare_digest(digest.encode(), right.encode())
        if not same or account is None or clear is None or method not in account.methods:
            raise LoginFailed(user=name)
        return account.name

    @cached_property
    def _has_slow_hashes(self) -> bool:
        return not all(password.is_fast for password in self._schemes.values())

    def _compare_slowly(self, method: str, name: str, account: Account | None, given: bytes) -> str:
        try:
            return self._compare(method, name, account, given)
        except (OSError, MemoryError) as error:
            raise StoreFailed("passwords can't be checked now") from error

    def _compare(self, method: str, name: str, account: Account | None, given: bytes) -> str:
        """Return the user, or raise LoginFailed after comparing with each scheme and cost."""
        if account and not account.password.is_fast and _accepts(account, method, given):
            return account.name
        for scheme, password in self._schemes.items():
            if not account or scheme != (account.password.scheme, account.password.cost):
                password.matches(given)
        raise LoginFailed(user=name)

    # SCRAM, tokens, certificates

    def scram_credentials(self, mechanism: str) -> ScramCredentials:
        """Return the keys for a SCRAM mechanism that some account can use."""
        return self._scram[mechanism]

    @cached_property
    def _scram(self) -> dict[str, ScramCredentials]:
        # Not bound to self: a reference cycle would keep a large table alive.
        find, secret = partial(_find, self._accounts), self.options.secret
        return {
            name: ScramCredentials(name, self.all, find, secret)
            for name in SCRAM_HASHES
            if name in self.methods
        }

    def user_by_name(self, method: str, name: str) -> str:
        """Return the user of a name whose password has been proved, or raise LoginFailed."""
        account = self.find(name)
        if account is None or method not in account.methods:
            raise LoginFailed(user=name)
        return account.name

    def user_by_exact_name(self, method: str, name: str) -> str:
        """Return the user of a name that a certificate or token vouches for, or raise LoginFailed.

        SASLprep is not applied: an issuer may hold two names apart that it makes equal.
        """
        if not self.has(name):
            raise LoginFailed(user=name)
        return self.user_by_name(method, name)

    def authorize(self, authzid: str, user: str) -> str:
        """Return whose maildrop an authenticated user opens, or raise LoginFailed.

        authzid: the authorization identity asked for; empty for the user's own maildrop.
        """
        if not authzid or saslprep(authzid) == saslprep(user):
            return user
        other = self._authzids.get((saslprep(user), saslprep(authzid)))
        if other is None:
            raise LoginFailed(user=user)
        return other

    def _check_anonymous(self) -> None:
        anonymous, tokens = self.options.anonymous, self.options.tokens
        owners = tokens.users if tokens else ()
        if anonymous is not None and (self.find(anonymous) or anonymous in owners):
            raise ConfigError(f"ANONYMOUS must not get the maildrop of {anonymous}")

    def _add(self, name: str, password: str | Account) -> None:
        account = Account(name, clear_password(password)) if isinstance(password, str) else password
        if (key := saslprep(name)) in self._accounts:
            raise ConfigError(f"{name} is the same name as {self._accounts[key].name}")
        self._accounts[key] = account
        stored = account.password
        if stored.scheme:
            self._schemes.setdefault((stored.scheme, stored.cost), stored)


def _accepts(account: Account, method: str, given: bytes) -> bool:
    return account.password.matches(given) and method in account.methods


def _find(accounts: Mapping[str, Account], name: str) -> Account | None:
    return accounts.get(saslprep(name))
