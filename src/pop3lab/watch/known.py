"""Secrets that the server knows, wherever they stand in a line as words."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Sequence

Knows = Callable[[str], bool]  # whether a text is a password or a token of any user

_LEAST = 4  # octets of a secret that is looked for: shorter ones are words of all kinds
_MOST_WORDS = 64  # of a line that are looked at; what is behind them is taken for a secret
_TOGETHER = 8  # words that a password may have
_WORD = re.compile(r"\S+")
_BASE64 = re.compile(r"([A-Za-z0-9+/_-]{6,})={0,2}", re.ASCII)
_SEPARATOR = re.compile(rb"[\0\1 ]")  # of PLAIN, of XOAUTH2 and OAUTHBEARER, of CRAM-MD5
_AROUND = "\"'<>()[]{},;:."
_URL_SAFE = str.maketrans("-_", "+/")


def knows_nothing(text: str) -> bool:
    """Where no users are known."""
    return False


def known_spans(text: str, begin: int, knows: Knows) -> Iterator[tuple[int, int]]:
    """Where the text has a known secret from there on: the first character, and the one behind."""
    if knows is knows_nothing:
        return
    words = [match.span() for match in _WORD.finditer(text, begin)]
    place, most = 0, min(len(words), _MOST_WORDS)
    while place < most:
        end = _end_of_known(text, words[place : min(place + _TOGETHER, most)], knows)
        if end:
            yield words[place][0], words[place + end - 1][1]
        place += end or 1
    if len(words) > most:
        yield words[most][0], len(text)


def _end_of_known(text: str, words: Sequence[tuple[int, int]], knows: Knows) -> int:
    """How many of the words, from the first on, are one secret; 0 if they begin none."""
    begin = words[0][0]
    for many in range(len(words), 0, -1):
        if is_known(text[begin : words[many - 1][1]], knows):
            return many
    return 0


def is_known(text: str, knows: Knows) -> bool:
    """Whether it is a secret, perhaps in quotes, or has one in base64."""
    if any(_is_secret(form, knows) for form in {text, text.strip(_AROUND)}):
        return True
    match = _BASE64.fullmatch(text)
    return match is not None and any(_is_secret(part, knows) for part in _decoded(match[1]))


def _is_secret(text: str, knows: Knows) -> bool:
    return len(text.encode("utf-8", "surrogateescape")) >= _LEAST and knows(text)


def _decoded(text: str) -> Iterator[str]:
    """What it is in base64, as a whole and in the parts that mechanisms of SASL have."""
    try:
        octets = b64decode(text.translate(_URL_SAFE) + "=" * (-len(text) % 4))
    except Base64Error:
        return
    for part in (octets, *_SEPARATOR.split(octets)):
        yield part.decode("utf-8", "surrogateescape")
