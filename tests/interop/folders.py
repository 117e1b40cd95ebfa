"""The folders that every client must fetch whole: the examples, and a small nasty set."""

import os
from collections.abc import Mapping
from pathlib import Path

Folder = Mapping[str, bytes]  # file name and octets, in the order of the message numbers

EXAMPLES = Path(__file__).parents[2] / "examples" / "messages"

# Return-Path comes first because that is where getmail puts it in any case.
HEADER = b"Return-Path: <ann@example.org>\r\nFrom: Ann <ann@example.org>\r\nSubject: nasty\r\n"
START = HEADER + b"\r\n"
EVERY_OCTET = bytes(range(256))
SENTENCE = b"I must not send a mebibyte of mail to people I hardly know.\r\n"
MEBIBYTE = 1024 * 1024


def examples() -> Folder:
    files = (path for path in EXAMPLES.iterdir() if not path.name.startswith("."))
    return in_order({path.name: path.read_bytes() for path in files})


def nasty() -> Folder:
    return in_order(
        {
            "01-empty": b"",
            "02-one-octet": b"x",
            "03-one-dot": b".",
            "04-only-dots": b".\r\n..\r\n...\r\n.\r\n",
            "05-dots": START + b".\r\n..\r\n.a\r\n...\r\n\r\n.\r\n\r\n..\r\n.",
            "06-dots-after-lf": START.replace(b"\r\n", b"\n") + b".\n..\n.a\n\n.\n",
            "07-no-final-line-end": START + b"the end",
            "08-ends-in-cr": START + b"the end\r",
            "09-blank-lines-at-the-end": START + b"the end\r\n\r\n\r\n\r\n",
            "10-header-only": HEADER,
            "11-nul": START + b"a\0b\r\n\0\r\n.\0\r\n",
            "12-every-octet": START + EVERY_OCTET + b"\r\n" + EVERY_OCTET[::-1],
            "13-every-8-bit-octet": START + EVERY_OCTET[128:] + b"\r\n",
            "14-one-mebibyte": (START + SENTENCE * 20_000)[:MEBIBYTE],
            "15 blanks in the name": START + b"hello\r\n",
            "16-utf-8-in-the-header": START.replace(b"nasty", "Grüße".encode()) + b"hello\r\n",
        }
    )


def in_order(folder: Folder) -> Folder:
    return dict(sorted(folder.items(), key=lambda item: os.fsencode(item[0])))


def write(folder: Folder, path: Path) -> Path:
    path.mkdir()
    for name, octets in folder.items():
        (path / name).write_bytes(octets)
    return path
