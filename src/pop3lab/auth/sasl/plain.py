"""PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login-00): the password as it is."""

from collections.abc import Callable

from pop3lab.auth.sasl.identity import Authorized, authorized
from pop3lab.core.proof import Proof
from pop3lab.core.sasl import Exchanged

ProvePassword = Callable[[str, str], str | Proof]  # of name and password; or raises LoginFailed


def plain(prove: ProvePassword, authorize: Authorized) -> Exchanged:
    """One response: authorization identity NUL name NUL password, the first may be empty."""
    authorization, name, password = (yield b"").decode().split("\0")
    if not name or not password:
        raise ValueError("the name or the password is empty")
    return authorized(authorization, prove(name, password), authorize)


def login(prove: ProvePassword) -> Exchanged:
    """Asks for the name, then for the password; clients ignore the words.

    Many clients send the name as initial response (Microsoft's XLOGIN has it so).
    """
    name = (yield b"Username:").decode()
    password = (yield b"Password:").decode()
    if not name or not password:
        raise ValueError("the name or the password is empty")
    return prove(name, password)
