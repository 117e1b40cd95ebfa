"""What each client makes of the text that RETR carries: the only differences the tests allow.

Each function takes that text with its byte-stuffing undone and returns what the client delivers.
Each `..._CANNOT` names the files a client is not given, and why. What Mail::Box makes of it is in
`mail_box/Popbox.pm`, as that test is written in Perl.
"""

import re
from collections.abc import Callable, Sequence

Account = Callable[[bytes], bytes]

CRLF, LF = b"\r\n", b"\n"


def sent(octets: bytes, keywords: Sequence[str]) -> bytes:
    """What RETR carries for a file; the CRLF before the terminator's dot is text to a client."""
    if "noextra" in keywords and octets.endswith(CRLF):
        return octets
    return octets + CRLF


def curl(text: bytes) -> bytes:
    """Undoes byte-stuffing after CRLF only, not after a bare LF."""
    return re.sub(rb"(?<!\r)\n\.", b"\n..", text)


FETCHMAIL_CANNOT = {
    "01-empty": "fetchmail delivers a notice of its own instead, and deletes it",
}


def fetchmail(text: bytes) -> bytes:
    """Ends the header with CRLF, and undoes the header's byte-stuffing on its first line only."""
    blank = re.search(rb"(?m)^\r?\n", text)
    header, body = (text[: blank.start()], text[blank.end() :]) if blank else (text, b"")
    return header.replace(b"\n.", b"\n..") + CRLF + body


def mpop_exchange(text: bytes) -> bytes:
    return re.sub(rb"\r?\n", CRLF, text)


def mpop_maildir(text: bytes) -> bytes:
    return text.replace(CRLF, LF)


def getmail(text: bytes) -> bytes:
    """Makes LF of CRLF, then of what CRs are left; puts Return-Path first; ends the header."""
    text = re.sub(rb"\r\n?", LF, text.replace(CRLF, LF))
    if not re.match(rb"[!-9;-~]+:", text):  # no header
        return b"Return-Path: <unknown>\n\n" + text.removeprefix(LF)
    header, _, body = text.partition(LF + LF)
    lines = header.removesuffix(LF).split(LF)
    lines.sort(key=lambda line: not line.startswith(b"Return-Path:"))
    return LF.join([*lines, b"", body])


POPLIB_CANNOT = {
    "0012-very-long-lines.eml": "poplib raises error_proto at a line of more than 2,048 octets",
}


def poplib_lines(text: bytes) -> bytes:
    """Lines without line ends, CRLF or LF; joined by LF here."""
    return text.replace(CRLF, LF).removesuffix(LF)


def net_pop3(text: bytes) -> bytes:
    return text.replace(CRLF, LF)
