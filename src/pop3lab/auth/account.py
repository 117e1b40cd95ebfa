"""An account: a name, its password, and the ways in which it may log in."""

from typing import NamedTuple

from pop3lab.auth.scram_keys import DIGESTS
from pop3lab.auth.stored import Stored

PASSWORD_WAYS = frozenset({"PASS", "PLAIN", "LOGIN"})  # the client sends the password
SECRET_WAYS = frozenset({"APOP", "CRAM-MD5", "NTLM"})  # the server has to know it in clear
OTHER_WAYS = frozenset({"OAUTHBEARER", "XOAUTH2", "EXTERNAL"})  # no password at all
WAYS = PASSWORD_WAYS | SECRET_WAYS | frozenset(DIGESTS) | OTHER_WAYS


class Account(NamedTuple):
    """A user. only: the ways in which to log in, some of WAYS; empty: all that are possible.

    SCRAM with channel binding is the same way as without.
    """

    name: str
    stored: Stored
    only: frozenset[str] = frozenset()

    @property
    def ways(self) -> frozenset[str]:
        """The ways that this password can serve, and that the account allows."""
        possible = set(OTHER_WAYS)
        if self.stored.scheme:
            possible |= PASSWORD_WAYS
        if self.stored.clear is not None:
            possible |= SECRET_WAYS | set(DIGESTS)
        if self.stored.keys is not None:
            possible.add(self.stored.scheme)
        return frozenset(possible & self.only if self.only else possible)
