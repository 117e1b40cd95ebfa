"""Authorization identities: nobody acts for another here (RFC 4422 section 3.4.1)."""

from pop3lab.auth.preparation import prepared
from pop3lab.core.errors import LoginFailed


def check(authorization: str, name: str) -> None:
    """Raises LoginFailed unless it is empty or the name of the one who has logged in."""
    if authorization and prepared(authorization) != prepared(name):
        raise LoginFailed("login failed")
