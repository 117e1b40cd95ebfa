"""Twisted's POP3 on a folder: `twisted_server.py DIR` prints its port and serves until it is ended.

The messages are read once, at the start, and kept in memory with LF line ends, for Twisted makes
each LF a CRLF.
"""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# Checked with and without Twisted, which only those have who run the benchmarks.
from twisted.cred import checkers, portal  # type: ignore[import-not-found,unused-ignore]
from twisted.internet import protocol, reactor  # type: ignore[import-not-found,unused-ignore]
from twisted.mail import pop3  # type: ignore[import-not-found,unused-ignore]


@dataclass(frozen=True, slots=True)
class Message:
    """Text with LF line ends; the octets are counted with CRLF, as it is sent."""

    uid: bytes
    octets: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The messages as Twisted asks for them: counted from 0, and never deleted."""

    messages: list[Message]

    def listMessages(self, index: int | None = None) -> list[int] | int:  # noqa: N802
        """All sizes, or one."""
        if index is None:
            return [message.octets for message in self.messages]
        return self.messages[index].octets

    def getMessage(self, index: int) -> IO[bytes]:  # noqa: N802
        """The message as a file."""
        return io.BytesIO(self.messages[index].text)

    def getUidl(self, index: int) -> bytes:  # noqa: N802
        """The unique-id."""
        return self.messages[index].uid

    def deleteMessage(self, index: int) -> None:  # noqa: N802
        """Nothing: all loads leave the maildrop as it is."""

    def undeleteMessages(self) -> None:  # noqa: N802
        """Nothing either."""

    def sync(self) -> None:
        """Nothing either."""


@dataclass(frozen=True, slots=True)
class Realm:
    """Everybody gets the one mailbox."""

    mailbox: Mailbox

    def requestAvatar(self, *_: object) -> tuple[object, Mailbox, Callable[[], None]]:  # noqa: N802
        """The mailbox, and what to do at logout."""
        return pop3.IMailbox, self.mailbox, lambda: None


def read(file: Path) -> Message:
    """A file with CRLF line ends."""
    text = file.read_bytes()
    return Message(file.name.encode(), len(text), text.replace(b"\r\n", b"\n"))


def prompt_pop3(accounts: object) -> object:
    """Twisted's own, but without Nagle's delay.

    With it, each message would wait 40 ms for the client to acknowledge the line before it.
    """
    made: Any = pop3.POP3()
    made.portal = accounts
    greet = made.connectionMade

    def greet_promptly() -> None:
        made.transport.setTcpNoDelay(True)
        greet()

    made.connectionMade = greet_promptly
    return made


def main(folder: Path) -> None:
    """Serves the folder."""
    realm: Any = Realm(Mailbox([read(file) for file in sorted(folder.iterdir())]))
    passwords: Any = checkers.InMemoryUsernamePasswordDatabaseDontUse(user=b"password")
    accounts = portal.Portal(realm, [passwords])
    factory: Any = protocol.ServerFactory()
    factory.protocol = lambda: prompt_pop3(accounts)
    factory.noisy = False
    loop: Any = reactor  # a module to type checkers, whatever was installed at run time
    port = loop.listenTCP(0, factory, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    loop.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
