"""Accounts: who may log in, in which ways, and the proof of it."""

import hmac
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import md5

from pop3lab.auth.credentials import DIGESTS, Account, StoredPassword, plain, prepared
from pop3lab.auth.scram_credentials import ScramCredentials
from pop3lab.auth.tokens import Tokens
from pop3lab.core.errors import ConfigError, LoginFailed, StoreFailed
from pop3lab.core.proof import Proof
from pop3lab.core.sasl import Channel, Mechanism

_FAILED = "login failed"
_MOST = 255  # octets of a name or a password; RFC 4616 section 2


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """How users may log in besides by their passwords.

    tokens: who knows tokens, for OAUTHBEARER and XOAUTH2. oauth_in_clear: these without TLS too.
    ntlm: NTLM is offered, to users whose password is known in clear.
    authorized: users, each with those whose maildrops they may open besides their own, by an
    authorization identity (RFC 4422 section 3.4.1).
    anonymous: the user whom ANONYMOUS gets; with None there is no such mechanism.
    secret: what salts are made of; the same one after a reload keeps them as they were.
    """

    tokens: Tokens | None = None
    oauth_in_clear: bool = False
    ntlm: bool = False
    authorized: Collection[tuple[str, str]] = ()
    anonymous: str | None = None
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)


class Accounts:
    """Users by name. A login that fails takes the same work and says the same for any name.

    It compares with the user's password, if there is one, and then with one of each other kind
    that is in use. No method changes anything, so threads may share it.
    """

    def __init__(
        self, passwords: Mapping[str, str | Account], ways: LoginOptions | None = None
    ) -> None:
        """passwords: by name, in clear or as in a users file. Raises ConfigError."""
        self.extra = ways or LoginOptions()
        self._accounts: dict[str, Account] = {}  # by prepared name
        self._kinds: dict[tuple[str, str], StoredPassword] = {}  # the first of each scheme and cost
        self._nobodys = os.urandom(16).hex()  # no account has this password
        # Whose maildrop is opened, by the prepared names of who logs in and who is asked for.
        self._authorized = {(prepared(a), prepared(b)): b for a, b in self.extra.authorized}
        for name, password in passwords.items():
            self._add(name, password)
        self._keep_apart(self.extra.anonymous)
        if self.extra.ntlm:
            from pop3lab.auth.mechanisms.ntlm import load_ntlm

            load_ntlm()  # now: it takes longer than a client should wait

    # What the session asks

    @property
    def offers_pass(self) -> bool:
        """Whether USER and PASS can log anybody in."""
        return "PASS" in self.served

    @property
    def offers_apop(self) -> bool:
        """Whether APOP can: a password is known in clear (RFC 1939 section 7)."""
        return "APOP" in self.served

    def login(self, name: str, password: str) -> str | Proof:
        """The user, or a proof where that takes a slow hash; or raises LoginFailed."""
        return self.by_password("PASS", name, password)

    def apop(self, name: str, timestamp: str, digest: str) -> str:
        """The user, or raises LoginFailed. digest: 32 lower-case hexadecimal digits."""

        def wanted(password: str) -> str:
            return md5((timestamp + password).encode(), usedforsecurity=False).hexdigest()

        return self.by_digest("APOP", name, digest, wanted)

    def mechanisms(self, channel: Channel) -> Sequence[Mechanism]:
        """The SASL mechanisms that work on this channel and for some account."""
        from pop3lab.auth.mechanisms.registry import offered

        return offered(self, channel)

    def is_secret(self, text: str) -> bool:
        """Whether it is the password of any user, if that is known in clear, or a token."""
        tokens = self.extra.tokens
        return text in self._secrets or (tokens is not None and tokens.is_token(text))

    @cached_property
    def _secrets(self) -> frozenset[str]:
        clear = [one.stored.clear for one in self.all if one.stored.clear is not None]
        return frozenset((*clear, *map(prepared, clear)))

    # What mechanisms ask. way: one of account.WAYS

    @cached_property
    def served(self) -> frozenset[str]:
        """The ways in which some account can log in."""
        return frozenset().union(*{account.ways for account in self.all})

    @cached_property
    def _books(self) -> dict[str, ScramCredentials]:
        return {
            name: ScramCredentials(
                name, self.all, partial(_found, self._accounts), self.extra.secret
            )
            for name in DIGESTS
            if name in self.served
        }

    @property
    def all(self) -> list[Account]:
        """All accounts."""
        return list(self._accounts.values())

    def find(self, name: str) -> Account | None:
        """The account of a name; what SASLprep makes equal is the same name (RFC 4013)."""
        return _found(self._accounts, name)

    def scram_book(self, mechanism: str) -> ScramCredentials:
        """The keys for a SCRAM mechanism that some account can use."""
        return self._books[mechanism]

    def by_password(self, way: str, name: str, password: str) -> str | Proof:
        """The user, or a proof where that takes a slow hash; or raises LoginFailed.

        A right password that is kept in a way that is fast to compare needs none.
        """
        given = prepared(password).encode()
        if len(given) > _MOST or b"\0" in given:
            raise LoginFailed(_FAILED)
        account = self.find(name)
        if account and account.stored.is_fast and _fits(account, way, given):
            return account.name
        if not self._hashes_slowly:
            return self._compared(way, account, given)
        return Proof(partial(self._slowly_compared, way, account, given))

    @cached_property
    def _hashes_slowly(self) -> bool:
        return not all(stored.is_fast for stored in self._kinds.values())

    def _slowly_compared(self, way: str, account: Account | None, given: bytes) -> str:
        try:
            return self._compared(way, account, given)
        except (OSError, MemoryError) as error:
            raise StoreFailed("passwords can't be checked now") from error

    def _compared(self, way: str, account: Account | None, given: bytes) -> str:
        """The user, or raises LoginFailed once each kind has been compared, fast or slow."""
        if account and not account.stored.is_fast and _fits(account, way, given):
            return account.name
        for kind, stored in self._kinds.items():
            if not account or kind != (account.stored.scheme, account.stored.cost):
                stored.matches(given)
        raise LoginFailed(_FAILED)

    def by_digest(self, way: str, name: str, given: str, wanted: Callable[[str], str]) -> str:
        """The user, or raises LoginFailed. wanted: what the password in clear has to give."""
        account = self.find(name)
        clear = account.stored.clear if account else None
        digest = wanted(self._nobodys if clear is None else clear)
        right = hmac.compare_digest(given.encode(), digest.encode())
        if not right or account is None or clear is None or way not in account.ways:
            raise LoginFailed(_FAILED)
        return account.name

    def by_name(self, way: str, name: str) -> str:
        """The user of a name whose password has been proved, or raises LoginFailed."""
        account = self.find(name)
        if account is None or way not in account.ways:
            raise LoginFailed(_FAILED)
        return account.name

    def has(self, name: str) -> bool:
        """Whether there is a user of this name, letter by letter."""
        account = self.find(name)
        return account is not None and account.name == name

    def by_exact_name(self, way: str, name: str) -> str:
        """The user of a name that somebody else has vouched for, or raises LoginFailed.

        Nothing is made equal: who gives out certificates or tokens may know two names as two
        people's, and SASLprep as one.
        """
        if not self.has(name):
            raise LoginFailed(_FAILED)
        return self.by_name(way, name)

    def authorized(self, asked: str, user: str) -> str:
        """Whose maildrop a user opens who has logged in and asks for this one, or LoginFailed.

        asked: the authorization identity, empty for the user's own.
        """
        if not asked or prepared(asked) == prepared(user):
            return user
        other = self._authorized.get((prepared(user), prepared(asked)))
        if other is None:
            raise LoginFailed(_FAILED)
        return other

    def _keep_apart(self, anonymous: str | None) -> None:
        owners = self.extra.tokens.users if self.extra.tokens else ()
        if anonymous is not None and (self.find(anonymous) or anonymous in owners):
            raise ConfigError(f"ANONYMOUS must not get the maildrop of {anonymous}")

    def _add(self, name: str, password: str | Account) -> None:
        account = Account(name, plain(password)) if isinstance(password, str) else password
        if (key := prepared(name)) in self._accounts:
            raise ConfigError(f"{name} is the same name as {self._accounts[key].name}")
        self._accounts[key] = account
        if account.stored.scheme:
            self._kinds.setdefault((account.stored.scheme, account.stored.cost), account.stored)


def _fits(account: Account, way: str, given: bytes) -> bool:
    return account.stored.matches(given) and way in account.ways


def _found(accounts: Mapping[str, Account], name: str) -> Account | None:
    """Not of Accounts, which would be a circle: a large table goes when it is let go."""
    return accounts.get(prepared(name))
