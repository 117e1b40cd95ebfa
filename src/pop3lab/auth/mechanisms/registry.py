"""Which mechanisms work: on a channel, and for the accounts there are."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from pop3lab.auth.mechanisms.oauth import Bearers, oauthbearer, xoauth2
from pop3lab.auth.mechanisms.scram import Lookup, scram
from pop3lab.auth.mechanisms.simple import anonymous, cram_md5, external, login, plain
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel, Mechanism, SaslGenerator

if TYPE_CHECKING:
    from pop3lab.auth.accounts import Accounts

_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")


def offered(accounts: "Accounts", channel: Channel) -> list[Mechanism]:
    """The mechanisms, the preferred first: those come last that show the password to the server."""
    return [
        *_scrams(accounts, channel),
        *_bearers(accounts, channel),
        *_certificates(accounts, channel),
        *_digests(accounts, channel),
        *_ntlm(accounts),
        *_passwords(accounts, channel),
        *_anybody(accounts),
    ]


def _scrams(accounts: "Accounts", channel: Channel) -> Iterator[Mechanism]:
    names = [name for name in _SCRAM if name in accounts.served]
    if channel.bindings:
        for name in names:
            yield _first(f"{name}-PLUS", _scram(accounts, channel, name, plus=True))
    for name in names:
        yield _first(name, _scram(accounts, channel, name, plus=False))


def _scram(
    accounts: "Accounts", channel: Channel, name: str, *, plus: bool
) -> Callable[[], SaslGenerator]:
    users = partial(accounts.by_name, name)
    lookup = Lookup(accounts.scram_book(name).keys, users, accounts.authorized)
    nonce = channel.nonce or None
    return partial(scram, name, lookup, channel.bindings, plus=plus, nonce=nonce)


def _bearers(accounts: "Accounts", channel: Channel) -> Iterator[Mechanism]:
    tokens = accounts.extra.tokens
    if tokens is None or not (channel.secure or accounts.extra.oauth_in_clear):
        return
    for name, mechanism in (("OAUTHBEARER", oauthbearer), ("XOAUTH2", xoauth2)):
        if name in accounts.served or any(accounts.find(u) is None for u in tokens.users):
            bearers = Bearers(tokens, partial(_bearer, accounts, name), accounts.authorized)
            yield _first(name, partial(mechanism, bearers))


def _bearer(accounts: "Accounts", way: str, user: str) -> str:
    tokens = accounts.extra.tokens
    if tokens and user in tokens.users and accounts.find(user) is None:
        return user
    return accounts.by_exact_name(way, user)


def _certificates(accounts: "Accounts", channel: Channel) -> Iterator[Mechanism]:
    """EXTERNAL, for who shows a certificate that names one user, and no more than one."""
    named = {name for name in channel.certificate_names if accounts.has(name)}
    if len(named) != 1:
        return
    try:
        user = accounts.by_exact_name("EXTERNAL", named.pop())
    except LoginFailed:
        return
    yield _first("EXTERNAL", partial(external, user, accounts.authorized))


def _digests(accounts: "Accounts", channel: Channel) -> Iterator[Mechanism]:
    if channel.challenge and "CRAM-MD5" in accounts.served:
        prove = partial(accounts.by_digest, "CRAM-MD5")
        yield Mechanism("CRAM-MD5", False, partial(cram_md5, channel.challenge, prove))


def _ntlm(accounts: "Accounts") -> Iterator[Mechanism]:
    if accounts.extra.ntlm and "NTLM" in accounts.served:
        from pop3lab.auth.mechanisms.ntlm import ntlm

        yield _first("NTLM", partial(ntlm, partial(accounts.by_digest, "NTLM")))


def _passwords(accounts: "Accounts", channel: Channel) -> Iterator[Mechanism]:
    if not channel.clear:
        return
    if "PLAIN" in accounts.served:
        prove = partial(accounts.by_password, "PLAIN")
        yield _first("PLAIN", partial(plain, prove, accounts.authorized))
    if "LOGIN" in accounts.served:
        yield _first("LOGIN", partial(login, partial(accounts.by_password, "LOGIN")))


def _anybody(accounts: "Accounts") -> Iterator[Mechanism]:
    if accounts.extra.anonymous is not None:
        yield _first("ANONYMOUS", partial(anonymous, accounts.extra.anonymous))


def _first(name: str, begin: Callable[[], SaslGenerator]) -> Mechanism:
    """A mechanism in which the client may speak first."""
    return Mechanism(name, True, begin)
