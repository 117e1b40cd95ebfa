"""The text of the greeting. It is made before the port line: nothing heavy is imported here."""

SERVER_NAME = "pop3lab"


def greeting_text(name: str, timestamp: str) -> str:
    """Return the text of the greeting, after its +OK.

    name: of the server. timestamp: for APOP (RFC 1939 section 7); empty where there is no APOP.
    """
    return f"{name} ready {timestamp}" if timestamp else f"{name} ready"
