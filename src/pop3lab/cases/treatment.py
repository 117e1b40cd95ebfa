"""What clients openly do to each message that they deliver: learned once, and then held for equal.

Each treatment makes one kind of difference go away, in what was sent and in what was delivered.
"""

import re
from collections.abc import Callable, Collection, Mapping
from itertools import combinations

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_ANY_END = re.compile(rb"\r\n|\r|\n")
_OF_MBOX = re.compile(
    rb"^(?:X-)?(?:Status|UID|UIDL|IMAP|IMAPbase|Keywords|Content-Length|Lines):.*\n", re.MULTILINE
)
_FROM = re.compile(rb"^>+From ", re.MULTILINE)


def _with_lf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def _without_end(text: bytes) -> bytes:
    return text.rstrip(b"\r\n")


def _unquoted(text: bytes) -> bytes:
    return _FROM.sub(b"From ", text)


def _from_the_mark(text: bytes) -> bytes:
    """From the first field that is ours, which each message begins with."""
    at = text.find(b"X-Pop3lab: ")
    return text[at:] if at >= 0 else text


def _without_fields_of_mbox(text: bytes) -> bytes:
    """Without the fields by which a program of mbox notes what it knows of a message."""
    end = b"\r\n" if b"\r\n" in text else b"\n"
    head, empty_line, body = text.partition(end + end)
    kept = _OF_MBOX.sub(b"", head + end)
    return kept + end + body if empty_line else kept.removesuffix(end)


QUOTES_FROM = "quotes lines that begin with From"
OTHER_END = "changes the line ends behind the last line"

TREATMENTS: Mapping[str, Callable[[bytes], bytes]] = {
    "writes LF for CRLF": _with_lf,
    OTHER_END: _without_end,
    "adds header fields before the first": _from_the_mark,
    QUOTES_FROM: _unquoted,
    "adds header fields of an mbox": _without_fields_of_mbox,
}


def treated(text: bytes, names: Collection[str]) -> bytes:
    """The text without the differences that these treatments make."""
    for name, treatment in TREATMENTS.items():
        if name in names:
            text = treatment(text)
    return text


def is_same(sent: bytes, delivered: bytes, names: Collection[str]) -> bool:
    """Whether it was delivered as it was sent, but for the treatments of these names.

    Where lines were sent that end otherwise than in CRLF, how they end is nobody's mistake.
    """
    if treated(sent, names) == treated(delivered, names):
        return True
    if not has_bare_ends(sent):
        return False
    same, other = (with_equal_ends(treated(text, names)) for text in (sent, delivered))
    return same == other


def has_bare_ends(text: bytes) -> bool:
    """Whether a line ends otherwise than in CRLF."""
    return bool(_BARE.search(text))


def with_equal_ends(text: bytes) -> bytes:
    """The text with LF at the end of each line, whatever it was."""
    return _ANY_END.sub(b"\n", text)


def holds_text(sent: bytes, delivered: bytes) -> bool:
    """Whether all of the text is there, however lines end, and with more around it."""
    text, whole = (with_equal_ends(each).strip() for each in (sent, delivered))
    return text in whole


def learned(sent: bytes, delivered: bytes) -> tuple[str, ...] | None:
    """The fewest treatments that explain what was delivered; None if none do."""
    for many in range(len(TREATMENTS) + 1):
        for names in combinations(TREATMENTS, many):
            if treated(sent, names) == treated(delivered, names):
                return names
    return None
