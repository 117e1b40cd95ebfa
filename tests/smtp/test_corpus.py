"""Every kind of message, sent by SMTP and LMTP and fetched by POP3, octet for octet."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.maildrop import Store
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.generated import GeneratedStore
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.mbox.store import MboxStore
from pop3lab.stores.memory import MemoryStore
from tests.contract.test_store import TEXTS
from tests.dialogue import fed, logged_in, sent
from tests.smtp.mail import Client, Mail, mail

EXAMPLES = Path(__file__).parents[2] / "examples" / "messages"


def generated() -> list[bytes]:
    maildrop = GeneratedStore("gen:7?messages=20&nasty=50%").open("ann")
    return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]


# A sender ends the last line of a text; SMTP can send no other.
CORPUS = [
    text if text.endswith(b"\r\n") or not text else text + b"\r\n"
    for text in (*(path.read_bytes() for path in sorted(EXAMPLES.iterdir())), *TEXTS, *generated())
]


def memory(path: Path) -> Store:
    return MemoryStore()


def folder(path: Path) -> Store:
    (path / "box").mkdir()
    return FolderStore(str(path / "box"))


def maildir(path: Path) -> Store:
    for part in ("new", "cur", "tmp"):
        (path / "box" / part).mkdir(parents=True)
    return MaildirStore(str(path / "box"))


def mbox(path: Path) -> Store:
    (path / "box").touch()
    return MboxStore(str(path / "box"))


def fetched(served: Mail) -> list[bytes]:
    """What RETR sends, without its line and the end, and dots not doubled."""
    client = logged_in(served.store)
    texts = []
    for number in range(1, len(client.state.maildrop.snapshot.entries) + 1):
        reply = sent(fed(client, b"RETR %d\r\n" % number))
        status, _, text = reply.partition(b"\r\n")
        assert status.startswith(b"+OK")
        assert (b"\r\n" + text).endswith(b"\r\n.\r\n")
        texts.append((b"\r\n" + text[:-3]).replace(b"\r\n.", b"\r\n")[2:])
    client.session_ended("closed")
    return texts


def as_lines(text: bytes) -> bytes:
    """POP3 ends each line by CRLF."""
    return b"".join(to_crlf([text]))


def as_in_mbox(text: bytes) -> bytes:
    """The exception: the `>` before `From ` stays."""
    return re.sub(rb"(?m)^From ", b">From ", as_lines(text))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (memory, as_lines),
        (folder, as_lines),
        (maildir, as_lines),
        (mbox, as_in_mbox),
    ],
    ids=lambda function: function.__name__,
)
def test_each_message_arrives_octet_for_octet(
    tmp_path: Path, make: Callable[[Path], Store], expected: Callable[[bytes], bytes]
) -> None:
    with mail(make(tmp_path)) as served, Client(served.port) as client:
        for text in CORPUS:
            client.begin("ann")
            assert client.text(text) == "250 2.0.0 stored"
        assert fetched(served) == [expected(text) for text in CORPUS]
        assert not served.errors


def test_files_have_the_octets_that_were_sent(tmp_path: Path) -> None:
    with mail(folder(tmp_path)) as served, Client(served.port) as client:
        for text in CORPUS:
            client.begin("ann")
            client.text(text)
        paths = sorted((tmp_path / "box").iterdir())
        assert [path.read_bytes() for path in paths] == CORPUS


def test_lmtp_adds_two_fields_and_nothing_else() -> None:
    fields = b"Return-Path: <joe@host>\r\nDelivered-To: ann@x\r\n"
    with mail() as served, Client(served.lmtp, "LHLO me") as client:
        for text in CORPUS:
            client.begin("ann@x")
            assert client.text(text) == "250 2.0.0 stored"
        assert fetched(served) == [fields + as_lines(text) for text in CORPUS]
