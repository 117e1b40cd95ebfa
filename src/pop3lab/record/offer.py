"""STLS that the relay answers itself, whether or not the server has it."""

from pop3lab.record.course import verb_of


class Offer:
    """Lets whole lines of the client through, until it asks for TLS.

    asked: it has. What comes behind that in clear is dropped (RFC 2595 section 4).
    """

    def __init__(self) -> None:
        self.asked = False
        self._rest = b""

    def client(self, data: bytes) -> bytes:
        """Octets of the client; those that are for the server."""
        if self.asked:
            return b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        verbs = [verb_of(line) for line in lines]
        if b"STLS" in verbs:
            self.asked = True
            del lines[verbs.index(b"STLS") :]
        return b"".join(line + b"\n" for line in lines)
