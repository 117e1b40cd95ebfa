"""EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505): no secret is sent."""

from collections.abc import Callable

from pop3lab.auth.sasl.identity import check
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Exchanged

_MOST_TRACE = 255  # characters; RFC 4505 section 2


def external(certificate_name: str | None, known: Callable[[str], str]) -> Exchanged:
    """The client's certificate names the user; the response is that name or empty.

    known: the account of a name, or raises LoginFailed.
    """
    asked = (yield b"").decode()
    if "\0" in asked:
        raise ValueError("a name without NUL is wanted")
    if certificate_name is None:
        raise LoginFailed("login failed")
    check(asked, certificate_name)
    return known(certificate_name)


def anonymous(user: str) -> Exchanged:
    """The response is empty or any text by which to trace the client."""
    trace = (yield b"").decode()
    if len(trace) > _MOST_TRACE:
        raise ValueError(f"more than {_MOST_TRACE} characters")
    return user
