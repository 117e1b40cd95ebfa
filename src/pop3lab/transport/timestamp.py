"""The timestamp of a greeting. It is made before the server is imported: nothing heavy here."""

import os


def new_timestamps(session: int) -> tuple[str, str]:
    """Return two of them, for what one system call costs."""
    octets = os.urandom(16)
    return _timestamp(octets[:8], session), _timestamp(octets[8:], session)


def new_timestamp(session: int) -> str:
    """Return a msg-id that was never used before and can't be guessed (RFC 1939 section 7).

    It has the form that Mail::Box looks for. session: the number of the session.
    """
    return _timestamp(os.urandom(8), session)


def _timestamp(octets: bytes, session: int) -> str:
    return f"<{int.from_bytes(octets)}.{session}@pop3lab>"
