"""What a server in a test is to be, read from what the test has written."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from pop3lab.auth.account import WAYS, Account
from pop3lab.auth.accounts import Accounts, Ways
from pop3lab.auth.guard import Gate
from pop3lab.auth.stored import plain
from pop3lab.auth.tokens import StaticTokens, Token
from pop3lab.core.errors import ConfigError
from pop3lab.core.guard import NO_GUARD, Guard
from pop3lab.core.limits import Limits
from pop3lab.core.offer import Offer
from pop3lab.faults.profiles.catalogue import profile_rules
from pop3lab.faults.rule_text import parse_rule
from pop3lab.faults.rules import Rules
from pop3lab.stores.nearest import nearest
from pop3lab.testing.checking import (
    check_authzid,
    check_claims,
    check_limits,
    check_number,
    check_tokens,
    check_users,
    parted,
    users_by_token,
)
from pop3lab.testing.messages import Messages, items_for
from pop3lab.testing.shelf import Shelf

SOME_SEED = "1"  # of what is generated, where no other is given

USERS = {"user": "password"}  # where no others are given

Tls = Literal["implicit", "starttls"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """As Pop3Server is given them. Raises ConfigError at once for what can't be."""

    messages: Messages = ()
    users: Mapping[str, str] = field(default_factory=lambda: USERS)
    tls: Tls | None = None
    quirks: Iterable[str] = ()
    profile: str | None = None
    auth: Sequence[str] | None = None
    tokens: Mapping[str, str | Sequence[str]] | None = None
    authzid: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    idle: float | None = None
    claims: Sequence[str] = ()
    login_delay: int = 0
    utf8: bool = False
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.tls not in (None, "implicit", "starttls"):
            raise ConfigError(f"tls={self.tls!r}: write tls='implicit' or tls='starttls'")
        if not isinstance(self.profile, str | None):
            raise ConfigError(f"profile={self.profile!r}: write the name of one")
        self._check_numbers()
        check_users(self.users)
        check_tokens(self._tokens, self.users)
        check_authzid(self.authzid, self.users)
        check_claims(self.claims)
        if self.auth is not None and not self.auth:
            raise ConfigError("auth= is empty: leave it out for all ways to log in")
        _ = self.accounts
        self.rules()

    def _check_numbers(self) -> None:
        check_limits(self.limits)
        check_number("login_delay", self.login_delay, whole=True)
        if self.idle is not None:
            check_number("idle", self.idle)
            check_limits(replace(self.limits, idle=self.idle))
        if self.seed is not None:
            check_number("seed", self.seed, whole=True)

    @property
    def accounts(self) -> Accounts:
        """Who may log in, and how."""
        ways = None if self.auth is None else frozenset(map(_way, self.auth))
        return _accounts(
            tuple(self.users.items()),
            ways,
            None if self.tokens is None else tuple(self._tokens.items()),
            tuple(parted(one) for one in self.authzid),
            in_clear=self.tls is None,
            ntlm=ways is not None and "NTLM" in ways,
        )

    @property
    def _tokens(self) -> Mapping[str, tuple[str, ...]]:
        return users_by_token({} if self.tokens is None else self.tokens, self.users)

    @property
    def shelf(self) -> Shelf:
        """The messages."""
        given = self.messages
        if not isinstance(given, Mapping):
            given = {next(iter(self.users)): given}
        if strangers := set(given) - set(self.users):
            raise ConfigError(f"messages for {', '.join(sorted(strangers))}, who is not in users=")
        seed = SOME_SEED if self.seed is None else str(self.seed)
        return Shelf({user: items_for(user, given.get(user, ()), seed) for user in self.users})

    @property
    def bounds(self) -> Limits:
        """The limits of a session."""
        return self.limits if self.idle is None else replace(self.limits, idle=self.idle)

    @property
    def offer(self) -> Offer:
        """What CAPA announces besides."""
        return Offer(tls=self.tls is not None, utf8=self.utf8, login_delay=self.login_delay)

    def rules(self) -> Rules:
        """What it does wrong: the profile, then the quirks. More may come while it runs."""
        own = [parse_rule(text) for text in self.quirks]
        known = profile_rules(self.profile, beside=own) if self.profile else []
        return Rules(own, profile=known, seed=self.seed, live=True)

    def guard(self) -> Guard:
        """What keeps logins waiting: nothing, unless there is a delay."""
        return Gate(time.monotonic, login_delay=self.login_delay) if self.login_delay else NO_GUARD


def _way(word: str) -> str:
    """A way to log in. USER stands for PASS; with channel binding it is the same way."""
    way = word.upper().removesuffix("-PLUS")
    if way not in WAYS | {"USER"}:
        raise ConfigError(
            f"auth= has no {word!r}, only {', '.join(sorted(WAYS))}{nearest(word, WAYS)}"
        )
    return "PASS" if way == "USER" else way


@lru_cache(maxsize=64)
def _accounts(
    users: tuple[tuple[str, str], ...],
    ways: frozenset[str] | None,
    tokens: tuple[tuple[str, tuple[str, ...]], ...] | None,
    authorized: tuple[tuple[str, str], ...],
    *,
    in_clear: bool,
    ntlm: bool,
) -> Accounts:
    """Kept, since many tests have the same. in_clear: tokens are taken without TLS.

    tokens: where there are none of a table, all are refused; without a table there is no OAuth.
    """
    known = {name: Account(name, plain(password), ways or frozenset()) for name, password in users}
    opened = {text: Token(users[0], others=users[1:]) for text, users in tokens or ()}
    table = None if tokens is None else StaticTokens(opened)
    return Accounts(known, Ways(table, oauth_in_clear=in_clear, ntlm=ntlm, authorized=authorized))
