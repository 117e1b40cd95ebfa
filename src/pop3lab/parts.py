"""The parts of a server, made as the settings ask."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import cast

from pop3lab._version import __version__
from pop3lab.auth.account import Account
from pop3lab.auth.accounts import Accounts, Ways
from pop3lab.auth.guard import Gate
from pop3lab.auth.jwt_tokens import Demands, JWTTokens, read_key_file
from pop3lab.auth.tokens import StaticTokens, Token, TokenRefused, Tokens, TokenState
from pop3lab.auth.users_file import read_users_file
from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.core.offer import Offer
from pop3lab.faults.profiles.catalogue import profile_rules
from pop3lab.faults.rule_text import parse_rule
from pop3lab.faults.rules import Rules
from pop3lab.run.certificates import self_signed
from pop3lab.run.tls import Tls, make_tls
from pop3lab.settings.checks import is_well_known
from pop3lab.settings.tokens_file import read_tokens_file
from pop3lab.settings.values import Settings
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.mbox_recovery import is_half_done, recover_at
from pop3lab.stores.targets import advice_on_target, store_for

_STRANGERS = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PRI", "HOST:", "EHLO", "HELO")


def accounts(settings: Settings, secret: bytes) -> Accounts:
    """Who may log in, and how. secret: see Ways. Raises ConfigError."""
    known: dict[str, str | Account] = {}
    if settings.users_file:
        known.update(read_users_file(settings.users_file))
    known.update({user.name: user.password for user in settings.users if user.password is not None})
    return Accounts(known, Ways(_tokens(settings), anonymous=settings.anonymous, secret=secret))


def well_known_users(known: Accounts) -> list[str]:
    """Users whose password, as far as it is stored in clear, is what everybody would try first."""
    return [
        account.name
        for account in known.all
        if account.stored.clear and is_well_known(account.name, account.stored.clear)
    ]


def _tokens(settings: Settings) -> Tokens | None:
    known: list[Tokens] = []
    scope, discovery = settings.oauth_scope or "", settings.oauth_discovery or ""
    if settings.oauth_tokens:
        known.append(StaticTokens(_table(settings.oauth_tokens), scope, discovery))
    if settings.oauth_keys:
        demands = Demands(
            audience=settings.oauth_audience or "",
            issuer=settings.oauth_issuer or "",
            scope=scope,
            claim=settings.oauth_claim,
        )
        key = read_key_file(settings.oauth_keys)
        known.append(JWTTokens(key, time.time, demands, discovery=discovery))
    return _AnyTokens(known) if len(known) > 1 else next(iter(known), None)


def _table(path: str) -> dict[str, Token]:
    lines = read_tokens_file(path, [state.value for state in TokenState])
    return {text: Token(line.user, TokenState(line.state)) for text, line in lines.items()}


class _AnyTokens:
    """Tokens that one of several knows; what the client is told is the same for all."""

    def __init__(self, known: Sequence[Tokens]) -> None:
        self._known = known
        self.scope = known[0].scope
        self.discovery = known[0].discovery
        self.users = frozenset(user for tokens in known for user in tokens.users)

    def user(self, token: str) -> str:
        for tokens in self._known:
            try:
                return tokens.user(token)
            except TokenRefused as refusal:
                last = refusal
        raise last


def store(settings: Settings) -> Store:
    """The maildrops. Raises ConfigError."""
    own: Mapping[str, str] = {user.name: user.maildrop for user in settings.users if user.maildrop}
    on_delete = cast(OnDelete, settings.on_delete)
    return store_for(settings.target or "memory:", on_delete=on_delete, target_for=own)


def half_done(settings: Settings) -> Iterator[str]:
    """The mbox files that a server which was killed has left so, if they are one user's."""
    own = [user.maildrop for user in settings.users]
    for target in dict.fromkeys([settings.target, *own]):
        with suppress(OSError, ValueError):
            if target and is_half_done(target):
                yield target


def recover(settings: Settings) -> Iterator[str]:
    """Finish them, as far as nobody uses them; what can't be finished is told."""
    for target in half_done(settings):
        with suppress(MaildropBusy):  # who uses it has finished it
            try:
                recover_at(target)
            except StoreFailed as failure:
                yield f"{target}: {failure}: {failure.__cause__}"


def advice(settings: Settings) -> Iterator[str]:
    """On targets in which messages are, but not as they would be seen."""
    own = [user.maildrop for user in settings.users]
    for target in dict.fromkeys([settings.target, *own]):
        with suppress(OSError):
            if target and (told := advice_on_target(target)):
                yield told


def tls(settings: Settings) -> Tls | None:
    """The certificate, if there is to be one. Raises ConfigError."""
    if settings.tls_self_signed:
        names = dict.fromkeys([*settings.hosts, "localhost", "127.0.0.1"])
        return self_signed(list(names), settings.ca_out, settings.client_ca)
    if settings.cert and settings.key:
        return make_tls(settings.cert, settings.key, settings.client_ca)
    return None


def offer(settings: Settings) -> Offer:
    """What CAPA announces."""
    implementation = settings.implementation
    if implementation is None:
        implementation = f"pop3lab-{__version__}"
    return Offer(
        implementation=implementation,
        tls=settings.tls,
        utf8=True,
        login_delay=settings.login_delay,
        strangers=frozenset(_STRANGERS),
    )


def rules(settings: Settings) -> Rules:
    """How it is wrong. Raises ConfigError."""
    own = [parse_rule(text) for text in (*settings.quirks, *settings.rules)]
    profile = profile_rules(settings.profile, beside=own) if settings.profile else []
    return Rules([*profile, *own], seed=settings.seed)


def gate(settings: Settings) -> Gate:
    """What keeps logins waiting."""
    most = settings.limits.delay_addresses
    return Gate(time.monotonic, login_delay=settings.login_delay, most=most)
