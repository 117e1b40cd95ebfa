"""The greeting. What is imported here is imported before the port line: nothing heavy."""

import os

SERVER_NAME = "pop3lab"


def greeting_text(name: str, timestamp: str) -> str:
    """Return the text of the greeting, after its +OK.

    name: of the server. timestamp: for APOP (RFC 1939 section 7); empty where there is no APOP.
    """
    return f"{name} ready {timestamp}" if timestamp else f"{name} ready"


def new_timestamp(session: int) -> str:
    """Return a msg-id that was never used before and can't be guessed (RFC 1939 section 7).

    It has the form that Mail::Box looks for. session: the number of the session.
    """
    return f"<{int.from_bytes(os.urandom(8))}.{session}@pop3lab>"
