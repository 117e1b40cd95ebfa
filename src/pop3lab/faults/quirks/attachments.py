"""Messages without their attachments, and otherwise octet by octet as they were (RFC 2183)."""

from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32

_FIELDS = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")


class _Verbatim(Compat32):
    """Writes fields as they were read, white space and folding included."""

    def header_source_parse(self, sourcelines: Iterable[str]) -> tuple[str, str]:
        """The name, and all that is behind the colon."""
        name, _, value = "".join(sourcelines).partition(":")
        return name, value.rstrip("\r\n")

    def fold_binary(self, name: str, value: str) -> bytes:
        """The field with its line end."""
        return f"{name}:{value}{self.linesep}".encode("ascii", "surrogateescape")


_POLICY = _Verbatim(linesep="\r\n")


def replaced(octets: bytes, notice: str) -> bytes:
    """The message with this text in the place of each attachment."""
    message: Message = message_from_bytes(octets, policy=_POLICY)
    attached = [part for part in message.walk() if _is_attachment(part)]
    for part in attached:
        for field in _FIELDS:
            del part[field]
        part["Content-Type"] = ' text/plain; charset="utf-8"'
        part.set_payload(f"{notice}\r\n".encode().decode("ascii", "surrogateescape"))
    return message.as_bytes(policy=_POLICY) if attached else octets


def _is_attachment(part: Message) -> bool:
    if part.is_multipart():
        return False
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None
