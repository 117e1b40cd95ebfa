"""Whose maildrop a message goes to."""

from collections.abc import Callable, Collection
from typing import NamedTuple

_MOST = 255  # octets of a name


class Recipients(NamedTuple):
    """The users who get mail.

    known: whether there is a user of this name. names: of all users. any_user: each name has a
    maildrop. catch_all: who gets what is for nobody else.
    """

    known: Callable[[str], bool]
    names: Callable[[], Collection[str]]
    any_user: bool = False
    catch_all: str | None = None

    def user_for(self, address: str) -> str | None:
        """Return the user of an address, or None if nobody gets it.

        That is the user of this whole name, else of its local part, in upper or lower case; else
        the only one.
        """
        local = address.rpartition("@")[0] or address
        for name in dict.fromkeys((address, local, address.lower(), local.lower())):
            if self.known(name):
                return name
        if self.any_user and _may_log_in(local):
            return local
        if self.catch_all is not None:
            return self.catch_all
        names = self.names()
        return next(iter(names)) if len(names) == 1 else None


def _may_log_in(name: str) -> bool:
    """Whether any_user lets somebody of this name in."""
    return name.isprintable() and 0 < len(name.encode()) <= _MOST
