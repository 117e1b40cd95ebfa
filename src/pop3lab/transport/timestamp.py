"""The timestamp of a greeting. It is made before the server is imported: nothing heavy here."""

import os

_RANDOM = 8  # octets of chance in a timestamp


def new_timestamp(session: int) -> str:
    """Return a msg-id that was never used before and can't be guessed (RFC 1939 section 7).

    It has the form that Mail::Box looks for. session: the number of the session.
    """
    return _timestamp(os.urandom(_RANDOM), session)


def new_timestamps(session: int) -> tuple[str, str]:
    """Return two such msg-ids, neither of which can be guessed from the other."""
    random = os.urandom(2 * _RANDOM)
    return _timestamp(random[:_RANDOM], session), _timestamp(random[_RANDOM:], session)


def _timestamp(random: bytes, session: int) -> str:
    return f"<{int.from_bytes(random)}.{session}@pop3lab>"
