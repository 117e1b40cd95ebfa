"""The header of client-first messages: channel binding and authorization (RFC 5801 section 4)."""

import re
from collections.abc import Callable
from typing import NamedTuple

from pop3lab.core.proof import Proof

_FLAG = re.compile(r"n|y|p=([A-Za-z0-9.-]+)", re.ASCII)


class Gs2Header(NamedTuple):
    """A header as it was read.

    flag: "n" for no channel binding, "y" for a client that could, "p" for one that does.
    binding: the type with "p". text: the header with its last comma.
    """

    flag: str
    binding: str
    authorization: str
    text: str


def read_header(message: str) -> tuple[Gs2Header, str]:
    """The header, and what stands behind it. Raises ValueError."""
    flag, authorization, rest = message.split(",", 2)
    form = _FLAG.fullmatch(flag)
    if not form:
        raise ValueError("no flag for channel binding")
    name = _authorization(authorization) if authorization else ""
    return Gs2Header(flag[0], form[1] or "", name, f"{flag},{authorization},"), rest


def _authorization(text: str) -> str:
    name = text.removeprefix("a=")
    if name == text or not name or "\0" in name:
        raise ValueError("a= and a name is wanted")
    if "=" in name.replace("=2C", "").replace("=3D", ""):
        raise ValueError("in a name = stands only in =2C and =3D")
    return name.replace("=2C", ",").replace("=3D", "=")


# Authorization identities: whom somebody who has logged in acts for (RFC 4422 section 3.4.1).

# Of the identity that was asked for, which may be empty, and the user who has logged in: whose
# maildrop is opened. Raises LoginFailed.
Authorized = Callable[[str, str], str]


def authorized(asked: str, user: str | Proof, authorize: Authorized) -> str | Proof:
    """Whose maildrop is opened, judged only once the credentials have been: that tells nothing."""
    if isinstance(user, str):
        return authorize(asked, user)
    return Proof(lambda: authorize(asked, _proved(user))) if asked else user


def _proved(proof: Proof) -> str:
    proof.run()
    return proof.user
