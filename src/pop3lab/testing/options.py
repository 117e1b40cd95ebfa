"""The options of a server under test, and their checks."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from inspect import signature
from typing import Any, Literal

from pop3lab.auth.account_table import AccountTable, check_user, is_utf8
from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.any_user import AnyUser
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import LOGIN_METHODS, Account, clear_password
from pop3lab.auth.throttle import TimedThrottle
from pop3lab.auth.tokens import StaticTokens, Token, TokenState
from pop3lab.clock import steady
from pop3lab.conformance.violation import CLAIMS
from pop3lab.core.config import Limits, ServerCapabilities, check_limits
from pop3lab.core.errors import ConfigError
from pop3lab.core.login import NO_THROTTLE, LoginThrottle
from pop3lab.core.suggest import nearest
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.testing.certificate_authority import authority
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.messages import Messages, new_messages
from pop3lab.transport.certificates import CertificateSet
from pop3lab.transport.openssl import require_ssl
from pop3lab.transport.tls import make_tls

# Checks. All raise ConfigError.


def check_names(given: Iterable[str], taker: Callable[..., object]) -> None:
    """Check that all names are parameters of taker."""
    known = signature(taker).parameters
    for name in given:
        if name not in known:
            raise ConfigError(f"unknown option {name!r}{nearest(name, known)}")


def check_number(
    name: str, given: object, *, whole: bool = False, most: float = float("inf")
) -> None:
    """Check that a value is a number from 0 to most."""
    kinds = int if whole else int | float
    if isinstance(given, bool) or not isinstance(given, kinds) or not 0 <= given <= most:
        kind = "whole number" if whole else "number"
        upper = "or more" if most == float("inf") else f"to {most}"
        raise ConfigError(f"{name}={given!r}: write a {kind}, 0 {upper}")


def _check_limits(given: object) -> None:
    """Check that all limits are numbers within their bounds."""
    if not isinstance(given, Limits):
        raise ConfigError(f"limits={given!r}: write Limits(...), as Limits(idle=1.5)")
    for name, value in asdict(given).items():
        check_number(f"limits: {name}", value, whole=isinstance(getattr(Limits(), name), int))
    check_limits(given)


def texts(name: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return a tuple of texts; refuse a single text."""
    return _all_of(name, given, str, "texts", "is not a text")


def rules_or_texts(given: Iterable[Rule | str]) -> tuple[Rule | str, ...]:
    """Return a tuple of rules or texts; refuse a single one."""
    return _all_of("rules", given, Rule | str, "rules", "is neither a rule nor the text of one")


def _all_of(name: str, given: Any, kind: Any, wanted: str, otherwise: str) -> tuple[Any, ...]:
    """Return a tuple of values of a kind. wanted, otherwise: words for the error."""
    if isinstance(given, kind):
        one = str(given)
        raise ConfigError(f"{name}={one!r}: write a list, as in {name}=[{one!r}]")
    try:
        all_given = tuple(given)
    except TypeError:
        raise ConfigError(f"{name}={given!r}: write a list of {wanted}") from None
    for one in all_given:
        if not isinstance(one, kind):
            raise ConfigError(f"{name}: {one!r} {otherwise}")
    return all_given


def _check_claims(given: Iterable[str]) -> None:
    """Check that all claims are known."""
    for claim in given:
        if claim not in CLAIMS:
            known = ", ".join(CLAIMS)
            raise ConfigError(f"claims= has no {claim!r}, only {known}{nearest(claim, CLAIMS)}")


def _check_line(name: str, given: object) -> None:
    """Check that a value is None or a printable text."""
    if given is not None and not (isinstance(given, str) and given and given.isprintable()):
        raise ConfigError(f"{name}={given!r}: write a printable text")


def _check_users(given: object) -> None:
    """Check that there are users, with printable names and valid passwords."""
    if not isinstance(given, Mapping):
        raise ConfigError(f"users={given!r}: write passwords by name, as {{'ann': 'secret'}}")
    if not given:
        raise ConfigError("users= is empty: nobody could log in")
    for name, password in given.items():
        check_user(name, password)


def _users_by_token(given: object, users: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the list of users of each token, given as one text or several."""
    if not isinstance(given, Mapping) or not all(map(is_utf8, given)):
        raise ConfigError("write users by token, each a text, as {'some-token': 'ann'}")
    return {token: users_of(opened, users) for token, opened in given.items()}


def users_of(opened: object, users: Mapping[str, str]) -> tuple[str, ...]:
    """Return the users of a token, given as one name, several with commas, or a sequence."""
    if isinstance(opened, str):
        return (opened,) if opened in users else tuple(opened.split(","))
    return tuple(opened) if isinstance(opened, Sequence) and opened else (str(opened),)


def _check_tokens(given: Mapping[str, tuple[str, ...]], users: Mapping[str, str]) -> None:
    """Check that the users of all tokens exist."""
    for user in (user for opened in given.values() for user in opened):
        if user not in users:
            raise ConfigError(
                f"tokens for {user!r}, who is not in users={nearest(str(user), users)}"
            )


def _check_authzid(given: Iterable[str], users: Mapping[str, str]) -> None:
    """Check that all are NAME:USER, and that both users exist."""
    for one in given:
        for user in _split_authzid(one):
            if user not in users:
                raise ConfigError(
                    f"authzid={one!r}: {user!r} is not in users={nearest(user, users)}:"
                    " write NAME:USER, who may act, and for whom"
                )


def _split_authzid(authzid: str) -> tuple[str, str]:
    """Return who may act, and for whom."""
    name, _, user = authzid.partition(":")
    return name, user


_VALID, _EXPIRED = TokenState.VALID, TokenState.EXPIRED

_SEED = "1"  # default seed for generated messages

_HOSTS = ("localhost", "127.0.0.1", "::1")  # names of each certificate, besides the address

USERS = {"user": "password"}  # the default users

_TIMES = ("idle", "busy", "handshake")  # limits with options of their own
_NOT_WITH_ANY_USER = ("tokens", "auth", "authzid", "anonymous", "client_ca")

FilePath = str | os.PathLike[str]
TlsMode = Literal["implicit", "starttls"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of Pop3Server. Raises ConfigError for wrong ones."""

    messages: Messages = ()
    users: Mapping[str, str] = field(default_factory=lambda: USERS)
    any_user: bool = False
    tls: TlsMode | None = None
    cert: FilePath | None = None
    key: FilePath | None = None
    client_ca: FilePath | None = None
    quirks: Iterable[str] = ()
    rules: Iterable[Rule | str] = ()
    profile: str | None = None
    anonymous: str | None = None
    auth: Sequence[str] | None = None
    tokens: Mapping[str, str | Sequence[str]] | None = None
    expired_tokens: Sequence[str] = ()
    authzid: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    idle: float | None = None
    busy: float | None = None
    handshake: float | None = None
    claims: Sequence[str] = ()
    login_delay: int = 0
    utf8: bool = False
    implementation: str | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.tls not in (None, "implicit", "starttls"):
            raise ConfigError(f"tls={self.tls!r}: write tls='implicit' or tls='starttls'")
        self._check_files()
        if self.tls:
            require_ssl()
        self._check_flags()
        if not isinstance(self.profile, str | None):
            raise ConfigError(f"profile={self.profile!r}: write the name of one")
        self._check_numbers()
        _check_line("anonymous", self.anonymous)
        _check_line("implementation", self.implementation)
        _check_users(self.users)
        _check_tokens(self._tokens, self.users)
        _check_authzid(self.authzid, self.users)
        _check_claims(self.claims)
        if self.auth is not None and not self.auth:
            raise ConfigError("auth= is empty: leave it out for all ways to log in")
        _ = self.accounts
        self.make_rules()

    def _check_flags(self) -> None:
        for name in ("utf8", "any_user"):
            if not isinstance(given := getattr(self, name), bool):
                raise ConfigError(f"{name}={given!r}: write True or False")
        for name in _NOT_WITH_ANY_USER if self.any_user else ():
            if getattr(self, name):
                raise ConfigError(f"any_user= lets everybody in by a password: leave out {name}=")
        if self.any_user and self.users != USERS:
            raise ConfigError("any_user= lets everybody in by a password: leave out users=")

    def _check_files(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ConfigError("cert= and key= go together: write both, or neither")
        for name in ("cert", "key", "client_ca"):
            if not isinstance(given := getattr(self, name), str | os.PathLike | None):
                raise ConfigError(f"{name}={given!r}: write the path of a file")
        for name in ("cert", "client_ca"):
            if getattr(self, name) is not None and self.tls is None:
                raise ConfigError(f"{name}= without TLS: write tls='implicit' or tls='starttls'")
        if self.cert is not None or self.client_ca is not None:
            self.certificates("localhost")

    def _check_numbers(self) -> None:
        _check_limits(self.limits)
        check_number("login_delay", self.login_delay, whole=True)
        for name in _TIMES:
            if (seconds := getattr(self, name)) is not None:
                check_number(name, seconds)
        check_limits(self.bounds)
        if self.seed is not None:
            check_number("seed", self.seed, whole=True)

    @property
    def first_user(self) -> str:
        """The name of the first user."""
        return next(iter(self.users))

    @property
    def accounts(self) -> Authenticator:
        """The accounts."""
        if self.any_user:
            return AnyUser()
        methods = None if self.auth is None else frozenset(map(_method, self.auth))
        return _accounts(
            tuple(self.users.items()),
            methods,
            None if self.tokens is None else tuple(self._tokens.items()),
            frozenset(self.expired_tokens),
            tuple(_split_authzid(one) for one in self.authzid),
            in_clear=self.tls is None,
            ntlm=methods is not None and "NTLM" in methods,
            anonymous=self.anonymous,
        )

    @property
    def _tokens(self) -> Mapping[str, tuple[str, ...]]:
        return _users_by_token({} if self.tokens is None else self.tokens, self.users)

    @property
    def account_table(self) -> AccountTable:
        """Users and tokens, which can change."""
        tokens = _as_tokens(self._tokens.items(), frozenset(self.expired_tokens))
        return AccountTable(self.users, tokens)

    @property
    def store(self) -> InMemoryStore:
        """A new store with the messages."""
        given = self.messages
        if not isinstance(given, Mapping):
            given = {self.first_user: given}
        users = [*self.users, *([self.anonymous] if self.anonymous else [])]
        users += [str(user) for user in given if self.any_user and user not in users]
        if strangers := set(given) - set(users):
            raise ConfigError(f"messages for {', '.join(sorted(strangers))}, who is not in users=")
        seed = self.seed_of_messages
        return InMemoryStore(
            {user: new_messages(user, given.get(user, ()), seed) for user in users},
            any_user=self.any_user,
        )

    @property
    def seed_of_messages(self) -> str:
        """The seed of generated messages without one of their own."""
        return _SEED if self.seed is None else str(self.seed)

    def certificates(self, host: str) -> CertificateSet | None:
        """Return the certificate of cert= and key=, or one from the test authority."""
        if self.tls is None:
            return None
        trusted = None if self.client_ca is None else os.fspath(self.client_ca)
        if self.cert is not None and self.key is not None:
            return CertificateSet(make_tls(os.fspath(self.cert), os.fspath(self.key), trusted))
        return authority().tls({host, *_HOSTS}, trusted)

    @property
    def bounds(self) -> Limits:
        """The limits of a session."""
        times: dict[str, Any] = {name: getattr(self, name) for name in _TIMES}
        return replace(self.limits, **{name: s for name, s in times.items() if s is not None})

    @property
    def capabilities(self) -> ServerCapabilities:
        """The capabilities that CAPA announces."""
        own = ServerCapabilities(
            tls=self.tls is not None, utf8=self.utf8, login_delay=self.login_delay
        )
        if self.implementation is None:
            return own
        return replace(own, implementation=self.implementation)

    def make_rules(self) -> Rules:
        """Return the rules: of the profile, then quirks and rules. More can be added later."""
        own, profile = self._parsed_rules
        return Rules(own, profile=profile, seed=self.seed, live=True)

    @cached_property
    def _parsed_rules(self) -> tuple[Sequence[Rule], Sequence[Rule]]:
        """The quirks and rules, and those of the profile, parsed once for all instances."""
        if not (self.quirks or self.rules or self.profile):
            return [], []  # the catalogue is large, and most servers do without it
        from pop3lab.behaviours.catalogue import parse_rule
        from pop3lab.behaviours.profiles.catalogue import profile_rules

        own = [
            parse_rule(rule) if isinstance(rule, str) else rule
            for rule in (*self.quirks, *self.rules)
        ]
        return own, profile_rules(self.profile, beside=own) if self.profile else []

    def throttle(self) -> LoginThrottle:
        """Return the login throttle."""
        seconds = self.login_delay
        return TimedThrottle(steady, login_delay=seconds) if seconds else NO_THROTTLE


def _method(word: str) -> str:
    """Return a login method. USER stands for PASS; with channel binding it is the same method."""
    method = word.upper().removesuffix("-PLUS")
    if method not in LOGIN_METHODS | {"USER"}:
        raise ConfigError(
            f"auth= has no {word!r}, only {', '.join(sorted(LOGIN_METHODS))}"
            f"{nearest(word, LOGIN_METHODS)}"
        )
    return "PASS" if method == "USER" else method


@lru_cache(maxsize=64)
def _accounts(
    users: tuple[tuple[str, str], ...],
    methods: frozenset[str] | None,
    tokens: tuple[tuple[str, tuple[str, ...]], ...] | None,
    expired: frozenset[str],
    authzids: tuple[tuple[str, str], ...],
    *,
    in_clear: bool,
    ntlm: bool,
    anonymous: str | None,
) -> Authenticator:
    """Return the accounts; cached, because many tests have the same.

    in_clear: accept tokens without TLS. tokens: an empty table refuses all; None disables OAuth.
    """
    known = {
        name: Account(name, clear_password(password), methods or frozenset())
        for name, password in users
    }
    options = LoginOptions(
        None if tokens is None else StaticTokens(_as_tokens(tokens, expired)),
        allow_oauth_in_clear=in_clear,
        ntlm=ntlm,
        authzids=authzids,
        anonymous=anonymous,
    )
    return Authenticator(known, options)


def _as_tokens(
    users: Iterable[tuple[str, tuple[str, ...]]], expired: Collection[str]
) -> dict[str, Token]:
    """Return the tokens by their texts. users: those of each, the owner first."""
    return {
        text: Token(owner, _EXPIRED if text in expired else _VALID, tuple(others))
        for text, (owner, *others) in users
    }
