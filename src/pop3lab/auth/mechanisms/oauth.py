"""OAUTHBEARER (RFC 7628) and XOAUTH2 (Google): a bearer token, and a reason where it is refused."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from pop3lab.auth.credentials import prepared
from pop3lab.auth.mechanisms.gs2 import read_header
from pop3lab.auth.tokens import TokenRefused, Tokens
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import SaslGenerator

_SEPARATOR = "\x01"
_KEY = re.compile(r"[A-Za-z]+", re.ASCII)
_VALUE = re.compile(r"[\x21-\x7e \t\r\n]*", re.ASCII)  # RFC 7628 section 3.1
_TOKEN = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)  # RFC 6750 s 2.1

# A token's user to the account's; of the user who was asked for and a token's, the one whose
# maildrop is opened. Both raise LoginFailed.
Known = Callable[[str], str]
Authorized = Callable[[str, str], str]


class Bearers(NamedTuple):
    """What is asked of tokens and accounts."""

    tokens: Tokens
    known: Known
    authorized: Authorized

    def user(self, token: str, asked: str) -> str:
        """Whose maildrop is opened: of those that the token opens the one that is asked for.

        Without a name the first, whose token it is; or one whom that user may act for. Raises
        TokenRefused.
        """
        users = self.tokens.opens(token)
        among = (user for user in users if prepared(user) == prepared(asked))
        owner = next(among, users[0])
        try:
            return self.authorized(asked, self.known(owner))
        except LoginFailed:
            raise TokenRefused from None


def oauthbearer(bearers: Bearers) -> SaslGenerator:
    """One response; if the token is bad a reason as a challenge, and a response that is ignored."""
    header, rest = read_header((yield b"").decode())
    if header.flag == "p":
        raise ValueError("no channel binding here")
    begin, *pairs = rest.split(_SEPARATOR)
    if begin:
        raise ValueError("^A is wanted behind the header")
    token = _bearer(_values(pairs)["auth"])
    try:
        return bearers.user(token, header.authorization)
    except TokenRefused as refusal:
        reason = {"status": refusal.status}
    tokens = bearers.tokens
    if tokens.scope:
        reason["scope"] = tokens.scope
    if tokens.discovery:
        reason["openid-configuration"] = tokens.discovery
    yield json.dumps(reason).encode()
    raise LoginFailed("login failed")


def xoauth2(bearers: Bearers) -> SaslGenerator:
    """The same with `user=` in front, and a reason in Google's words."""
    values = _values((yield b"").decode().split(_SEPARATOR))
    token = _bearer(values["auth"])
    try:
        return bearers.user(token, values["user"])
    except TokenRefused as refusal:
        status = "403" if refusal.status == "insufficient_scope" else "401"
    reason = {"status": status, "schemes": "bearer"}
    if bearers.tokens.scope:
        reason["scope"] = bearers.tokens.scope
    yield json.dumps(reason).encode()
    raise LoginFailed("login failed")


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise ValueError(f"no {key}=")


def _values(pairs: list[str]) -> dict[str, str]:
    """key=value^A key=value^A ^A, cut at each ^A. Raises ValueError, also for a missing key."""
    if len(pairs) < 2 or pairs[-2:] != ["", ""]:
        raise ValueError("^A ^A is wanted at the end")
    values = _Missing()
    for pair in pairs[:-2]:
        key, equals, value = pair.partition("=")
        if not equals or not _KEY.fullmatch(key) or key in values:
            raise ValueError("key=value is wanted, each key once")
        if key != "user" and not _VALUE.fullmatch(value):
            raise ValueError("a value is ASCII")
        values[key] = value
    return values


def _bearer(authorization: str) -> str:
    form = _TOKEN.fullmatch(authorization)
    if not form:
        raise ValueError("Bearer and a token is wanted")
    return form[1]
