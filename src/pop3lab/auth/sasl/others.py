"""EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505): no secret is sent."""

from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Exchanged

_MOST_TRACE = 255  # characters; RFC 4505 section 2


def external(user: str) -> Exchanged:
    """The client's certificate names the user; the response is that name, by the letter, or none.

    user: the name as the account has it.
    """
    asked = (yield b"").decode()
    if "\0" in asked:
        raise ValueError("a name without NUL is wanted")
    if asked and asked != user:
        raise LoginFailed("login failed")
    return user


def anonymous(user: str) -> Exchanged:
    """The response is empty or any text by which to trace the client."""
    trace = (yield b"").decode()
    if len(trace) > _MOST_TRACE:
        raise ValueError(f"more than {_MOST_TRACE} characters")
    return user
