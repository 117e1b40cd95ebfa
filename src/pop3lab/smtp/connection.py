"""Connections of SMTP and LMTP: those of aiosmtpd, with what its library leaves open.

Each reply has an enhanced code (RFC 3463) and says nothing of an exception. The text of a message
arrives as it was sent, whatever the length of its lines. LMTP answers once for each recipient,
whatever happens. Octets of a line that never ends, and lines that are no commands, are bounded.
"""

import asyncio
import logging
import re
from asyncio import AbstractEventLoop, BaseTransport, LimitOverrunError
from asyncio.sslproto import SSLProtocol
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from math import inf
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, TLSSetupException, syntax
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import StoreFailed, TooMany
from pop3lab.core.greeting import SERVER_NAME
from pop3lab.smtp.post_office import FAILED, TOO_LARGE, UNKNOWN_USER, PostOffice, first_failure
from pop3lab.smtp.rules import END_OF_TEXT, Misbehaviour, misbehaviours
from pop3lab.transport.connection_limits import is_this_machine
from pop3lab.transport.sockets import reset_at_close, send_at_once

# What aiosmtpd says of each connection goes where the application wants it, but not to stderr,
# and its complaint about itself at each login goes nowhere.
_LOG = logging.getLogger("mail.log")
_LOG.addHandler(logging.NullHandler())
_LOG.addFilter(lambda record: "login_data is deprecated" not in str(record.msg))

_END = b"\r\n.\r\n"
_NEVER = 1e9  # seconds
_LINE = 65_536  # octets of a line that are read at once
_MOST_RECIPIENTS = 1000  # of a message, at least 100 (RFC 5321 section 4.5.3.1.8)
_AUTH = 12_288  # octets of that command (RFC 4954 section 4)
_AUTH_PARAMETER = re.compile(r" AUTH=\S*", re.IGNORECASE)
_CODED = re.compile(r"[245]\d\d(?: \d\.\d|-)")
_CODES = {
    "220": "",
    "221": "2.0.0",
    "250": "2.0.0",
    "252": "2.5.0",
    "421": "4.3.0",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "504": "5.5.4",
    "530": "5.7.0",
    "552": "5.3.4",
    "554": "5.7.0",
    "555": "5.5.4",
}
_TOO_MANY = b"421 4.7.0 too many mistakes\r\n"
_NOT_NOW = "454 4.7.0 try again later"  # RFC 4954 section 6
_TOO_LONG = b"500 5.5.6 the response is too long\r\n"
_FULL = b"421 4.3.2 too many connections\r\n"
_Method = Callable[[str | None], Awaitable[None]]


class SmtpConnection(SMTP):
    """A connection that takes mail."""

    protocol = "SMTP"
    line_length_limit = _LINE
    _reader: asyncio.StreamReader  # of aiosmtpd, which has no other name for it
    _tls_protocol: SSLProtocol | None  # likewise

    def __init__(self, office: PostOffice, loop: AbstractEventLoop, *, secure: bool) -> None:
        """secure: it is under TLS from the beginning."""
        tls = None if secure else office.parts.tls()
        self._office = office
        self._secure = secure
        self._mistakes = 0
        self._bad_logins = 0
        self._too_late = False  # for a reply
        self._silence: asyncio.TimerHandle | None = None
        super().__init__(
            _Hooks(office),
            data_size_limit=office.parts.limits.message,
            enable_SMTPUTF8=True,
            hostname=SERVER_NAME,
            ident=f"{self.protocol} ready",
            tls_context=tls.context if tls else None,
            timeout=_NEVER,
            authenticator=_unverified,
            loop=loop,
        )
        # aiosmtpd has one table for all connections, and one length for all commands.
        self.command_size_limits = defaultdict(lambda: SMTP.command_size_limit, AUTH=_AUTH)
        self._smtp_methods = {
            verb: self._ruled(verb, method) for verb, method in self._smtp_methods.items()
        }

    # The connection

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin, in clear or, after STARTTLS, under TLS."""
        self._socket = transport.get_extra_info("socket")
        self._host = str((transport.get_extra_info("peername") or [""])[0])
        send_at_once(self._socket)
        self._auth_require_tls = not (self._secure or self._may_pass())
        self._is_one_too_many = self._office.is_full and self not in self._office.connections
        self._office.connections.add(self)
        super().connection_made(transport)
        self._begin_silence()

    def _may_pass(self) -> bool:
        """Whether passwords are accepted without TLS."""
        allowed = self._office.parts.clear_passwords
        if allowed is not None:
            return allowed
        return not self._host or is_this_machine(self._host)  # no host: a socket with a path

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        self._office.connections.discard(self)
        if self._silence:
            self._silence.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Note that the client has not fallen silent: aiosmtpd heeds commands only."""
        self._begin_silence()
        super().data_received(data)

    def _begin_silence(self) -> None:
        if self._silence:
            self._silence.cancel()
        self._silence = self.loop.call_later(self._office.parts.limits.idle, self._end)

    def abort(self) -> None:
        """Reset the connection."""
        if isinstance(self.transport, asyncio.Transport):
            reset_at_close(self._socket)
            self.transport.abort()

    def _end(self, last: bytes = b"") -> None:
        """Close it once the last octets are sent."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(last)
            self.transport.close()
        self._too_late = True

    # Replies

    async def push(self, status: str | bytes) -> None:
        """Send a reply, with an enhanced code; one mistake too many is the last."""
        if self._too_late:
            raise asyncio.CancelledError
        if self._is_one_too_many:
            self._end(_FULL)
            raise asyncio.CancelledError
        text = status if isinstance(status, str) else status.decode("utf-8", "surrogateescape")
        self._mistakes = self._mistakes + 1 if text.startswith("5") else 0
        most = self._office.parts.limits.bad_after
        await super().push(_coded(text).encode("utf-8", "surrogateescape"))
        if 0 < most <= self._mistakes:
            self._end(_TOO_MANY)

    async def handle_exception(self, error: Exception) -> str:
        """Report a bug, and tell the client to try again; aiosmtpd would tell it all."""
        if not isinstance(error, TLSSetupException):  # a client that fails is no bug
            self._office.report(error)
        return FAILED

    # Commands

    def _ruled(self, verb: str, method: _Method) -> _Method:
        """Return the method, unless rules have something else in mind."""

        @wraps(method)  # which has what HELP tells
        async def obey(arg: str | None) -> None:
            if not await self._misbehaves(verb):
                await method(arg)

        return obey

    async def _misbehaves(self, verb: str, replies: int = 1) -> bool:
        """Do what rules say; tell whether that is instead of obeying. replies: as many are due."""
        due = misbehaviours(self._office.parts.rules(), verb)
        return any([await self._misbehave(one, replies) for one in due])

    async def _misbehave(self, one: Misbehaviour, replies: int) -> bool:
        if one.seconds == inf:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(one.seconds)
        if one.reply is not None and isinstance(self.transport, asyncio.Transport):
            self.transport.write((one.reply.removesuffix(b"\r\n") + b"\r\n") * replies)
        if one.end == "reset":
            self.abort()
        elif one.end:
            self._end()
        return one.reply is not None or bool(one.end)

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Go on under TLS, once: TLS within TLS would cost memory without end."""
        if self._tls_protocol:
            await self.push("503 5.5.1 TLS is active")
        else:
            await super().smtp_STARTTLS(arg or "")

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str | None) -> None:
        """Log in, by a mechanism in upper or lower case."""
        mechanism, space, response = (arg or "").partition(" ")
        await super().smtp_AUTH(mechanism.upper() + space + response)

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a message. Who has sent it first does not matter (RFC 4954 section 5)."""
        await super().smtp_MAIL(_AUTH_PARAMETER.sub("", arg) if arg else None)

    async def auth_PLAIN(self, _: object, args: list[str]) -> AuthResult:
        """Check a name and a password in the client's first response, or its next."""
        return await self._verified(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: object, args: list[str]) -> AuthResult:
        """Check a name and a password that come one after the other."""
        return await self._verified(await super().auth_LOGIN(_, args))

    async def challenge_auth(self, *asked: Any, **more: Any) -> Any:
        """Ask for a response; one that is too long is the last thing that is read."""
        try:
            return await super().challenge_auth(*asked, **more)
        except ValueError:
            self._end(_TOO_LONG)
            return MISSING

    async def _verified(self, result: AuthResult) -> AuthResult:
        if not (result.success and result.auth_data):
            return result  # it was answered
        name, password = (part.decode("utf-8", "replace") for part in result.auth_data)
        try:
            if await self._office.logs_in(name, password, self._host):
                return result
        except (TooMany, StoreFailed):
            return AuthResult(success=False, handled=False, message=_NOT_NOW)
        self._bad_logins += 1
        if 0 < self._office.parts.limits.bad_logins <= self._bad_logins:
            self._end(_TOO_MANY)
        return AuthResult(success=False, handled=False)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Parse an address; None if it is none. The parser of Python errs in many ways."""
        try:
            return super()._getaddr(arg)
        except Exception:  # noqa: BLE001
            return None, None

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """Take a message, and answer when it is stored."""
        envelope = self.envelope
        assert envelope is not None
        if await self.check_helo_needed():
            return
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 there is no recipient")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
            return
        await self.push("354 end with <CR><LF>.<CR><LF>")
        text = await self._text()
        sender = (envelope.mail_from or "").strip("<>")
        self.envelope = SmtpEnvelope()
        if not await self._misbehaves(END_OF_TEXT, self._replies_to(len(envelope.rcpt_tos))):
            replies = await self._replies(Envelope(sender, tuple(envelope.rcpt_tos)), text)
            await self._answer(replies)

    async def _replies(self, envelope: Envelope, text: bytes | None) -> list[str]:
        """Return a reply for each recipient, whatever happens. text: None if it is too long."""
        many = len(envelope.recipients)
        if text is None:
            return [TOO_LARGE] * many
        try:
            return await self._office.deliver(envelope, text, protocol=self.protocol)
        except Exception as error:  # noqa: BLE001
            return [await self.handle_exception(error)] * many

    def _replies_to(self, recipients: int) -> int:
        return 1

    async def _answer(self, replies: Sequence[str]) -> None:
        await self.push(first_failure(replies))

    async def _text(self) -> bytes | None:
        """Read a text to its end, undo the doubling of dots; None if it is too long.

        Only CRLF ends a line (RFC 5321 section 2.3.8), so nobody can hide commands in a text.
        """
        most = self._office.parts.limits.message
        text, too_long = bytearray(b"\r\n"), False  # the line end before it
        while not text.endswith(_END):
            try:
                text += await self._reader.readuntil(_END[2:])
            except LimitOverrunError as over:
                text += await self._reader.read(over.consumed)
            if len(text) > most + len(_END):
                too_long = True
                del text[: -len(_END)]
        return None if too_long else bytes(text[:-3]).replace(b"\r\n.", b"\r\n")[2:]


class LmtpConnection(SmtpConnection, LMTP):
    """A connection of LMTP: the end of a message is answered once for each recipient."""

    protocol = "LMTP"

    def _replies_to(self, recipients: int) -> int:
        return recipients

    async def _answer(self, replies: Sequence[str]) -> None:
        await self.push("\r\n".join(replies))


class _Hooks:
    """What aiosmtpd asks for at commands."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_EHLO(
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: SmtpEnvelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Return all lines as one, so that they are sent at once."""
        session.host_name = hostname
        *lines, last = responses
        return ["\r\n".join([*lines, "250-PIPELINING", "250-ENHANCEDSTATUSCODES", last])]

    async def handle_RCPT(
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: SmtpEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take a recipient who is known."""
        if self._office.parts.recipients.user_for(address) is None:
            return UNKNOWN_USER
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"


def _unverified(*asked: Any) -> AuthResult:
    """Take what the client has sent: it is verified where that may wait."""
    return AuthResult(success=True, auth_data=asked[-1])


def _coded(reply: str) -> str:
    """Return the reply with an enhanced code, where it has none and may have one (RFC 2034)."""
    if reply[:1] not in "245" or _CODED.match(reply) or reply == f"250 {SERVER_NAME}":
        return reply
    number, _, text = reply.partition(" ")
    code = _CODES.get(number, f"{number[:1]}.0.0")
    return f"{number} {code} {text}" if code else reply
