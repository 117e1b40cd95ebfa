"""Mechanisms without negotiation: PLAIN, LOGIN, CRAM-MD5, EXTERNAL and ANONYMOUS."""

import hmac
from collections.abc import Callable

from pop3lab.auth.mechanisms.gs2 import Authorize, apply_authzid
from pop3lab.core.actions import Proof
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import SaslGenerator

# Returns the user of a name and password, or a proof. Raises LoginFailed.
VerifyPassword = Callable[[str, str], str | Proof]
# Returns the user of a name and digest; the function computes the digest. Raises LoginFailed.
VerifyDigest = Callable[[str, str, Callable[[str], str]], str]

_MAX_TRACE = 255  # characters; RFC 4505 section 2


def plain(verify: VerifyPassword, authorize: Authorize) -> SaslGenerator:
    """PLAIN (RFC 4616): authzid NUL name NUL password; the first may be empty."""
    authzid, name, password = (yield b"").decode().split("\0")
    if not name or not password:
        raise ValueError("the name or the password is empty")
    return apply_authzid(authzid, verify(name, password), authorize)


def login(verify: VerifyPassword) -> SaslGenerator:
    """LOGIN (draft-murchison-sasl-login-00): a prompt for the name, one for the password.

    Clients ignore the words of the prompts. Many send the name as initial response, as
    Microsoft's XLOGIN does.
    """
    name = (yield b"Username:").decode()
    password = (yield b"Password:").decode()
    if not name or not password:
        raise ValueError("the name or the password is empty")
    return verify(name, password)


def external(user: str, authorize: Authorize) -> SaslGenerator:
    """EXTERNAL (RFC 4422 appendix A): the client's certificate has named the user.

    The response is empty, that exact name, or the name of somebody for whom the user may act.
    user: as the account has it.
    """
    authzid = (yield b"").decode()
    if "\0" in authzid:
        raise ValueError("a name without NUL is wanted")
    opened = authorize(authzid, user)
    if authzid not in ("", opened):
        raise LoginFailed(user=user)
    return opened


def anonymous(user: str) -> SaslGenerator:
    """ANONYMOUS (RFC 4505): the response is empty, or any text to trace the client by."""
    trace = (yield b"").decode()
    if len(trace) > _MAX_TRACE:
        raise ValueError(f"more than {_MAX_TRACE} characters")
    return user


def cram_md5(challenge: str, verify: VerifyDigest) -> SaslGenerator:
    """CRAM-MD5 (RFC 2195): a challenge; the name, a space and 32 lower-case hex digits."""
    text = challenge.encode()
    # The name may have spaces, the digest has none.
    name, space, digest = (yield text).decode().rpartition(" ")
    if not space or not name or len(digest) != 32 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("a name and 32 hexadecimal digits are wanted")
    return verify(
        name, digest, lambda password: hmac.new(password.encode(), text, "md5").hexdigest()
    )
