"""Secrets that the server knows, wherever they stand in a line as words."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, pairwise

IsSecret = Callable[[str], bool]  # whether a text is a password or a token of any user

LEAST = 4  # octets of a secret that is looked for: shorter ones are words of all kinds
_MOST_WORDS = 64  # of a line that are looked at; what is behind them is taken for a secret
_TOGETHER = 8  # words that a password may have
_WORD = re.compile(r"[^\s\0\1]+")
_BASE64 = re.compile(r"([A-Za-z0-9+/_-]{6,})={0,2}", re.ASCII)
_SEPARATOR = re.compile(rb"[\0\1 ]")  # of PLAIN, of XOAUTH2 and OAUTHBEARER, of CRAM-MD5
_AROUND = "\"'<>()[]{},;:."
_WITHIN = re.compile(r"[=:&;,/?@]")  # what words are put together with: password=secret
_MOST_PARTS = 16  # of a word
_BEARER = re.compile(rb"auth=bearer +([^\1]+)", re.IGNORECASE)
_URL_SAFE = str.maketrans("-_", "+/")


def no_secrets(text: str) -> bool:
    """Where no users are known."""
    return False


def secret_spans(text: str, begin: int, is_secret: IsSecret) -> Iterator[tuple[int, int]]:
    """Where the text has a known secret from there on: the first character, and the one behind."""
    if len(text) - begin < LEAST and text.isascii():
        return  # as behind most commands there is no more than a number
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
    """Whether its first words are a known secret."""
    words = [match.span() for match in islice(_WORD.finditer(text), _TOGETHER)]
    return bool(words) and _end_of_known(text, words, is_secret) > 0


def forms_of(secret: str) -> Iterator[str]:
    """What a client has said as a secret, and that of it which it may say by itself.

    Of what SASL has in base64 that is the password of PLAIN or LOGIN, or the token of OAuth.
    """
    yield secret
    for octets in _from_base64(secret):
        token = _BEARER.search(octets)
        yield (token[1] if token else octets.split(b"\0")[-1]).decode("utf-8", "surrogateescape")


def _end_of_known(text: str, words: Sequence[tuple[int, int]], is_secret: IsSecret) -> int:
    """How many of the words, from the first on, are one secret; 0 if they begin none."""
    begin = words[0][0]
    for many in range(len(words), 0, -1):
        if is_known(text[begin : words[many - 1][1]], is_secret):
            return many
    return 0


def is_known(text: str, is_secret: IsSecret) -> bool:
    """Whether it is a secret, perhaps in quotes or behind a name, or has one in base64."""
    return any(
        _is_long_secret(part, is_secret)
        for form in _forms(text)
        for part in (form, *_decoded(form))
    )


def _forms(text: str) -> set[str]:
    """The text, and what it is put together of."""
    ends = [match.end() for match in islice(_WITHIN.finditer(text), _MOST_PARTS)]
    parts = [text[begin : end - 1] for begin, end in pairwise((0, *ends))]
    forms = (text, *parts, *(text[end:] for end in ends))
    return {form for whole in forms for form in (whole, whole.strip(_AROUND))}


def _is_long_secret(text: str, is_secret: IsSecret) -> bool:
    return len(text.encode("utf-8", "surrogateescape")) >= LEAST and is_secret(text)


def _decoded(text: str) -> Iterator[str]:
    """What it is in base64, as a whole and in the parts that mechanisms of SASL have."""
    for octets in _from_base64(text):
        for part in (octets, *_SEPARATOR.split(octets)):
            yield part.decode("utf-8", "surrogateescape")


def _from_base64(text: str) -> Iterator[bytes]:
    if match := _BASE64.fullmatch(text):
        with suppress(Base64Error):
            yield b64decode(match[1].translate(_URL_SAFE) + "=" * (-len(match[1]) % 4))
