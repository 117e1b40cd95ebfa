"""Who may send mail, who gets it, and what becomes of it. It knows nothing of connections."""

import asyncio
import errno
from asyncio import AbstractEventLoop
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from pop3lab.core.actions import Proof
from pop3lab.core.config import Limits
from pop3lab.core.delivery import Envelope, is_delivering
from pop3lab.core.errors import (
    ConfigError,
    LoginFailed,
    MaildropBusy,
    NoMaildrop,
    StoreFailed,
    StoreFull,
)
from pop3lab.core.events import EventSink, MessageDelivered
from pop3lab.core.login import NO_THROTTLE, LoginThrottle
from pop3lab.core.maildrop import Store, Users
from pop3lab.rules.engine import Rules
from pop3lab.smtp.envelope_fields import delivered_to, return_path
from pop3lab.smtp.recipients import Recipients
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Tls

_CRLF = b"\r\n"
STORED = "250 2.0.0 stored"
UNKNOWN_USER = "550 5.1.1 there is no such user"
TOO_LARGE = "552 5.3.4 the message is too large"
FAILED = "451 4.3.0 try again later"


class MailConnection(Protocol):
    """A client's connection."""

    def abort(self) -> None:
        """Reset it."""


@dataclass(slots=True)
class MailParts:
    """What a server of mail is made of; each is asked for when it is needed, as it may change.

    users: who may send by AUTH; those of POP3. clear_passwords, throttle: as Server takes them.
    """

    store: Store
    recipients: Recipients
    users: Callable[[], Users]
    rules: Callable[[], Rules]
    tls: Callable[[], Tls | None] = lambda: None
    sink: Callable[[], EventSink | None] = lambda: None
    limits: Limits = field(default_factory=Limits)
    clear_passwords: bool | None = None
    throttle: LoginThrottle = NO_THROTTLE


class PostOffice:
    """What the connections of a server of mail have in common."""

    def __init__(self, parts: MailParts) -> None:
        """Raises ConfigError if the store takes no mail."""
        self.parts = parts
        self._waits = parts.store.open_waits
        if not is_delivering(parts.store):
            raise ConfigError("these messages are generated: mail by SMTP needs another TARGET")
        self._store = parts.store
        self._threads = Threads(parts.limits.hash_threads, parts.limits.hashes_waiting)
        self.connections: set[MailConnection] = set()

    async def close(self) -> None:
        """Return when what is being stored is stored."""
        await self._threads.close()

    @property
    def is_full(self) -> bool:
        """Whether there are as many connections as there may be."""
        return 0 < self.parts.limits.connections <= len(self.connections)

    # Senders

    async def logs_in(self, name: str, password: str, host: str) -> bool:
        """Tell whether the password is that of the user; if not, as late as for POP3.

        Raises TooMany, StoreFailed.
        """
        throttle = self.parts.throttle
        try:
            user = self.parts.users().login(name, password)
            if isinstance(user, Proof):
                await self._computed(user)
                _ = user.user
        except LoginFailed:
            with suppress(StoreFailed):
                await asyncio.sleep(throttle.failed(host))
            return False
        with suppress(StoreFailed):
            throttle.succeeded(host)
        return True

    async def _computed(self, proof: Proof) -> None:
        done = asyncio.get_running_loop().create_future()
        self._threads.submit_hash_job("", proof.run, lambda: done.set_result(None))
        await done

    # Messages

    async def deliver(self, envelope: Envelope, text: bytes, *, protocol: str) -> list[str]:
        """Store a message once for each user; return a reply for each recipient.

        With LMTP it gets Return-Path and Delivered-To.
        """
        users: dict[str, list[str]] = defaultdict(list)
        for address in envelope.recipients:
            users[self.parts.recipients.user_for(address) or ""].append(address)
        replies: dict[str, str] = {}
        for user, addresses in users.items():
            fields = _fields(envelope, addresses[0]) if protocol == "LMTP" else b""
            reply = await self._stored(user, envelope, fields, text, protocol)
            replies |= dict.fromkeys(addresses, reply)
        return [replies[address] for address in envelope.recipients]

    async def _stored(
        self, user: str, envelope: Envelope, fields: bytes, text: bytes, protocol: str
    ) -> str:
        if not user:  # who was there at RCPT
            return UNKNOWN_USER
        store = self._store
        message = (fields, text) if fields else (text,)
        try:
            if self._waits:
                job = self._threads.submit_store_job(lambda: store.deliver(user, message, envelope))
                name = await asyncio.shield(job)
            else:
                name = store.deliver(user, message, envelope)
        except (StoreFailed, MaildropBusy) as error:
            return _refusal(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must try again
            self.report(error)
            return FAILED
        self._tell(MessageDelivered(0, user, name, len(fields) + len(text), protocol, *envelope))
        return STORED

    def _tell(self, event: MessageDelivered) -> None:
        if sink := self.parts.sink():
            sink.emit(event)

    def report(self, error: Exception) -> None:
        """Tell the operator of a bug."""
        loop: AbstractEventLoop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "a message was not stored", "exception": error})


def _fields(envelope: Envelope, recipient: str) -> bytes:
    fields = return_path(envelope.sender), delivered_to(recipient)
    return b"".join(field + _CRLF for field in fields)


def _refusal(error: Exception) -> str:
    """Return the reply to a message that a store has refused."""
    match error:
        case NoMaildrop():
            return UNKNOWN_USER
        case StoreFull():
            cause = error.__cause__
            quota = isinstance(cause, OSError) and cause.errno == errno.EDQUOT
            return f"452 {'4.2.2' if quota else '4.3.1'} {error}"
        case MaildropBusy():
            return f"450 4.2.0 {error}"
    return FAILED


def first_failure(replies: Sequence[str]) -> str:
    """Return the reply to a message for several recipients where there can be only one."""
    return next((reply for reply in replies if not reply.startswith("2")), STORED)
