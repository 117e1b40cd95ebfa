"""A server of mail in a loop of its own thread, and a client that sees each octet."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pop3lab.auth.authenticator import Authenticator
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.config import Limits
from pop3lab.core.events import Event, MessageDelivered
from pop3lab.core.login import NO_THROTTLE, LoginThrottle
from pop3lab.core.maildrop import Store
from pop3lab.rules.engine import Rules
from pop3lab.smtp.mail_server import MailServer
from pop3lab.smtp.post_office import MailParts
from pop3lab.smtp.recipients import Recipients
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.tls import Tls

SECONDS = 10


@dataclass
class Mail:
    """A server that takes mail. tls: of now. errors: that its loop was told."""

    store: Store
    rules: Rules
    port: int
    lmtp: int
    tls: Tls | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    delivered: list[MessageDelivered] = field(default_factory=list)

    wants_lines = False

    def emit(self, event: Event) -> None:
        assert isinstance(event, MessageDelivered)
        self.delivered.append(event)

    def rule(self, text: str) -> None:
        self.rules.add(parse_rule(text))

    def messages(self, user: str = "ann") -> list[bytes]:
        maildrop = self.store.open(user)
        try:
            return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
        finally:
            maildrop.close()


@contextmanager
def mail(
    store: Store | None = None,
    *,
    users: tuple[str, ...] = ("ann", "ben"),
    limits: Limits = Limits(),
    tls: Tls | None = None,
    secure: bool = False,
    any_user: bool = False,
    catch_all: str | None = None,
    clear_passwords: bool | None = None,
    throttle: LoginThrottle = NO_THROTTLE,
) -> Iterator[Mail]:
    rules = Rules(live=True)
    accounts = Authenticator(dict.fromkeys(users, "secret"))
    served = Mail(store or MemoryStore(), rules, 0, 0, tls)
    recipients = Recipients(
        lambda name: name in users, lambda: users, any_user=any_user, catch_all=catch_all
    )
    parts = MailParts(
        served.store,
        recipients,
        lambda: accounts,
        lambda: rules,
        lambda: served.tls,
        lambda: served,
        limits,
        clear_passwords,
        throttle,
    )
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, context: served.errors.append(context))
    server = MailServer(parts)
    smtp, lmtp = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    served.port, served.lmtp = (each.getsockname()[1] for each in (smtp, lmtp))
    loop.run_until_complete(server.listen(smtp, secure=secure))
    loop.run_until_complete(server.listen(lmtp, lmtp=True))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield served
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


class Client:
    """A client that sends octets, and reads replies with all their lines."""

    def __init__(self, port: int, hello: str = "EHLO me") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._file = self.socket.makefile("rb")
        self.greeting = self.reply()
        if hello:
            self.capabilities = self.ask(hello)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def line(self) -> str:
        return self._file.readline().decode("utf-8", "surrogateescape")

    def reply(self) -> str:
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        return "".join(lines).replace("\r\n", "\n").removesuffix("\n")

    def ask(self, line: str) -> str:
        self.send(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return self.reply()

    def rest(self) -> bytes:
        """All until the connection is closed."""
        try:
            return self._file.read()
        except ConnectionResetError:
            return b"(reset)"

    def begin(self, *recipients: str, sender: str = "joe@host") -> list[str]:
        """MAIL, RCPT and DATA."""
        lines = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{to}>" for to in recipients), "DATA"]
        return [self.ask(line) for line in lines]

    def text(self, octets: bytes) -> str:
        """Send a text with its dots doubled, and its end; return the reply."""
        stuffed = (b"\r\n" + octets).replace(b"\r\n.", b"\r\n..")[2:]
        self.send(stuffed + b".\r\n")
        return self.reply()
