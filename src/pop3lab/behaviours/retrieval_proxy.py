"""A virus scanner between client and server that rewrites user names and messages."""

from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from itertools import chain
from typing import Annotated, Literal

from pop3lab.core.errors import NotUnderstood
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF, message_body, with_final_crlf
from pop3lab.effects.commands import CallNext, CommandOverride, compose, wrap
from pop3lab.effects.hooks import CommandHook
from pop3lab.rules.declaration import BehaviourDecorator

quirk = BehaviourDecorator("quirk", category="retrieval")

_MOST = 8 << 20  # octets of a message to scan; larger messages pass unchanged

_UserForm = Literal["as-is", "user/host", "user#host", "host:user"]


def _as_user(form: _UserForm) -> CommandOverride:
    """Logs in the user of a name in this form; rejects other names."""

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        user, host = _user_and_host(form, request.rest or "")
        if not (user and host):
            raise NotUnderstood(f"the name is wanted as {form}")
        return call_next(session, request._replace(rest=user))

    return override


def _user_and_host(form: _UserForm, name: str) -> tuple[str, str]:
    if form == "host:user":
        host, _, user = name.partition(":")
    else:
        user, _, host = name.rpartition("/" if form == "user/host" else "#")
    return user, host


def _scanned(chunks: Iterable[bytes], notice: str) -> Iterator[bytes]:
    """The message with this text in place of each attachment; empty: unchanged."""
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


# Replaces attachments and keeps every other octet of the message (RFC 2183).

_FIELDS = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")


class _Verbatim(Compat32):
    """Writes fields as they were read, including white space and folding."""

    def header_source_parse(self, sourcelines: Iterable[str]) -> tuple[str, str]:
        """The name, and everything after the colon."""
        name, _, value = "".join(sourcelines).partition(":")
        return name, value.rstrip("\r\n")

    def fold_binary(self, name: str, value: str) -> bytes:
        """The field with its line ending."""
        return f"{name}:{value}{self.linesep}".encode("ascii", "surrogateescape")


_POLICY = _Verbatim(linesep="\r\n")


def _replaced(octets: bytes, notice: str) -> bytes:
    """The message with this text in place of each attachment."""
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


@quirk(
    "adds a header field and a footer to messages without adjusting their sizes",
    source="AVG, Norton, Sophos, PopFile (C)",
    bugs="clients fetch messages again because the size does not match",
    takes=("empty message",),
)
def proxy_rewrite(
    header: Annotated[bytes, "line to add before the message"] = b"X-Antivirus: scanned",
    footer: Annotated[
        bytes, "line to add after the message"
    ] = b"-- No virus found in this message.",
    attachment: Annotated[
        str, "text that replaces each attachment in messages up to 8 MiB; empty: keep attachments"
    ] = "",
    user: Annotated[_UserForm, "how USER must name the user and the server"] = "as-is",
) -> Hooks:
    first = header + CRLF if header else b""
    last = footer + CRLF if footer else b""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        chunks: Iterable[bytes] = body.chunks
        if request.verb == "RETR":
            chunks = chain(with_final_crlf(_scanned(chunks, attachment)), (last,))
        return reply._replace(body=body._replace(chunks=chain((first,), chunks)))

    change = compose() if user == "as-is" else wrap(_as_user(user), "USER")
    return CommandHook(change, say, "RETR", "TOP")
