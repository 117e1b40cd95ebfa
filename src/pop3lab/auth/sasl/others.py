"""EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505): no secret is sent."""

from pop3lab.auth.sasl.identity import Authorized
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Exchanged

_MOST_TRACE = 255  # characters; RFC 4505 section 2


def external(user: str, authorize: Authorized) -> Exchanged:
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


def anonymous(user: str) -> Exchanged:
    """The response is empty or any text by which to trace the client."""
    trace = (yield b"").decode()
    if len(trace) > _MOST_TRACE:
        raise ValueError(f"more than {_MOST_TRACE} characters")
    return user
