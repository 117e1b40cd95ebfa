"""The SASL mechanisms that a server offers, by its accounts and the channel."""

from collections.abc import Callable, Iterator
from functools import partial

from pop3lab.auth.accounts import Accounts
from pop3lab.auth.mechanisms.oauth import BearerLogin, oauthbearer, xoauth2
from pop3lab.auth.mechanisms.scram import Lookup, scram
from pop3lab.auth.mechanisms.simple import anonymous, cram_md5, external, login, plain
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel, Mechanism, SaslGenerator

_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")


def available_mechanisms(accounts: Accounts, channel: Channel) -> list[Mechanism]:
    """Return the mechanisms in order of preference: those that send the password come last."""
    return [
        *_scrams(accounts, channel),
        *_oauth(accounts, channel),
        *_certificates(accounts, channel),
        *_digests(accounts, channel),
        *_ntlm(accounts),
        *_passwords(accounts, channel),
        *_anonymous(accounts),
    ]


def _scrams(accounts: Accounts, channel: Channel) -> Iterator[Mechanism]:
    names = [name for name in _SCRAM if name in accounts.methods]
    if channel.bindings:
        for name in names:
            yield _client_first(f"{name}-PLUS", _scram(accounts, channel, name, plus=True))
    for name in names:
        yield _client_first(name, _scram(accounts, channel, name, plus=False))


def _scram(
    accounts: Accounts, channel: Channel, name: str, *, plus: bool
) -> Callable[[], SaslGenerator]:
    users = partial(accounts.user_by_name, name)
    lookup = Lookup(accounts.scram_credentials(name).keys, users, accounts.authorize)
    nonce = channel.nonce or None
    return partial(scram, name, lookup, channel.bindings, plus=plus, nonce=nonce)


def _oauth(accounts: Accounts, channel: Channel) -> Iterator[Mechanism]:
    tokens = accounts.options.tokens
    if tokens is None or not (channel.secure or accounts.options.allow_oauth_in_clear):
        return
    for name, mechanism in (("OAUTHBEARER", oauthbearer), ("XOAUTH2", xoauth2)):
        if name in accounts.methods or any(accounts.find(u) is None for u in tokens.users):
            login_by_token = BearerLogin(
                tokens, partial(_token_user, accounts, name), accounts.authorize
            )
            yield _client_first(name, partial(mechanism, login_by_token))


def _token_user(accounts: Accounts, method: str, user: str) -> str:
    tokens = accounts.options.tokens
    if tokens and user in tokens.users and accounts.find(user) is None:
        return user
    return accounts.user_by_exact_name(method, user)


def _certificates(accounts: Accounts, channel: Channel) -> Iterator[Mechanism]:
    """Return EXTERNAL, if the client's certificate names exactly one user."""
    named = {name for name in channel.certificate_names if accounts.has(name)}
    if len(named) != 1:
        return
    try:
        user = accounts.user_by_exact_name("EXTERNAL", named.pop())
    except LoginFailed:
        return
    yield _client_first("EXTERNAL", partial(external, user, accounts.authorize))


def _digests(accounts: Accounts, channel: Channel) -> Iterator[Mechanism]:
    if channel.challenge and "CRAM-MD5" in accounts.methods:
        verify = partial(accounts.verify_digest, "CRAM-MD5")
        yield Mechanism("CRAM-MD5", False, partial(cram_md5, channel.challenge, verify))


def _ntlm(accounts: Accounts) -> Iterator[Mechanism]:
    if accounts.options.ntlm and "NTLM" in accounts.methods:
        from pop3lab.auth.mechanisms.ntlm import ntlm

        yield _client_first("NTLM", partial(ntlm, partial(accounts.verify_digest, "NTLM")))


def _passwords(accounts: Accounts, channel: Channel) -> Iterator[Mechanism]:
    if not channel.clear:
        return
    if "PLAIN" in accounts.methods:
        verify = partial(accounts.verify_password, "PLAIN")
        yield _client_first("PLAIN", partial(plain, verify, accounts.authorize))
    if "LOGIN" in accounts.methods:
        yield _client_first("LOGIN", partial(login, partial(accounts.verify_password, "LOGIN")))


def _anonymous(accounts: Accounts) -> Iterator[Mechanism]:
    if accounts.options.anonymous is not None:
        yield _client_first("ANONYMOUS", partial(anonymous, accounts.options.anonymous))


def _client_first(name: str, begin: Callable[[], SaslGenerator]) -> Mechanism:
    """Return a mechanism with an initial response."""
    return Mechanism(name, True, begin)
