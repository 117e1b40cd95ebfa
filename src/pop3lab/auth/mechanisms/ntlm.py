"""NTLM (MS-NLMP) as clients of Exchange use it (MS-OXPOP3), by pyspnego.

The library's acceptor takes users from a file named by an environment variable, so only its
messages and computations are used here. These are not its public API, so its version is bounded.
Nothing is signed or sealed, so the integrity code of messages (MIC) is not checked.
"""

import os
import struct
from typing import Any

from pop3lab.auth.mechanisms.simple import VerifyDigest
from pop3lab.core.optional_import import import_optional
from pop3lab.core.sasl import SaslGenerator

_TARGET = "POP3LAB"
_NTLM_V2 = 24  # octets; longer responses are version 2 (MS-NLMP section 2.2.2.8)
_PROOF = 16  # octets of the proof; the rest is the client's challenge
_CHALLENGE = 8  # octets
_NO_LM = bytes(16)  # the hash for keys, which are not used here


def load_ntlm() -> Any:
    """Return the library. Raises ConfigError if it is not installed."""
    import_optional("spnego", "NTLM", "ntlm")
    return import_optional("spnego._ntlm_raw.messages", "NTLM", "ntlm")


def ntlm(verify: VerifyDigest) -> SaslGenerator:
    """Take the negotiation, send a challenge, and check the response, which names the user.

    The domain may be anything: it is part of the proof, and has no other meaning.
    """
    asked = yield b""
    nonce = os.urandom(_CHALLENGE)
    answer = _Answer((yield _challenge(asked, nonce)))
    return verify(answer.name, answer.response.hex(), lambda password: answer.to(password, nonce))


def _challenge(asked: bytes, nonce: bytes) -> bytes:
    """Return the challenge for a client with these flags. Raises ValueError."""
    messages = load_ntlm()
    flag = messages.NegotiateFlags
    flags = _unpacked(messages.Negotiate, asked).flags & ~(flag.version | flag.target_type_domain)
    if not flags & (flag.unicode | flag.oem):
        raise ValueError("neither Unicode nor OEM")
    flags &= ~flag.oem if flags & flag.unicode else ~0
    flags &= ~flag.lm_key if flags & flag.extended_session_security else ~0
    flags |= flag.ntlm | flag.always_sign | flag.target_type_server
    info = messages.TargetInfo()
    info[messages.AvId.nb_computer_name] = _TARGET
    info[messages.AvId.nb_domain_name] = _TARGET
    challenge = messages.Challenge(flags, nonce, target_name=_TARGET, target_info=info)
    return bytes(challenge.pack())


def _unpacked(kind: Any, octets: bytes) -> Any:
    """Parse a message of this kind. Turns all errors of the library into ValueError."""
    try:
        return kind.unpack(octets)
    except (struct.error, LookupError, TypeError) as error:
        raise ValueError("no such message of NTLM") from error


class _Answer:
    """The client's response. Raises ValueError if it is malformed or anonymous."""

    def __init__(self, octets: bytes) -> None:
        message = _unpacked(load_ntlm().Authenticate, octets)
        self._flags: int = message.flags
        self._domain: str = message.domain_name or ""
        self._client: bytes = (message.lm_challenge_response or b"")[:_CHALLENGE]
        self.name: str = message.user_name or ""
        self.response: bytes = message.nt_challenge_response or b""
        if not self.name or len(self.response) < _NTLM_V2:
            raise ValueError("a name and a response are wanted")

    def to(self, password: str, nonce: bytes) -> str:
        """Return the correct response for a password, in hexadecimal digits."""
        crypto = import_optional("spnego._ntlm_raw.crypto", "NTLM", "ntlm")
        md4 = import_optional("spnego._ntlm_raw.md4", "NTLM", "ntlm").md4
        key = md4(password.encode("utf-16-le", "surrogatepass"))  # never taken for a hash
        if len(self.response) > _NTLM_V2:
            own = crypto.ntowfv2(self.name, key, self._domain)
            rest = self.response[_PROOF:]
            return str(bytes(crypto.hmac_md5(own, nonce + rest) + rest).hex())
        own = crypto.compute_response_v1(self._flags, key, _NO_LM, nonce, self._client)
        return str(bytes(own[0]).hex())
