"""The maildrop that each client has to bring home, and what clients make of a text."""

import re
from pathlib import Path

from tests.interop.folders import Folder

_HEADER = b"""\
Return-Path: <ann@example.org>\r
From: Ann <ann@example.org>\r
Date: Mon, 2 Jan 2023 10:00:00 +0000\r
Message-ID: <%d@example.org>\r
Subject: %s\r
\r
"""


def _message(number: int, subject: str, body: bytes) -> bytes:
    return _HEADER % (number, subject.encode()) + body


MAIL: Folder = {
    "1-dots": _message(1, "dots", b".\r\n..\r\n.a\r\n\r\n...\r\nthe end\r\n"),
    "2-utf-8-in-the-header": _message(2, "Grüße aus Köln, 東京", "schöne Grüße\r\n".encode()),
    "3-eight-bits": _message(3, "eight bits", bytes(range(0xA0, 0x100)) + b"\r\n"),
    "4-long": _message(4, "long", b"a line of text\r\n" * 20_000),
    "5-last": _message(5, "last", b"\r\nblank lines\r\n\r\n"),
}

# Fields that clients put into the header of what they keep.
_ADDED = (
    b"Status:",
    b"X-Status:",
    b"X-Keywords:",
    b"X-UID:",
    b"X-IMAPbase:",
    b"Content-Length:",
    b"Lines:",
    b"Received:",
    b"Delivered-To:",
    b"Envelope-to:",
)


def with_lf(text: bytes) -> bytes:
    """LF for CRLF, and one of them at the end: how files have it."""
    return text.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"


def without_added(text: bytes) -> bytes:
    """Without what the client has put into the header."""
    header, _, body = text.partition(b"\n\n")
    fields = re.split(rb"\n(?![ \t])", header)
    return b"\n".join([*(f for f in fields if not f.startswith(_ADDED)), b"", body])


def undotted(text: bytes) -> bytes:
    """As a client should have done: without the dot that is doubled in front of a line."""
    return re.sub(rb"(?m)^\.\.", b".", text)


def in_mbox(path: Path) -> list[bytes]:
    """The texts of an mbox file."""
    import mailbox

    box = mailbox.mbox(path, create=False)
    try:
        return [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 - this is no dict
    finally:
        box.close()


def in_folder(path: Path) -> list[bytes]:
    """The files of a folder, by the number that ends their names."""

    def number(file: Path) -> int:
        digits = re.search(r"(\d+)(?:\D*)$", file.name)
        assert digits, file
        return int(digits[1])

    return [file.read_bytes() for file in sorted(path.iterdir(), key=number)]
