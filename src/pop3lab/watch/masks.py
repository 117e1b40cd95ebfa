"""Which lines of a client are secret, and what is shown of them."""

import re

# Of text, not octets: Unicode has letters that are taken for an S by clients in error.
_SECRET = re.compile(
    r"\W*(?:(?:XTND\s+)?PASS\s*|RPOP\s+|(?:APOP|AUTH)\s+\S+\s+)(?=\S)", re.IGNORECASE
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}=*\r?")

MASK = b"****"


def masked(command: bytes) -> bytes:
    """A command without its line end; passwords, APOP digests, SASL responses as ****.

    RPOP of RFC 1081 has a name instead of a password.
    """
    if before := _SECRET.match(command.decode("utf-8", "surrogateescape")):
        return before[0].encode("utf-8", "surrogateescape") + MASK
    return command


def masked_response(line: bytes) -> bytes:
    """A line of a SASL exchange without its LF.

    Only that the exchange is cancelled is no secret (RFC 5034 section 4).
    """
    whole = line.removesuffix(b"\r")
    return line if whole in (b"", b"*") else MASK + line[len(whole) :]


def seems_response(line: bytes) -> bool:
    """Whether it may be a response of SASL: where AUTH is refused, one may follow all the same."""
    return _BASE64.fullmatch(line) is not None
