"""Runs a mechanism as the session does, and clients of SCRAM written without scramp."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.actions import Proof
from pop3lab.core.errors import LoginFailed, NotUnderstood
from pop3lab.core.sasl import Channel, Mechanism, SaslGenerator

Response = bytes | Callable[[bytes], bytes]  # as it is, or made from the challenge


def proved(user: str | Proof) -> str:
    """The user, at once or by the proof; raises what that raises."""
    if isinstance(user, str):
        return user
    user.run()
    return user.user


def run(exchanged: SaslGenerator, *responses: Response) -> str:
    """The user, after all these responses and not before; raises what the mechanism raises."""
    challenge = next(exchanged)
    for number, response in enumerate(responses, 1):
        answer = response if isinstance(response, bytes) else response(challenge)
        try:
            challenge = exchanged.send(answer)
        except StopIteration as done:
            assert number == len(responses), "the user before all responses"
            return proved(done.value)
    raise AssertionError(f"one more challenge: {challenge!r}")


def refused(exchanged: SaslGenerator, *responses: Response, why: str = "") -> None:
    """The last of these responses, and none before, is answered by LoginFailed.

    why: the name that RFC 5802 section 7 has for it, in SCRAM.
    """
    with pytest.raises(LoginFailed) as failure:
        run(exchanged, *responses)
    assert str(failure.value) == why


def malformed(exchanged: SaslGenerator, *responses: Response, why: str = "") -> None:
    """One of these responses is answered by ValueError, or NotUnderstood. why: as for refused."""
    with pytest.raises((ValueError, NotUnderstood), match=f"{why}$"):
        run(exchanged, *responses)


def names(accounts: Authenticator, channel: Channel = Channel()) -> list[str]:
    return [mechanism.name for mechanism in accounts.mechanisms(channel)]


def begin(accounts: Authenticator, name: str, channel: Channel = Channel()) -> SaslGenerator:
    return mechanism(accounts, name, channel).begin()


def mechanism(accounts: Authenticator, name: str, channel: Channel = Channel()) -> Mechanism:
    return next(each for each in accounts.mechanisms(channel) if each.name == name)


@dataclass
class ScramClient:
    """A client by RFC 5802 section 3. What is wrong about it can be told."""

    password: str
    digest: str = "sha256"
    name: str = "ann"
    header: str = "n,,"
    binding: bytes = b""
    nonce: str = "fyko+d2lbbFgONRv9qkxdawL"
    extension: str = ""  # behind the nonce of both messages, with a comma in front
    echo: Callable[[str], str] = field(default=lambda nonce: nonce)
    final_header: str | None = None
    proof: bytes | None = None
    server_first: str = ""
    _signature: bytes = b""

    @property
    def bare(self) -> str:
        return f"n={self.name},r={self.nonce}{self.extension}"

    def first(self, challenge: bytes = b"") -> bytes:
        assert challenge == b""
        return (self.header + self.bare).encode()

    def final(self, challenge: bytes) -> bytes:
        self.server_first = challenge.decode()
        nonce, salt, iterations = (word[2:] for word in self.server_first.split(","))
        assert nonce.startswith(self.nonce)
        assert len(nonce) > len(self.nonce)
        salted = hashlib.pbkdf2_hmac(
            self.digest, self.password.encode(), b64decode(salt), int(iterations)
        )
        header = self.header if self.final_header is None else self.final_header
        bound = b64encode(header.encode() + self.binding).decode()
        final = f"c={bound},r={self.echo(nonce)}{self.extension}"
        said = f"{self.bare},{self.server_first},{final}".encode()
        client = self._hmac(salted, b"Client Key")
        stored = hashlib.new(self.digest, client).digest()
        signature = self._hmac(stored, said)
        proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
        self._signature = self._hmac(self._hmac(salted, b"Server Key"), said)
        return f"{final},p={b64encode(self.proof or proof).decode()}".encode()

    def end(self, challenge: bytes) -> bytes:
        assert challenge == b"v=" + b64encode(self._signature)
        return b""

    @property
    def steps(self) -> tuple[Response, ...]:
        return self.first, self.final, self.end

    @property
    def iterations(self) -> int:
        return int(self.server_first.rpartition("i=")[2])

    @property
    def salt(self) -> bytes:
        return b64decode(self.server_first.split(",")[1][2:])

    def _hmac(self, key: bytes, text: bytes) -> bytes:
        return hmac.new(key, text, self.digest).digest()
