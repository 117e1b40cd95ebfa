"""Known servers as bundles of quirks, and the keywords that change a bundle."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Keyword(NamedTuple):
    """What a word adds to a profile's quirks, and what it takes away."""

    adds: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


MAIL_BOX = (
    "rfc1939-commands",
    "user-then-pass",
    "rset-one",
    "top-whole",
    "extra-crlf",
    "break-command",
    "exit-command",
)

KEYWORDS: Mapping[str, Keyword] = {
    "minimal": Keyword(adds=("minimal-commands",)),
    "apoponly": Keyword(adds=("apop-only",)),
    "autodelete": Keyword(adds=("autodelete",)),
    "noextra": Keyword(adds=("crlf-for-empty",), drops=("extra-crlf",)),
}


def mail_box(words: Iterable[str]) -> list[str]:
    """The names of the quirks of Mail::Box's test server, as these keywords change them."""
    changes = [KEYWORDS[word] for word in dict.fromkeys(words)]
    dropped = {name for change in changes for name in change.drops}
    kept = [name for name in MAIL_BOX if name not in dropped]
    return list(dict.fromkeys([*kept, *(name for change in changes for name in change.adds)]))
