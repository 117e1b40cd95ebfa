"""What becomes of a client at a server that goes wrong: its user's side, its store, the server's.

What is asserted in this folder is what the clients of Debian 12 do, be it right or not: curl 7.88,
fetchmail 6.4, mpop 1.4, getmail 6.18, Net::POP3 3.14, Mail::POP3Client 2.21, Ruby's net-pop 0.1,
and poplib. Each test says what the catalogue claims of its entry, and whether that was seen.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pop3lab import Message, Pop3Server
from pop3lab.observe.session_record import SessionRecord
from pop3lab.testing.options import TlsMode

from .running import Ran

ONE = b"Return-Path: <ann@example.org>\nSubject: one\n\nfirst\n"
TWO = b"Return-Path: <ann@example.org>\nSubject: two\n\nsecond\n"
THREE = b"Return-Path: <ann@example.org>\nSubject: three\n\nthird\n"
ALL = [ONE, TWO, THREE]

IN_TWO = 51  # octets as sent: RETR 2 is cut here, within `second`
CUT_TWO = TWO[: IN_TWO - 3]  # what has come then, lines ended by LF


def sent(text: bytes, uid: str = "") -> Message:
    return Message(text.replace(b"\n", b"\r\n"), uid)


class Client(Protocol):
    """A run of a client. limit: seconds that it is told to wait at most."""

    def __call__(self, server: Pop3Server, home: Path, limit: int) -> Ran: ...


class Seen(NamedTuple):
    """All that was seen. ran: the last time. left: unique-ids of what is still there: 1, 2, 3."""

    ran: Ran
    sessions: list[SessionRecord]
    left: list[str]

    @property
    def session(self) -> SessionRecord:
        """The last."""
        return self.sessions[-1]

    @property
    def logins(self) -> set[str]:
        """The verbs by which the client has shown a password, or a digest of it."""
        verbs = {verb for session in self.sessions for verb in session.commands}
        return verbs & {"PASS", "APOP", "AUTH"}


def see(
    client: Client,
    tmp_path: Path,
    *quirks: str,
    runs: int = 1,
    limit: int = 10,
    texts: Sequence[bytes] = ALL,
    uids: Sequence[str] = (),
    tls: TlsMode | None = None,
    auth: Sequence[str] | None = None,
) -> Seen:
    """Run the client against a server with these quirks, in a new home. runs: how often.

    limit: seconds that the client is to wait for the server, few where it will.
    """
    home = Path(tempfile.mkdtemp(dir=tmp_path))
    messages = [sent(text, uid) for text, uid in zip(texts, uids or [""] * len(texts), strict=True)]
    with Pop3Server(messages, quirks=quirks, tls=tls, auth=auth) as server:
        for _ in range(runs):
            ran = client(server, home, limit)
            server.wait(sessions=len(server.sessions))
        server.verify(violations=False)
        return Seen(ran, list(server.sessions), [message.uid for message in server.messages])
