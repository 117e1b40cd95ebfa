"""Login attempts in the lines of a session: the user, and a hash of the proof."""

import re
from base64 import b64decode
from typing import NamedTuple

from pop3lab.conformance.exchange import ClientLine, CompletedExchange
from pop3lab.core.reply_reader import CHALLENGE

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SCRAM = re.compile(rb"[^,]*,[^,]*,n=([^,]*),")  # RFC 5802 section 7
_OAUTH = re.compile(rb"(?:user=|n,a=)([^\x01,]*)")  # RFC 7628 section 3.1, and XOAUTH2


class LoginAttempt(NamedTuple):
    """A login attempt. secret: a hash of the proof; None if every proof is different."""

    user: str
    secret: int | None = None


def useless_after(code: str, attempt: LoginAttempt) -> LoginAttempt | None:
    """Return what is pointless after a refusal with this code; without a secret, any attempt.

    RFC 3206: [AUTH] is about the credentials, [SYS/PERM] about the user.
    """
    if code == "SYS/PERM":
        return LoginAttempt(attempt.user)
    return attempt if code == "AUTH" and attempt.secret is not None else None


def is_base64(response: bytes) -> bool:
    """Whether it is padded base64 and nothing else (RFC 4648 section 4)."""
    return _BASE64.fullmatch(response) is not None


def _attempt_in(mechanism: str, nth: int, response: bytes) -> LoginAttempt | None:
    """Return the attempt in the n-th response of an exchange; None if it names nobody."""
    if nth != 1 or not is_base64(response):
        return None
    octets = b64decode(response)
    if mechanism == "PLAIN":
        return _plain(octets)
    user = _named(mechanism, octets)
    return LoginAttempt(user.decode("utf-8", "replace")) if user else None


def _plain(octets: bytes) -> LoginAttempt | None:
    """Parse authzid NUL authcid NUL password (RFC 4616 section 2)."""
    parts = octets.split(b"\0")
    return (
        LoginAttempt(parts[1].decode("utf-8", "replace"), hash(parts[2]))
        if len(parts) == 3
        else None
    )


def _named(mechanism: str, octets: bytes) -> bytes:
    if mechanism == "LOGIN":
        return octets
    if mechanism == "CRAM-MD5":
        return octets.rpartition(b" ")[0]
    if mechanism.startswith("SCRAM-"):
        found = _SCRAM.match(octets)
    else:
        found = _OAUTH.match(octets) if mechanism in ("XOAUTH2", "OAUTHBEARER") else None
    return found[1] if found else b""


class LoginAttempts:
    """The attempts since the start of the connection, or since TLS.

    named: the name from USER, if that was the previous line. mechanism: that of the current SASL
    exchange. responses: the number of its responses so far, including the initial one. tried: the
    number of decided attempts.
    """

    def __init__(self) -> None:
        self.named: str | None = None
        self.mechanism = ""
        self.responses = 0
        self.tried = 0
        self._trying: LoginAttempt | None = None
        self._refused: list[tuple[LoginAttempt, str]] = []

    def attempt(self, line: ClientLine) -> LoginAttempt | None:
        """Return the attempt that this line makes; None if it can't be told."""
        words = line.words
        if line.verb == "PASS" and self.named is not None and line.rest:
            return LoginAttempt(self.named, hash(line.rest))
        if line.verb == "APOP" and len(words) == 2:
            return LoginAttempt(words[0], hash(words[1]))
        if line.response:
            return _attempt_in(self.mechanism, self.responses + 1, line.octets.removesuffix(b"\r"))
        if line.verb == "AUTH" and len(words) == 2:
            return _attempt_in(words[0].upper(), 1, words[1].encode("utf-8", "surrogateescape"))
        return None

    def was_refused(self, useless: LoginAttempt, code: str) -> bool:
        """Whether a refusal with this code showed that it is pointless."""
        return (useless, code) in self._refused

    def decided(self, exchange: CompletedExchange) -> LoginAttempt | None:
        """Return the attempt that this exchange has decided, if the user is known."""
        if not exchange.line.logs_in or not (exchange.ok or exchange.refused):
            return None
        return self.attempt(exchange.line) or (self._trying if exchange.line.response else None)

    def learn(self, exchange: CompletedExchange) -> None:
        """Learn from an answered line."""
        line = exchange.line
        if exchange.refused and (attempt := self.decided(exchange)):
            self._note_refused(attempt, exchange.reply.code)
        self.tried += line.logs_in and (exchange.ok or exchange.refused)
        self.named = " ".join(line.words) if line.verb == "USER" and exchange.ok else None
        self._learn_mechanism(exchange)

    def _note_refused(self, attempt: LoginAttempt, code: str) -> None:
        if useless := useless_after(code, attempt):
            self._refused = [*self._refused[-9:], (useless, code)]

    def _learn_mechanism(self, exchange: CompletedExchange) -> None:
        line = exchange.line
        if exchange.reply.status != CHALLENGE:
            self.mechanism, self._trying = "", None
            return
        self._trying = self.attempt(line) or (self._trying if line.response else None)
        if line.response:
            self.responses += 1
        else:
            self.mechanism = line.words[0].upper() if line.words else ""
            self.responses = max(0, len(line.words) - 1)
