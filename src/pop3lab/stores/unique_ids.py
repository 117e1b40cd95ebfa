"""Unique-ids made of file names: one rule, shared by all stores whose messages are files."""

import os
from hashlib import sha256


def legal_uid(text: str) -> str:
    """Return the text if it is a legal unique-id (RFC 1939 section 7), else a digest of it."""
    if 0 < len(text) <= 70 and text.isascii() and text.isprintable() and " " not in text:
        return text
    return digest_uid(text)


def digest_uid(text: str) -> str:
    """Return a unique-id of 64 characters. text: as the file system decodes names."""
    return sha256(os.fsencode(text)).hexdigest()
