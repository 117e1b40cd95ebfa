"""CRAM-MD5 (RFC 2195)."""

import hmac
from collections.abc import Callable

from pop3lab.core.sasl import Exchanged

# name, digest, and what the password has to give; to user, or raises LoginFailed
ProveDigest = Callable[[str, str, Callable[[str], str]], str]


def cram_md5(challenge: str, prove: ProveDigest) -> Exchanged:
    """A challenge; the response is the name, a space, and 32 lower-case hexadecimal digits."""
    text = challenge.encode()
    # The name may have spaces, the digest has none.
    name, space, digest = (yield text).decode().rpartition(" ")
    if not space or not name or len(digest) != 32 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("a name and 32 hexadecimal digits are wanted")
    return prove(
        name, digest, lambda password: hmac.new(password.encode(), text, "md5").hexdigest()
    )
