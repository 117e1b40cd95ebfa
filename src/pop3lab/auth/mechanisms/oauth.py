"""OAUTHBEARER (RFC 7628) and XOAUTH2 (Google): login by a bearer token."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from pop3lab.auth.credentials import saslprep
from pop3lab.auth.mechanisms.gs2 import Authorize, parse_gs2_header
from pop3lab.auth.tokens import TokenRefused, Tokens
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import SaslGenerator

_SEPARATOR = "\x01"
_KEY = re.compile(r"[A-Za-z]+", re.ASCII)
_VALUE = re.compile(r"[\x21-\x7e \t\r\n]*", re.ASCII)  # RFC 7628 section 3.1
_REFUSED = "the token is refused"  # for the operator
_TOKEN = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)  # RFC 6750 s 2.1


class BearerLogin(NamedTuple):
    """Logs in by token.

    find_user: maps a token's user to an account's, or raises LoginFailed.
    """

    tokens: Tokens
    find_user: Callable[[str], str]
    authorize: Authorize

    def user(self, token: str, authzid: str) -> str:
        """Return whose maildrop is opened: the user asked for, if the token names that user.

        Without an authzid it is the first that the token names, its owner; or another whom the
        owner may act for. Raises TokenRefused.
        """
        users = self.tokens.users_for(token)
        among = (user for user in users if saslprep(user) == saslprep(authzid))
        owner = next(among, users[0])
        try:
            return self.authorize(authzid, self.find_user(owner))
        except LoginFailed:
            raise TokenRefused from None


def oauthbearer(login: BearerLogin) -> SaslGenerator:
    """Take one response. A bad token gets a reason as challenge, whose response is ignored."""
    header, rest = parse_gs2_header((yield b"").decode())
    if header.flag == "p":
        raise ValueError("no channel binding here")
    begin, *pairs = rest.split(_SEPARATOR)
    if begin:
        raise ValueError("^A is wanted behind the header")
    token = _bearer(_values(pairs)["auth"])
    try:
        return login.user(token, header.authzid)
    except TokenRefused as refusal:
        reason = {"status": refusal.status}
    tokens = login.tokens
    if tokens.scope:
        reason["scope"] = tokens.scope
    if tokens.discovery:
        reason["openid-configuration"] = tokens.discovery
    yield json.dumps(reason).encode()
    raise LoginFailed(user=header.authzid, why=_REFUSED)


def xoauth2(login: BearerLogin) -> SaslGenerator:
    """Take `user=` and a token in one response. A reason has the form that Google gives it."""
    values = _values((yield b"").decode().split(_SEPARATOR))
    token = _bearer(values["auth"])
    try:
        return login.user(token, values["user"])
    except TokenRefused as refusal:
        status = "403" if refusal.status == "insufficient_scope" else "401"
    reason = {"status": status, "schemes": "bearer"}
    if login.tokens.scope:
        reason["scope"] = login.tokens.scope
    yield json.dumps(reason).encode()
    raise LoginFailed(user=values["user"], why=_REFUSED)


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise ValueError(f"no {key}=")


def _values(pairs: list[str]) -> dict[str, str]:
    """Parse key=value^A key=value^A ^A. Raises ValueError, also for a missing key."""
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
