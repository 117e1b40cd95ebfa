"""A virus scanner between client and server, which has its own hand in names and messages."""

from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from itertools import chain

from pop3lab.core.errors import NotUnderstood
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF, message_body, with_final_crlf
from pop3lab.effects.commands import CallNext, compose, wrap
from pop3lab.effects.hooks import CommandHook
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.values import OCTETS, TEXT, Parameter, choice

_MOST = 8 << 20  # octets of a message that is looked through; a larger one passes as it is
_AS_IS = "as-is"

# Of a name in these forms, the user: behind or before what names the server.
_USERS: dict[str, Callable[[str], tuple[str, str]]] = {
    _AS_IS: lambda name: (name, _AS_IS),
    "user/host": lambda name: _parted(name.rpartition("/")),
    "user#host": lambda name: _parted(name.rpartition("#")),
    "host:user": lambda name: _parted(name.partition(":"))[::-1],
}


def _parted(parts: tuple[str, str, str]) -> tuple[str, str]:
    return parts[0], parts[2]


def _rewrite(
    server: ServerContext, header: bytes, footer: bytes, attachment: str, user: str
) -> Hooks:
    before_it = header + CRLF if header else b""
    behind_it = footer + CRLF if footer else b""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        chunks: Iterable[bytes] = body.chunks
        if request.verb == "RETR":
            chunks = chain(with_final_crlf(_scanned(chunks, attachment)), (behind_it,))
        return reply._replace(body=body._replace(chunks=chain((before_it,), chunks)))

    change = compose() if user == _AS_IS else wrap(_as_user(user), "USER")
    return CommandHook(change, say, "RETR", "TOP")


def _as_user(form: str) -> Callable[[SessionState, Request, CallNext], Reply | Authenticated]:
    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        name, host = _USERS[form](request.rest or "")
        if not (name and host):
            raise NotUnderstood(f"the name is wanted as {form}")
        return call_next(session, request._replace(rest=name))

    return override


def _scanned(chunks: Iterable[bytes], notice: str) -> Iterator[bytes]:
    """The message with this in the place of each attachment; empty: as it is."""
    if not notice:
        yield from chunks
        return

    pieces, octets = iter(chunks), b""
    for piece in pieces:
        octets += piece
        if len(octets) > _MOST:
            yield octets
            yield from pieces
            return
    yield _replaced(octets, notice)


ROWS = (
    Behaviour(
        "proxy-rewrite",
        "messages have a header field and a footer more than their sizes tell; attachments are"
        " replaced, and a user is named together with a server, if asked for",
        "AVG, Norton, Sophos, PopFile (C)",
        _rewrite,
        (
            Parameter("header", OCTETS, "the first line", b"X-Antivirus: scanned"),
            Parameter("footer", OCTETS, "the last line", b"-- No virus found in this message."),
            Parameter(
                "attachment",
                TEXT,
                "what RETR has in the place of each, in messages of up to 8 MiB; empty: as it is",
                "",
            ),
            Parameter(
                "user",
                choice(*_USERS),
                "how USER must name the user, and the server behind the scanner",
                _AS_IS,
            ),
        ),
        category="retrieval",
        bugs="fetches again for the size did not match",
        takes=("empty message",),
    ),
)


# Messages without their attachments, and otherwise octet by octet as they were (RFC 2183).

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


def _replaced(octets: bytes, notice: str) -> bytes:
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
