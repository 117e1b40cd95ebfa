"""Accounts for tests in which names and passwords do not matter: each of them gets in."""

from pop3lab.auth.accounts import Accounts, LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account
from pop3lab.core.errors import LoginFailed

_METHODS = frozenset({"PASS", "PLAIN", "LOGIN"})  # a digest of an unknown password proves nothing
_MOST = 255  # octets of a name, as of a password: RFC 4616 section 2


class _AnyAccount(Accounts):
    """Accounts of all names, each with all passwords."""

    def __init__(self) -> None:
        super().__init__({}, LoginOptions())

    @property
    def methods(self) -> frozenset[str]:
        """The methods by which a client sends its password."""
        return _METHODS

    def find(self, name: str) -> Account | None:
        """Return nothing: no account is known before somebody logs in."""
        return None

    def verify_password(self, method: str, name: str, password: str) -> str:
        """Return the name. Raises LoginFailed for an empty, unprintable or endless one."""
        if not name.isprintable() or not 0 < len(name.encode()) <= _MOST:
            raise LoginFailed
        return name

    def authorize(self, authzid: str, user: str) -> str:
        """Return whose maildrop the client opens: anybody's."""
        return self.verify_password("PLAIN", authzid or user, "")


class AnyUser(Authenticator):
    """Logs in everybody, by USER with PASS, PLAIN and LOGIN."""

    def __init__(self) -> None:
        super().__init__({})
        self.accounts = _AnyAccount()
