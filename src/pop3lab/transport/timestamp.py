"""The timestamp of a greeting. It is made before the server is imported: nothing heavy here."""

import os


def new_timestamp(session: int) -> str:
    """Return a msg-id that was never used before and can't be guessed (RFC 1939 section 7).

    It has the form that Mail::Box looks for. session: the number of the session.
    """
    return f"<{int.from_bytes(os.urandom(8))}.{session}@pop3lab>"
