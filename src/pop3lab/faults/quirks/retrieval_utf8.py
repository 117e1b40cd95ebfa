"""A notice instead of a message that a client without UTF8 could not read (RFC 6856)."""

from collections.abc import Collection
from itertools import chain

from pop3lab.core.errors import NeedsUTF8
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.utf8 import AsciiHeaders
from pop3lab.faults.bending.maildrops import InSession, Octets
from pop3lab.faults.quirks.framing_streams import ended

_NOTICE = (
    b"Subject: a message that needs UTF8\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="wrapped"\r\n'
    b"\r\n"
    b"--wrapped\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\n"
    b"The header of this message has UTF-8 in it, and your client has not said UTF8.\r\n"
)
_ATTACHED = b"--wrapped\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
_LAST = b"--wrapped--\r\n"


class Wrapped(InSession):
    """Wraps such messages for a session without UTF8. Sizes are those of the messages."""

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self.session.surrogates = True
        return maildrop if self.session.utf8 else _Wrapping(maildrop)


class _Wrapping:
    def __init__(self, maildrop: Maildrop) -> None:
        self._maildrop = maildrop
        self._ascii = AsciiHeaders(maildrop, lambda: True)
        self.snapshot = maildrop.snapshot
        self.read_waits = maildrop.read_waits
        self.delete = maildrop.delete
        self.close = maildrop.close

    def delete_waits(self, uids: Collection[str]) -> bool:
        return self._maildrop.delete_waits(uids)

    def read(self, uid: str) -> Octets:
        try:
            return self._ascii.read(uid)
        except NeedsUTF8:
            message = ended(self._maildrop.read(uid))
            return chain((_NOTICE, _ATTACHED), message, (_LAST,))
