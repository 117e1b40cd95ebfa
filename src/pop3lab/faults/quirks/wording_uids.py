"""Unique-ids in the form of named servers."""

import base64
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from pop3lab.core.script import Script
from pop3lab.faults.bending.maildrops import Shown, Views, Visit
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.values import COUNT, Parameter, choice


class Known(NamedTuple):
    """What a form is made of. validity: of the user's maildrop. number: of the message in it."""

    validity: int
    number: int
    uid: str

    @property
    def digest(self) -> str:
        """Of the true unique-id, in hexadecimal."""
        return sha256(self.uid.encode()).hexdigest()

    @property
    def letters(self) -> str:
        """The same in letters, 44 of them."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.digest)).decode()


FORMS: Mapping[str, Callable[[Known], str]] = {
    "hex16": lambda known: f"{known.number:08x}{known.validity:08x}",
    "uw": lambda known: f"{known.validity:08x}{known.number:08x}",
    "decimal": lambda known: f"{known.number}",
    "cyrus": lambda known: f"{known.validity}.{known.number}",
    "cyrus-dash": lambda known: f"{known.validity}-{known.number}",
    "stalwart": lambda known: f"{known.validity}{known.number}",
    "courier": lambda known: f"UID{known.number}-{known.validity}",
    "courier-uid": lambda known: f"UID{known.number}",
    "zimbra": lambda known: f"{known.number}.{known.letters}",
    "popa3d": lambda known: known.digest[:16],
    "token": lambda known: known.digest,
}

_VALIDITY = 1_000_000_000  # the least: a UIDVALIDITY is a time in seconds, as a rule


class _Numbers:
    """Numbers a user's messages as they are first seen, and never gives a number again."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._numbers: dict[str, dict[str, int]] = {}

    def number(self, user: str, uid: str) -> int:
        known = self._numbers.setdefault(user, {})
        return known.setdefault(uid, self._first + len(known))


def _uid_form(shared: Shared, form: str, first: int) -> Script:
    make = FORMS[form]
    numbers = _Numbers(first)

    def view(visit: Visit) -> Sequence[Shown]:
        validity = _VALIDITY + crc32(visit.user.encode("utf-8")) % _VALIDITY
        return [
            one.told(uid=make(Known(validity, numbers.number(visit.user, uid), uid)))
            for one in visit.messages
            for uid in [one.entry.uid]
        ]

    return Views(view)


ROWS = (
    Peculiarity(
        "uid-form",
        "unique-ids have the form of a named server's, and are the same in each session",
        "Dovecot (hex16), UW, Cyrus, Stalwart, Courier, Zimbra, popa3d (A)",
        _uid_form,
        (
            Parameter("form", choice(*FORMS), "whose"),
            Parameter("first", COUNT, "the number of the first message, where it has one", 1),
        ),
        category="wording",
        aspect="the form of unique-ids",
        bugs="of joined numbers two may be the same: 1 and 23, 12 and 3",
        layer=Layer.FIRST,
        needs=(
            "UIDL",
            "unique-id of a message's own",
        ),
    ),
)
