"""PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login-00): the password as it is."""

import hmac
from collections.abc import Callable

from pop3lab.auth.mechanisms.gs2 import Authorized, authorized
from pop3lab.core.errors import LoginFailed
from pop3lab.core.proof import Proof
from pop3lab.core.sasl import SaslGenerator

ProvePassword = Callable[[str, str], str | Proof]  # of name and password; or raises LoginFailed


def plain(prove: ProvePassword, authorize: Authorized) -> SaslGenerator:
    """One response: authorization identity NUL name NUL password, the first may be empty."""
    authorization, name, password = (yield b"").decode().split("\0")
    if not name or not password:
        raise ValueError("the name or the password is empty")
    return authorized(authorization, prove(name, password), authorize)


def login(prove: ProvePassword) -> SaslGenerator:
    """Asks for the name, then for the password; clients ignore the words.

    Many clients send the name as initial response (Microsoft's XLOGIN has it so).
    """
    name = (yield b"Username:").decode()
    password = (yield b"Password:").decode()
    if not name or not password:
        raise ValueError("the name or the password is empty")
    return prove(name, password)


# EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505): no secret is sent.

_MOST_TRACE = 255  # characters; RFC 4505 section 2


def external(user: str, authorize: Authorized) -> SaslGenerator:
    """The client's certificate names the user; the response is that name, by the letter, or none.

    Or it is the name of somebody for whom the user may act. user: as the account has it.
    """
    asked = (yield b"").decode()
    if "\0" in asked:
        raise ValueError("a name without NUL is wanted")
    opened = authorize(asked, user)
    if asked not in ("", opened):
        raise LoginFailed("login failed")
    return opened


def anonymous(user: str) -> SaslGenerator:
    """The response is empty or any text by which to trace the client."""
    trace = (yield b"").decode()
    if len(trace) > _MOST_TRACE:
        raise ValueError(f"more than {_MOST_TRACE} characters")
    return user


# CRAM-MD5 (RFC 2195).

# name, digest, and what the password has to give; to user, or raises LoginFailed
ProveDigest = Callable[[str, str, Callable[[str], str]], str]


def cram_md5(challenge: str, prove: ProveDigest) -> SaslGenerator:
    """A challenge; the response is the name, a space, and 32 lower-case hexadecimal digits."""
    text = challenge.encode()
    # The name may have spaces, the digest has none.
    name, space, digest = (yield text).decode().rpartition(" ")
    if not space or not name or len(digest) != 32 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("a name and 32 hexadecimal digits are wanted")
    return prove(
        name, digest, lambda password: hmac.new(password.encode(), text, "md5").hexdigest()
    )
