"""The timestamp of a greeting. It is made before the server is imported: nothing heavy here."""

import os


def new_timestamps(session: int) -> tuple[str, str]:
    """Return two of them, for what one system call costs."""
    one, other = divmod(int.from_bytes(os.urandom(16)), 2**64)
    return f"<{one}.{session}@pop3lab>", f"<{other}.{session}@pop3lab>"


def new_timestamp(session: int) -> str:
    """Return a msg-id that was never used before and can't be guessed (RFC 1939 section 7).

    It has the form that Mail::Box looks for. session: the number of the session.
    """
    return new_timestamps(session)[0]
