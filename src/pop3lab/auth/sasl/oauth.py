"""OAUTHBEARER (RFC 7628) and XOAUTH2 (Google): a bearer token, and a reason where it is refused."""

import json
import re
from collections.abc import Callable

from pop3lab.auth.sasl.gs2 import read_header
from pop3lab.auth.sasl.identity import check
from pop3lab.auth.tokens import TokenRefused, Tokens
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Exchanged

_SEPARATOR = "\x01"
_KEY = re.compile(r"[A-Za-z]+", re.ASCII)
_VALUE = re.compile(r"[\x21-\x7e \t\r\n]*", re.ASCII)  # RFC 7628 section 3.1
_TOKEN = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)  # RFC 6750 s 2.1

Known = Callable[[str], str]  # a token's user to the account's, or raises LoginFailed


def oauthbearer(tokens: Tokens, known: Known) -> Exchanged:
    """One response; if the token is bad a reason as a challenge, and a response that is ignored."""
    header, rest = read_header((yield b"").decode())
    if header.flag == "p":
        raise ValueError("no channel binding here")
    begin, *pairs = rest.split(_SEPARATOR)
    if begin:
        raise ValueError("^A is wanted behind the header")
    token = _bearer(_values(pairs)["auth"])
    try:
        return _user(tokens, known, token, header.authorization)
    except TokenRefused as refusal:
        reason = {"status": refusal.status}
    if tokens.scope:
        reason["scope"] = tokens.scope
    if tokens.discovery:
        reason["openid-configuration"] = tokens.discovery
    yield json.dumps(reason).encode()
    raise LoginFailed("login failed")


def xoauth2(tokens: Tokens, known: Known) -> Exchanged:
    """The same with `user=` in front, and a reason in Google's words."""
    values = _values((yield b"").decode().split(_SEPARATOR))
    token = _bearer(values["auth"])
    try:
        return _user(tokens, known, token, values["user"])
    except TokenRefused as refusal:
        status = "403" if refusal.status == "insufficient_scope" else "401"
    reason = {"status": status, "schemes": "bearer"}
    if tokens.scope:
        reason["scope"] = tokens.scope
    yield json.dumps(reason).encode()
    raise LoginFailed("login failed")


def _user(tokens: Tokens, known: Known, token: str, asked: str) -> str:
    """Whose token it is, if the client asked for no other. Raises TokenRefused."""
    user = tokens.user(token)
    try:
        check(asked, user)
        return known(user)
    except LoginFailed:
        raise TokenRefused from None


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
