"""Makes the parts of a server from its settings."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from socket import socket
from typing import TYPE_CHECKING, cast

from pop3lab._version import __version__
from pop3lab.auth.account_table import AccountTable
from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.any_user import AnyUser
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import SCRAM_HASHES as SCRAMS
from pop3lab.auth.credentials import Account
from pop3lab.auth.scram_credentials import SaltKey
from pop3lab.auth.shared_counters import ProcessLock
from pop3lab.auth.throttle import TimedThrottle
from pop3lab.auth.tokens import StaticTokens, Token, TokenRefused, Tokens, TokenState
from pop3lab.auth.users_file import Warn, no_warnings, read_users_file
from pop3lab.behaviours.profiles.mail_box import MAIL_BOX_KEYWORDS, mail_box
from pop3lab.config.checks import is_well_known, needs_auth
from pop3lab.config.options import Settings
from pop3lab.config.tokens_file import read_tokens_file
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import ConfigError, MaildropBusy, StoreFailed
from pop3lab.core.login import NO_THROTTLE, LoginThrottle
from pop3lab.core.maildrop import Entry, Store
from pop3lab.core.sasl import Channel
from pop3lab.rules.engine import Rules
from pop3lab.stores.factory import advice_on_target, create_store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import FolderStore, legal_uid
from pop3lab.stores.look_alikes import advice_on
from pop3lab.stores.mbox.rewrite import is_half_rewritten, recover_mbox_at
from pop3lab.stores.seen_earlier import StoreSeenEarlier
from pop3lab.transport.early_greeter import EarlyClient
from pop3lab.transport.listener import GreetedClient
from pop3lab.transport.pem import certificates_in, read_pem
from pop3lab.transport.tls import make_tls

if TYPE_CHECKING:
    from pop3lab.transport.certificates import CertificateSet

_STRANGERS = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PRI", "HOST:", "EHLO", "HELO")


def account_table(settings: Settings, warn: Warn = no_warnings) -> AccountTable:
    """Return the passwords and tokens of the settings and their files. Raises ConfigError.

    warn: gets a sentence for each setting that may not mean what it says.
    """
    return AccountTable(_known(settings, warn), _table(settings.tokens) if settings.tokens else {})


def accounts(
    settings: Settings,
    salt_key: SaltKey,
    warn: Warn = no_warnings,
    table: AccountTable | None = None,
) -> Authenticator:
    """Return the accounts. Raises ConfigError, also if nobody could log in.

    table: instead of that of the settings.
    """
    if settings.any_user:
        return AnyUser()
    table = table or account_table(settings, warn)
    known = table.passwords
    options = LoginOptions(
        _tokens(settings, table),
        allow_oauth_in_clear=settings.allow_oauth_in_clear,
        ntlm=settings.ntlm,
        authzids=[(one.name, one.user) for one in settings.authzids],
        anonymous=settings.anonymous,
    )
    if any(isinstance(one, str) or one.methods & set(SCRAMS) for one in known.values()):
        options = replace(options, secret=salt_key.octets(warn))
    made = Authenticator(known, options)
    if not _anybody(made, settings):
        raise ConfigError(
            "nobody could log in: no user has a password or, with client-ca or tokens, another way"
        )
    if settings.ntlm and "NTLM" not in made.accounts.methods:
        warn("ntlm: no user's password is known in clear, so that nobody is offered it")
    for one in settings.authzids:
        if not (
            made.accounts.find(one.name) or (options.tokens and one.name in options.tokens.users)
        ):
            warn(f"authzid {one}: nobody of the name {one.name!r} can log in")
    return made


def salt_key(settings: Settings) -> SaltKey:
    """Return the secret of SCRAM's salts, for the life of this process and its workers."""
    return SaltKey(settings.users_file)


def doubts(settings: Settings) -> list[str]:
    """Return the warnings about accounts at a start. Raises ConfigError."""
    told: list[str] = []
    if settings.client_ca and settings.tls_self_signed:  # otherwise it is read with the certificate
        certificates_in(read_pem("client-ca", settings.client_ca))
    known = accounts(settings, SaltKey(settings.users_file, make=False), told.append)
    check_logins(settings, known)
    if settings.port is not None and (word := oauth_withheld(settings, known)):
        told.append(word)
    return told


def oauth_withheld(settings: Settings, known: Authenticator) -> str:
    """Return why OAuth is not offered without TLS; empty if it is, or was not requested.

    RFC 7628 section 3 requires TLS, and XOAUTH2 is no safer without it.
    """
    if known.accounts.options.tokens is None or settings.allow_oauth_in_clear:
        return ""
    how, advice = "not at all, as there is no TLS", "give --cert and --key, or for tests "
    if settings.tls:
        how, advice = "only after STLS", "for tests without TLS give "
    return (
        f"the port without TLS offers XOAUTH2 and OAUTHBEARER {how}: whoever reads a token there"
        f" has it; {advice}--allow-oauth-in-clear"
    )


def _known(settings: Settings, warn: Warn) -> dict[str, str | Account]:
    """Return the accounts of the users file and of the settings."""
    known: dict[str, str | Account] = {}
    if settings.users_file:
        known.update(read_users_file(settings.users_file, warn))
    for user in settings.users:
        if user.password is None and user.name not in known and settings.users_file:
            warn(f"user {user.name!r} has no password, and no line in {settings.users_file}")
        elif user.password is not None and user.name in known:
            raise ConfigError(
                f"user {user.name!r} is given here, and has a line in {settings.users_file}:"
                " one of the two is enough"
            )
        elif user.password is not None:
            known[user.name] = user.password
    return known


def _anybody(made: Authenticator, settings: Settings) -> bool:
    """Whether at least one login method works here."""
    served = set(made.accounts.methods) - (set() if made.accounts.options.ntlm else {"NTLM"})
    if not settings.client_ca:
        served.discard("EXTERNAL")
    if made.accounts.options.tokens is None:
        served -= {"OAUTHBEARER", "XOAUTH2"}
    elif made.accounts.options.tokens.users:
        return True
    return bool(served or made.accounts.options.anonymous)


def check_logins(settings: Settings, known: Authenticator) -> None:
    """Raise ConfigError if nobody can log in: no TLS, and no passwords in clear."""
    if settings.tls or _takes_clear_passwords(settings):
        return
    if not (known.offers_apop or known.mechanisms(Channel(clear=False, challenge="<1@pop3lab>"))):
        raise ConfigError(
            "nobody could log in: without TLS passwords are refused, and no user has one that APOP,"
            " CRAM-MD5 or SCRAM can use: give --cert and --key, or such a user"
        )


def _takes_clear_passwords(settings: Settings) -> bool:
    """Whether a password may be sent without TLS; inherited sockets may be on loopback."""
    if settings.allow_clear_passwords is not None:
        return settings.allow_clear_passwords
    near = any(ip_address(host).is_loopback for host in settings.hosts)
    everywhere = any(ip_address(host).is_unspecified for host in settings.hosts)
    return near or everywhere or bool(settings.fds)


def well_known_users(known: Authenticator) -> list[str]:
    """Return the users whose clear-text password is one that everybody would guess."""
    return [
        account.name
        for account in known.accounts.all
        if account.password.clear and is_well_known(account.name, account.password.clear)
    ]


def _tokens(settings: Settings, table: AccountTable) -> Tokens | None:
    known: list[Tokens] = []
    scope, discovery = settings.oauth_scope or "", settings.oauth_discovery or ""
    if table.tokens:
        known.append(StaticTokens(table.tokens, scope, discovery))
    if settings.oauth_keys:
        from pop3lab.auth.jwt import JwtRequirements, JwtTokens, read_key_file  # if there are keys

        demands = JwtRequirements(
            audience=settings.oauth_audience or "",
            issuer=settings.oauth_issuer or "",
            scope=scope,
            claim=settings.oauth_claim,
        )
        key = read_key_file(settings.oauth_keys)
        try:
            known.append(JwtTokens(key, time.time, demands, discovery=discovery))
        except ConfigError as error:
            raise ConfigError(f"oauth-keys {settings.oauth_keys!r}: {error}") from error
    return _AnyTokens(known) if len(known) > 1 else next(iter(known), None)


def _table(path: str) -> dict[str, Token]:
    lines = read_tokens_file(path, [state.value for state in TokenState])
    return {
        text: Token(line.user, TokenState(line.state), line.others) for text, line in lines.items()
    }


class _AnyTokens:
    """Several sources of tokens combined; the client is told the same for all."""

    def __init__(self, known: Sequence[Tokens]) -> None:
        self._known = known
        self.scope = known[0].scope
        self.discovery = known[0].discovery
        self.users = frozenset(user for tokens in known for user in tokens.users)

    def users_for(self, token: str) -> Sequence[str]:
        for tokens in self._known:
            try:
                return tokens.users_for(token)
            except TokenRefused as refusal:
                last = refusal
        raise last

    def is_token(self, text: str) -> bool:
        return any(tokens.is_token(text) for tokens in self._known)


def store(settings: Settings) -> Store:
    """Return the store. Raises ConfigError."""
    on_delete = cast(OnDelete, settings.on_delete)
    if settings.is_directory:
        return _directory(settings.target or "", settings.profile, on_delete)
    own: Mapping[str, str] = {user.name: user.maildrop for user in settings.users if user.maildrop}
    target = settings.target or "memory:"
    makes = settings.takes_mail
    return create_store(target, on_delete=on_delete, target_for=own, makes_maildrops=makes)


def _directory(path: str, profile: str | None, on_delete: OnDelete) -> Store:
    """Return a store of the files as they are."""
    return FolderStore(
        path,
        verbatim=profile in (None, "mail-box"),
        uid=partial(_uid_in, path),
        on_delete=on_delete,
    )


def _uid_in(path: str, name: str) -> str:
    """Return the unique-id of a file: its path as it was given."""
    return legal_uid(f"{path.rstrip('/')}/{name}")


def _seen(folder: str, files: Mapping[str, int]) -> dict[str, Entry]:
    """Return what may have been a message, by its path, in the order of a folder."""
    names = sorted((name for name in files if name[0] != "."), key=os.fsencode)
    return {os.path.join(folder, name): Entry(_uid_in(folder, name), files[name]) for name in names}


def greeted(settings: Settings, store: Store, client: EarlyClient) -> GreetedClient:
    """Return a client that was greeted while the server was imported, with the store it saw."""
    host, port = client.address
    if client.files is not None:
        store = StoreSeenEarlier(store, _seen(settings.target or "", client.files))
    connection = socket(fileno=client.connection.detach())
    return GreetedClient(connection, f"{host}:{port}", client.timestamp, store)


def half_done(settings: Settings) -> Iterator[str]:
    """Return the mbox files that a killed server has left half-done, for a single user."""
    own = [user.maildrop for user in settings.users]
    for target in dict.fromkeys([settings.target, *own]):
        with suppress(OSError, ValueError):
            if target and is_half_rewritten(target):
                yield target


def recover(settings: Settings) -> Iterator[str]:
    """Finish half-done work where nobody uses the files; return what can't be finished."""
    for target in half_done(settings):
        with suppress(MaildropBusy):  # its current user has finished it
            try:
                recover_mbox_at(target)
            except StoreFailed as failure:
                yield f"{target}: {failure}: {failure.__cause__}"


def advice(settings: Settings) -> Iterator[str]:
    """Return advice on targets whose messages would not be seen, or not be sent, as such."""
    own = [user.maildrop for user in settings.users]
    look = advice_on if settings.is_directory else advice_on_target
    for target in dict.fromkeys([settings.target, *own]):
        with suppress(OSError):
            if target and (told := look(target, to_be_filled=settings.changes_live)):
                yield told


def tls(settings: Settings) -> "CertificateSet | None":
    """Return the certificates, if any. Raises ConfigError."""
    made = _certificates(settings)
    if made is None:
        return None
    return replace(made, own=replace(made.own, at_once=settings.limits.tls_buffer))


def _certificates(settings: Settings) -> "CertificateSet | None":
    if not settings.tls:
        return None
    from pop3lab.transport.certificates import CertificateSet, self_signed  # it takes long

    if settings.tls_self_signed:
        return self_signed(certificate_names(settings), settings.ca_out, settings.client_ca)
    if settings.cert and settings.key:
        return CertificateSet(make_tls(settings.cert, settings.key, settings.client_ca))
    return None


def certificate_names(settings: Settings) -> list[str]:
    """Return the names that a certificate is made for."""
    return list(dict.fromkeys([*settings.hosts, "localhost", "127.0.0.1"]))


def server_capabilities(settings: Settings) -> ServerCapabilities:
    """Return what CAPA announces."""
    implementation = settings.implementation
    if implementation is None:
        implementation = f"pop3lab-{__version__}"
    return ServerCapabilities(
        implementation=implementation,
        tls=settings.tls,
        utf8=settings.utf8,
        login_delay=settings.login_delay,
        strangers=frozenset(() if settings.is_directory else _STRANGERS),
    )


def rules(settings: Settings) -> Rules:
    """Return the rules. Raises ConfigError."""
    plain = not (settings.quirks or settings.rules or settings.profile or needs_auth(settings))
    if plain and settings.is_directory:
        profile = mail_box(word for word in settings.keywords if word in MAIL_BOX_KEYWORDS)
        return Rules(profile=profile, seed=settings.seed, live=settings.changes_live)
    if plain:
        return Rules(seed=settings.seed, live=settings.changes_live)
    from pop3lab.cli.misbehaviour import rules_of  # imports the whole catalogue

    return rules_of(settings)


def login_throttle(settings: Settings) -> LoginThrottle:
    """Return the login throttle, which workers share; only on request for `pop3lab DIR`."""
    if settings.is_directory and not settings.login_delay:
        return NO_THROTTLE
    return TimedThrottle(
        time.monotonic,
        login_delay=settings.login_delay,
        most=settings.limits.delay_addresses,
        lock=ProcessLock() if settings.workers > 1 else None,
    )
