"""NTLM (MS-NLMP), as clients of Exchange log in by it (MS-OXPOP3), by pyspnego.

Its acceptor takes users from a file that the environment of the process names, so that only its
messages and computations serve here. They are not what it publishes: its version is bounded.
Neither signs nor seals follow, so that the integrity code of messages (MIC) is not looked at.
"""

import os
import struct
from typing import Any

from pop3lab.auth.mechanisms.simple import VerifyDigest
from pop3lab.auth.optional_import import import_optional
from pop3lab.core.sasl import SaslGenerator

_TARGET = "POP3LAB"
_NTLM_V2 = 24  # octets: what is longer is a response of version 2 (MS-NLMP section 2.2.2.8)
_PROOF = 16  # octets of it that are the proof; the client's challenge is the rest
_CHALLENGE = 8  # octets
_NO_LM = bytes(16)  # the hash by which only keys would be made that nobody uses here


def load_ntlm() -> Any:
    """The library's package. Raises ConfigError if it is not there."""
    import_optional("spnego", "NTLM", "ntlm")
    return import_optional("spnego._ntlm_raw.messages", "NTLM", "ntlm")


def ntlm(verify: VerifyDigest) -> SaslGenerator:
    """The client's negotiation, a challenge, and its response, which names the user.

    The domain is what the client takes it for: it is part of the proof, and says nothing else.
    """
    asked = yield b""
    nonce = os.urandom(_CHALLENGE)
    answer = _Answer((yield _challenge(asked, nonce)))
    return verify(answer.name, answer.response.hex(), lambda password: answer.to(password, nonce))


def _challenge(asked: bytes, nonce: bytes) -> bytes:
    """For a client with these flags. Raises ValueError."""
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
    """A message of this kind. Raises ValueError, and nothing else that the library may raise."""
    try:
        return kind.unpack(octets)
    except (struct.error, LookupError, TypeError) as error:
        raise ValueError("no such message of NTLM") from error


class _Answer:
    """What a client has answered. Raises ValueError if it can't be read, or is anonymous."""

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
        """What the response has to be, in hexadecimal digits, if this is the password."""
        crypto = import_optional("spnego._ntlm_raw.crypto", "NTLM", "ntlm")
        md4 = import_optional("spnego._ntlm_raw.md4", "NTLM", "ntlm").md4
        key = md4(password.encode("utf-16-le", "surrogatepass"))  # of any text: none is a hash
        if len(self.response) > _NTLM_V2:
            own = crypto.ntowfv2(self.name, key, self._domain)
            rest = self.response[_PROOF:]
            return str(bytes(crypto.hmac_md5(own, nonce + rest) + rest).hex())
        own = crypto.compute_response_v1(self._flags, key, _NO_LM, nonce, self._client)
        return str(bytes(own[0]).hex())
