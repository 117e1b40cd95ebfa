"""JSON Web Tokens as bearer tokens, checked with a key at hand (RFC 7519, RFC 9068)."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

from pop3lab.auth.tokens import TokenRefused
from pop3lab.core.errors import ConfigError
from pop3lab.core.optional_import import import_optional
from pop3lab.files.reading import MAX_CONFIG_FILE, read_whole

_ALGORITHMS = {"RSAKey": "RS256", "ECKey": "ES256", "OctKey": "HS256"}  # by the library's key types
_CURVE = "P-256"  # of ES256; RFC 7518 section 3.4
_FORM = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)  # of an object
_LEAST_SECRET = 32  # octets of a key for HS256; RFC 7518 section 3.2
# Other errors of the library, for JSON of unexpected types or depth.
_SLIPS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class JwtRequirements:
    """What a token must say. An empty string requires nothing.

    claim: the one that names the user or users. leeway: seconds that clocks may differ.
    audience: if empty, a token for any audience is refused (RFC 7519 section 4.1.3).
    """

    audience: str = ""
    issuer: str = ""
    scope: str = ""
    claim: str = "sub"
    leeway: int = 30


class JwtTokens:
    """Verifies signature, exp, nbf, aud, iss and scope; exp is required."""

    users: frozenset[str] = frozenset()  # an issuer of tokens creates no accounts

    def __init__(
        self,
        key: bytes,
        clock: Callable[[], float],
        requirements: JwtRequirements = JwtRequirements(),
        *,
        discovery: str = "",
    ) -> None:
        """key: a PEM file, a JWK, a JWKS or the secret of HS256. clock: seconds since 1970.

        Raises ConfigError for a key that can't be read, and where the library is missing.
        """
        self.scope = requirements.scope
        self.discovery = discovery
        self._requirements = requirements
        self._clock = clock
        self._jwt = import_optional("joserfc.jwt", "JWT", "oauth")
        self._errors = (import_optional("joserfc.errors", "JWT", "oauth").JoseError, *_SLIPS)
        self._keys = _read_keys(key, self._errors)

    def is_token(self, text: str) -> bool:
        """Tell whether it has the form of one (RFC 7515 section 7.1)."""
        return _FORM.fullmatch(text) is not None

    def users_for(self, token: str) -> Sequence[str]:
        """Return the users whom the claim names, one or a list. Raises TokenRefused."""
        claims = self._claims(token)
        if self.scope and self.scope not in _scopes(claims):
            raise TokenRefused("insufficient_scope")
        claim = claims.get(self._requirements.claim)
        named = claim if isinstance(claim, list) else [claim]
        users = [user for user in named if isinstance(user, str) and user]
        if not users or len(users) < len(named):
            raise TokenRefused
        return users

    def _claims(self, token: str) -> dict[str, Any]:
        claims = self._signed(token)
        try:
            self._registry().validate(claims)
        except self._errors:
            raise TokenRefused from None
        if "aud" in claims and not self._requirements.audience:
            raise TokenRefused
        return dict(claims)

    def _signed(self, token: str) -> Any:
        """Return the claims if any of the keys has signed them (RFC 7515 section 4.1.4).

        Each key is tried with the algorithm of its kind only. If key and token both have a key
        identifier, it must be the same.
        """
        for key in self._keys:
            try:
                decoded = self._jwt.decode(token, key, algorithms=[_algorithm(key)])
            except self._errors:
                continue
            if decoded.header.get("kid", key.kid) == key.kid or key.kid is None:
                return decoded.claims
        raise TokenRefused

    def _registry(self) -> Any:
        options: dict[str, Any] = {"exp": {"essential": True}}
        if self._requirements.audience:
            options["aud"] = {"essential": True, "value": self._requirements.audience}
        if self._requirements.issuer:
            options["iss"] = {"essential": True, "value": self._requirements.issuer}
        return self._jwt.JWTClaimsRegistry(
            now=int(self._clock()), leeway=self._requirements.leeway, **options
        )


def read_key_file(path: str) -> bytes:
    """Read a key file. Raises ConfigError, also for an empty file."""
    try:
        octets = read_whole(path, MAX_CONFIG_FILE)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if not octets.strip():
        raise ConfigError(f"{path}: no key in it: put one there as PEM, JWK or JWKS")
    return octets


def _scopes(claims: dict[str, Any]) -> list[Any]:
    """Return the scopes: a string with spaces (RFC 8693 section 4.2), or some issuers' list scp."""
    scopes = claims.get("scope", claims.get("scp", ""))
    if isinstance(scopes, str):
        return scopes.split()
    return scopes if isinstance(scopes, list) else []


def _read_keys(octets: bytes, errors: tuple[type[Exception], ...]) -> Sequence[Any]:
    """Return the usable keys, at least one. Raises ConfigError."""
    jwk = import_optional("joserfc.jwk", "JWT", "oauth")
    try:
        with catch_warnings():
            simplefilter("ignore")  # a short secret is refused below
            keys = list(_parse_keys(jwk, octets, errors))
    except errors:
        raise ConfigError("the key for JWT is not a usable PEM, JWK or JWKS") from None
    usable = [key for key in keys if _algorithm(key)]
    if not usable:
        raise ConfigError(f"a key for JWT must be for one of {' '.join(_ALGORITHMS.values())}")
    for key in usable:
        _check(key)
    return usable


def _parse_keys(jwk: Any, octets: bytes, errors: tuple[type[Exception], ...]) -> Iterator[Any]:
    if octets.lstrip().startswith(b"{"):
        parsed = json.loads(octets)
        if "keys" in parsed:
            yield from _read_set(jwk, parsed["keys"], errors)
        else:
            yield jwk.import_key(parsed)
    elif b"-----BEGIN " in octets:
        yield _read_pem(jwk, octets, errors)
    else:
        yield jwk.OctKey.import_key(octets.strip())


def _read_set(jwk: Any, members: list[Any], errors: tuple[type[Exception], ...]) -> Iterator[Any]:
    """Read a set, and skip keys that are not understood (RFC 7517 section 5)."""
    for member in members:
        with suppress(*errors):
            yield jwk.import_key(member)


def _read_pem(jwk: Any, octets: bytes, errors: tuple[type[Exception], ...]) -> Any:
    try:
        return jwk.RSAKey.import_key(octets)
    except errors:
        return jwk.ECKey.import_key(octets)


def _algorithm(key: Any) -> str:
    """Return the algorithm of a key, empty if unusable (RFC 7517 sections 4.2 and 4.4)."""
    algorithm = _ALGORITHMS.get(type(key).__name__, "")
    if algorithm == "ES256" and key.curve_name != _CURVE:
        return ""
    meant = key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
    return algorithm if meant else ""


def _check(key: Any) -> None:
    if type(key).__name__ == "OctKey" and len(key.raw_value) < _LEAST_SECRET:
        raise ConfigError(f"the secret for HS256 must have at least {_LEAST_SECRET} octets")
