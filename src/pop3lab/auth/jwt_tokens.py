"""JSON Web Tokens as bearer tokens, checked with a key at hand (RFC 7519, RFC 9068)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

from pop3lab.auth.extras import load
from pop3lab.auth.tokens import TokenRefused
from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import WRITTEN, read_whole

ALGORITHMS = ("RS256", "ES256", "HS256")
_LEAST_SECRET = 32  # octets of a key for HS256; RFC 7518 section 3.2
# What the library lets out besides its own errors, for JSON of unexpected types and depths.
_SLIPS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
_KINDS = {"RSAKey", "ECKey", "OctKey"}


@dataclass(frozen=True, slots=True)
class Demands:
    """What a token must say. An empty string: nothing is demanded.

    claim: the one that names the user. leeway: seconds that clocks may differ.
    audience: without one a token that is for some audience is refused (RFC 7519 section 4.1.3).
    """

    audience: str = ""
    issuer: str = ""
    scope: str = ""
    claim: str = "sub"
    leeway: int = 30


class JWTTokens:
    """Checks signature, exp, nbf, aud, iss and scope; exp has to be there."""

    users: frozenset[str] = frozenset()  # who signs tokens does not make accounts

    def __init__(
        self,
        key: bytes,
        clock: Callable[[], float],
        demands: Demands = Demands(),
        *,
        discovery: str = "",
    ) -> None:
        """key: a PEM file, a JWK, a JWKS or the secret of HS256. clock: seconds since 1970.

        Raises ConfigError for a key that can't be read, and where the library is missing.
        """
        self.scope = demands.scope
        self.discovery = discovery
        self._demands = demands
        self._clock = clock
        self._jwt = load("joserfc.jwt", "JWT", "oauth")
        self._errors = (load("joserfc.errors", "JWT", "oauth").JoseError, *_SLIPS)
        self._key = _read_key(key, self._errors)

    def user(self, token: str) -> str:
        """Whose token it is. Raises TokenRefused."""
        claims = self._claims(token)
        if self.scope and self.scope not in _scopes(claims):
            raise TokenRefused("insufficient_scope")
        user = claims.get(self._demands.claim)
        if not isinstance(user, str) or not user:
            raise TokenRefused
        return user

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims = self._jwt.decode(token, self._key, algorithms=ALGORITHMS).claims
            self._registry().validate(claims)
        except self._errors:
            raise TokenRefused from None
        if "aud" in claims and not self._demands.audience:
            raise TokenRefused
        return dict(claims)

    def _registry(self) -> Any:
        options: dict[str, Any] = {"exp": {"essential": True}}
        if self._demands.audience:
            options["aud"] = {"essential": True, "value": self._demands.audience}
        if self._demands.issuer:
            options["iss"] = {"essential": True, "value": self._demands.issuer}
        return self._jwt.JWTClaimsRegistry(
            now=int(self._clock()), leeway=self._demands.leeway, **options
        )


def read_key_file(path: str) -> bytes:
    """The octets of a key. Raises ConfigError."""
    try:
        return read_whole(path, WRITTEN)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _scopes(claims: dict[str, Any]) -> list[Any]:
    """A string with spaces (RFC 8693 section 4.2), or a list as some issuers have it in scp."""
    scopes = claims.get("scope", claims.get("scp", ""))
    if isinstance(scopes, str):
        return scopes.split()
    return scopes if isinstance(scopes, list) else []


def _read_key(octets: bytes, errors: tuple[type[Exception], ...]) -> Any:
    jwk = load("joserfc.jwk", "JWT", "oauth")
    try:
        with catch_warnings():
            simplefilter("ignore")  # a short secret is refused below
            key = _parse_key(jwk, octets, errors)
    except errors:
        raise ConfigError("the key for JWT is none in PEM, JWK or JWKS that can be used") from None
    for each in key if isinstance(key, jwk.KeySet) else [key]:
        _check(each)
    return key


def _parse_key(jwk: Any, octets: bytes, errors: tuple[type[Exception], ...]) -> Any:
    if octets.lstrip().startswith(b"{"):
        return _read_json(jwk, json.loads(octets))
    if b"-----BEGIN " in octets:
        return _read_pem(jwk, octets, errors)
    return jwk.OctKey.import_key(octets.strip())


def _read_json(jwk: Any, parsed: Any) -> Any:
    if "keys" in parsed:
        return jwk.KeySet.import_key_set(parsed)
    return jwk.import_key(parsed)


def _read_pem(jwk: Any, octets: bytes, errors: tuple[type[Exception], ...]) -> Any:
    try:
        return jwk.RSAKey.import_key(octets)
    except errors:
        return jwk.ECKey.import_key(octets)


def _check(key: Any) -> None:
    if type(key).__name__ not in _KINDS:
        raise ConfigError(f"a key for JWT is for one of {' '.join(ALGORITHMS)}")
    if type(key).__name__ == "OctKey" and len(key.raw_value) < _LEAST_SECRET:
        raise ConfigError(f"the secret for HS256 has at least {_LEAST_SECRET} octets")
