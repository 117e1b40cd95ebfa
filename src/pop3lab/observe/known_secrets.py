"""Finds secrets that the server knows, anywhere in a line."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, pairwise

IsSecret = Callable[[str], bool]  # whether a text is a password or token of a user

LEAST = 4  # octets of a secret that is searched for; shorter ones are ordinary words
_MOST_WORDS = 64  # words of a line that are examined; the rest counts as secret
_TOGETHER = 8  # words of a password
_WORD = re.compile(r"[^\s\0\1]+")
_BASE64 = re.compile(r"([A-Za-z0-9+/_-]{6,})={0,2}", re.ASCII)
_SEPARATOR = re.compile(rb"[\0\1 ]")  # of PLAIN, of XOAUTH2 and OAUTHBEARER, of CRAM-MD5
_AROUND = "\"'<>()[]{},;:."
_WITHIN = re.compile(r"[=:&;,/?@]")  # separators within words: password=secret
_MOST_PARTS = 16  # parts of a word
_BEARER = re.compile(rb"auth=bearer +([^\1]+)", re.IGNORECASE)
_URL_SAFE = str.maketrans("-_", "+/")


def no_secrets(text: str) -> bool:
    """Return False: no users are known."""
    return False


def secret_spans(text: str, begin: int, is_secret: IsSecret) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each known secret in the text, from begin on."""
    if len(text) - begin < LEAST and text.isascii():
        return  # most commands have no more than a number
    words = [match.span() for match in _WORD.finditer(text, begin)]
    place, most = 0, min(len(words), _MOST_WORDS)
    while place < most:
        end = _end_of_known(text, words[place : min(place + _TOGETHER, most)], is_secret)
        if end:
            yield words[place][0], words[place + end - 1][1]
        place += end or 1
    if len(words) > most:
        yield words[most][0], len(text)


def begins_with_secret(text: str, is_secret: IsSecret) -> bool:
    """Whether the first words are a known secret."""
    words = [match.span() for match in islice(_WORD.finditer(text), _TOGETHER)]
    return bool(words) and _end_of_known(text, words, is_secret) > 0


def forms_of(secret: str) -> Iterator[str]:
    """Yield a secret as the client sent it, and the parts that it might send separately.

    From base64 of SASL, that is the password of PLAIN or LOGIN, or the token of OAuth.
    """
    yield secret
    for octets in _from_base64(secret):
        token = _BEARER.search(octets)
        yield (token[1] if token else octets.split(b"\0")[-1]).decode("utf-8", "surrogateescape")


def _end_of_known(text: str, words: Sequence[tuple[int, int]], is_secret: IsSecret) -> int:
    """Return how many of the words, from the first, are one secret; 0 for none."""
    begin = words[0][0]
    for many in range(len(words), 0, -1):
        if is_known(text[begin : words[many - 1][1]], is_secret):
            return many
    return 0


def is_known(text: str, is_secret: IsSecret) -> bool:
    """Whether it is a secret, possibly quoted, after a name, or in base64."""
    return any(
        _is_long_secret(part, is_secret)
        for form in _forms(text)
        for part in (form, *_decoded(form))
    )


def _forms(text: str) -> set[str]:
    """Return the text and its parts."""
    ends = [match.end() for match in islice(_WITHIN.finditer(text), _MOST_PARTS)]
    parts = [text[begin : end - 1] for begin, end in pairwise((0, *ends))]
    forms = (text, *parts, *(text[end:] for end in ends))
    return {form for whole in forms for form in (whole, whole.strip(_AROUND))}


def _is_long_secret(text: str, is_secret: IsSecret) -> bool:
    return len(text.encode("utf-8", "surrogateescape")) >= LEAST and is_secret(text)


def _decoded(text: str) -> Iterator[str]:
    """Yield the base64-decoded text, as a whole and split as SASL mechanisms do."""
    for octets in _from_base64(text):
        for part in (octets, *_SEPARATOR.split(octets)):
            yield part.decode("utf-8", "surrogateescape")


def _from_base64(text: str) -> Iterator[bytes]:
    if match := _BASE64.fullmatch(text):
        with suppress(Base64Error):
            yield b64decode(match[1].translate(_URL_SAFE) + "=" * (-len(match[1]) % 4))
