"""SCRAM-SHA-1 (RFC 5802) and SCRAM-SHA-256 (RFC 7677), with and without -PLUS, by scramp.

scramp refuses authorization identities and does not know tls-exporter. So the header of the first
message is parsed here, scramp gets a plain one, and is told later what `c=` must be.

Errors have the names of RFC 5802 section 7. None discloses whether a user exists: binding and
syntax are checked before the proof, and an unknown name fails at the proof.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pop3lab.auth.credentials import ScramKeys
from pop3lab.auth.mechanisms.gs2 import Authorize, Gs2Header, parse_gs2_header
from pop3lab.core.errors import LoginFailed, NotUnderstood
from pop3lab.core.sasl import SaslGenerator

_PLAIN_HEADER = "n,,"
_OTHER = "other-error"
# Errors of RFC 5802 section 7, for well-formed messages of failed logins.
_NO_BINDING = "channel-binding-not-supported"
_HIDDEN = "server-does-support-channel-binding"
_NO_SUCH_TYPE = "unsupported-channel-binding-type"
_FAILURES = {"invalid-proof", "channel-bindings-dont-match", _NO_BINDING, _HIDDEN, _NO_SUCH_TYPE}


class Lookup(NamedTuple):
    """Functions that query the accounts.

    keys: returns the keys of a name, real or made up. user: returns the user of a proved name.
    authorize: returns whose maildrop is opened.
    """

    keys: Callable[[str], ScramKeys]
    user: Callable[[str], str]
    authorize: Authorize


def scram(
    mechanism: str,
    lookup: Lookup,
    bindings: Mapping[str, bytes],
    *,
    plus: bool = False,
    nonce: str | None = None,
) -> SaslGenerator:
    """Run the mechanism. The server's signature is a last challenge, answered by an empty response.

    mechanism: its name without -PLUS. bindings: the data by type; if there are any, -PLUS counts as
    offered. nonce: the server's part, or None for a random one.
    """
    header, bare = _read((yield b"").decode())
    bound = header.text.encode() + _binding(header, bindings, plus)
    server = _Server(mechanism, lookup.keys, nonce)
    final = (yield server.first(bare)).decode()
    signature = server.final(final, bound)
    user = lookup.authorize(header.authzid, lookup.user(server.name))
    if (yield signature):
        raise ValueError("an empty response is wanted")
    return user


def _read(message: str) -> tuple[Gs2Header, str]:
    try:
        return parse_gs2_header(message)
    except ValueError:
        raise _failure(_OTHER) from None


def _binding(header: Gs2Header, bindings: Mapping[str, bytes], plus: bool) -> bytes:
    """Return the data that the client must repeat (RFC 5802 section 6). Raises LoginFailed."""
    if header.flag == "p":
        if not plus:
            raise _failure(_NO_BINDING)
        if header.binding not in bindings:
            raise _failure(_NO_SUCH_TYPE)
        return bindings[header.binding]
    if plus or (header.flag == "y" and bindings):  # somebody may have hidden -PLUS
        raise _failure(_HIDDEN)
    return b""


def _failure(name: str, user: str = "") -> LoginFailed | NotUnderstood:
    """Return the error. name: one of RFC 5802 section 7. user: as the client named it."""
    if name in _FAILURES:
        return LoginFailed(name, user)
    return NotUnderstood(f"the response is not in the form of SCRAM: {name}")


class _Server:
    """scramp's server, with its errors turned into the two that a mechanism may raise."""

    def __init__(self, mechanism: str, keys: Callable[[str], ScramKeys], nonce: str | None) -> None:
        from scramp import ScramMechanism  # type: ignore[import-untyped]

        self.name = ""
        self._keys = keys
        self._server = ScramMechanism(mechanism).make_server(self._found, s_nonce=nonce)

    def first(self, bare: str) -> bytes:
        self._ask(self._server.set_client_first, _PLAIN_HEADER + bare)
        return str(self._ask(self._server.get_server_first)).encode()

    def final(self, message: str, bound: bytes) -> bytes:
        self._server.gs2_header = _Bound(bound)
        self._ask(self._server.set_client_final, message)
        return str(self._ask(self._server.get_server_final)).encode()

    def _found(self, name: str) -> tuple[bytes, bytes, bytes, int]:
        self.name = name
        return self._keys(name)

    def _ask(self, step: Callable[..., Any], *message: str) -> Any:
        from scramp import ScramException

        try:
            return step(*message)
        except ScramException as error:
            raise _failure(getattr(error.server_error, "value", _OTHER), self.name) from error


class _Bound(NamedTuple):
    """Replaces scramp's header where it checks the binding."""

    octets: bytes

    def make_cbind_input(self, binding: object) -> bytes:
        return self.octets
