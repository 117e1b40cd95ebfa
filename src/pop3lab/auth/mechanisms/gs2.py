"""GS2 headers (RFC 5801 section 4), and the authorization identities in them and elsewhere."""

import re
from collections.abc import Callable
from typing import NamedTuple

from pop3lab.core.actions import Proof

_FLAG = re.compile(r"n|y|p=([A-Za-z0-9.-]+)", re.ASCII)


class Gs2Header(NamedTuple):
    """The header of a client-first message, parsed.

    flag: "n" for no channel binding, "y" for a client that supports it, "p" for one that uses it.
    binding: the type, with "p". text: the header with its last comma.
    """

    flag: str
    binding: str
    authzid: str
    text: str


def parse_gs2_header(message: str) -> tuple[Gs2Header, str]:
    """Return the header, and what follows it. Raises ValueError."""
    flag, authzid, rest = message.split(",", 2)
    form = _FLAG.fullmatch(flag)
    if not form:
        raise ValueError("no flag for channel binding")
    name = _parse_authzid(authzid) if authzid else ""
    return Gs2Header(flag[0], form[1] or "", name, f"{flag},{authzid},"), rest


def _parse_authzid(text: str) -> str:
    name = text.removeprefix("a=")
    if name == text or not name or "\0" in name:
        raise ValueError("a= and a name is wanted")
    if "=" in name.replace("=2C", "").replace("=3D", ""):
        raise ValueError("in a name = stands only in =2C and =3D")
    return name.replace("=2C", ",").replace("=3D", "=")


# Authorization identities (RFC 4422 section 3.4.1).

# Returns whose maildrop is opened, for an authzid, perhaps empty, and an authenticated user.
# Raises LoginFailed.
Authorize = Callable[[str, str], str]


def apply_authzid(authzid: str, user: str | Proof, authorize: Authorize) -> str | Proof:
    """Return whose maildrop is opened, or the proof of it.

    The authzid is judged only after the password, so that it tells nothing to strangers.
    """
    if isinstance(user, str):
        return authorize(authzid, user)
    return Proof(lambda: authorize(authzid, _proved(user))) if authzid else user


def _proved(proof: Proof) -> str:
    proof.run()
    return proof.user
