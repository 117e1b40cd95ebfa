"""STLS that the relay answers itself, whether or not the server has it."""

from pop3lab.core.exchange import verb_of

_LINE = 65_536  # octets of a line, behind which it goes on its way before it has ended


class Offer:
    """Lets whole lines of the client through, until it asks for TLS; long ones in pieces.

    asked: it has. What comes behind that in clear is dropped (RFC 2595 section 4).
    """

    def __init__(self) -> None:
        self.asked = False
        self._rest = b""
        self._begun = False  # the beginning of this line went through

    def client(self, data: bytes) -> bytes:
        """Octets of the client; those that are for the server."""
        if self.asked:
            return b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        through = b"".join(line + b"\n" for line in lines if self._passes(line, ended=True))
        if self._begun or len(self._rest) > _LINE:
            rest, self._rest = self._rest, b""
            through += rest if self._passes(rest, ended=False) else b""
        return through

    def _passes(self, line: bytes, *, ended: bool) -> bool:
        """Whether a line, or a piece of it, is for the server."""
        if not self._begun and verb_of(line[:_LINE]) == b"STLS":
            self.asked = True
        self._begun = not ended
        return not self.asked
