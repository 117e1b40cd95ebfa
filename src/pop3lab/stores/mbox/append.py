"""Append a message to an mbox file: whole or not at all, even if the process is killed.

What is to be appended is written beside the file first, with its place. If it is still there at the
next opening, the writer was killed, and what the mbox file has of the message is removed, unless
that is all of it. Where nothing can be written beside the file, it is appended without.
"""

import os
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, takewhile
from typing import IO

from pop3lab.files.durable import sync
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.mbox.file import MboxFile
from pop3lab.stores.mbox.index import MAX_FROM_LINE, is_from_line
from pop3lab.stores.mbox.sidecar import (
    SidecarUnwritable,
    append_name,
    open_sidecar,
    pwrite_all,
    write_sidecar,
)
from pop3lab.stores.mbox.truncation import OctetSpan

_HEADER = struct.Struct(">16sQQ")  # the inode of the mbox file, and where the message begins
_MAGIC = b"pop3lab append 1"
_NOBODY = "MAILER-DAEMON"
_MOST_SENDER = 300  # characters
_FROM = b"From "


def from_line(sender: str) -> bytes:
    """Return the line that begins a message now. sender: of the envelope."""
    plain = "".join(c for c in sender if "!" <= c <= "~")[:_MOST_SENDER] or _NOBODY
    return f"From {plain} {time.asctime(time.gmtime())}\n".encode("ascii")


def quoted(message: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a message with `>` before each line that begins with `From `, and an empty line behind.

    message: in chunks cut anywhere. The last line gets a line end if it has none.
    """
    held, last = b"", b"\n"
    for chunk in message:
        text = held + chunk
        line = text.rfind(b"\n") + 1
        short = len(text) - line < len(_FROM)  # it is not known yet how this line begins
        text, held = (text[:line], text[line:]) if short else (text, b"")
        if text:
            yield _quote(text, begins=last == b"\n")
            last = text[-1:]
    last = held[-1:] or last
    yield held
    yield {b"\n": b"\n", b"\r": b"\r\n\n"}.get(last, b"\n\n")


def _quote(text: bytes, *, begins: bool) -> bytes:
    """begins: whether the text begins a line."""
    text = text.replace(b"\n" + _FROM, b"\n>" + _FROM)
    return b">" + text if begins and text.startswith(_FROM) else text


def append_message(file: MboxFile, first_line: bytes, message: IO[bytes]) -> None:
    """Append a message, and return when it lasts.

    first_line: its From_ line. message: quoted. After OSError it is not there, or torn_span finds
    what there is of it. The file must be locked, and recovered.
    """
    mbox = file.descriptor
    size = os.fstat(mbox).st_size
    head = _separator(mbox, size)
    header = _HEADER.pack(_MAGIC, os.fstat(mbox).st_ino, size + len(head))
    with suppress(SidecarUnwritable):
        chunks = chain((header, first_line), _chunks(message))
        write_sidecar(file.directory, file.name, append_name(file.name), chunks)
        sync(file.directory)
    try:
        at = size
        for chunk in chain((head + first_line,), _chunks(message)):
            pwrite_all(mbox, chunk, at)
            at += len(chunk)
        sync(mbox)
    except OSError:
        os.ftruncate(mbox, size)
        sync(mbox)
        forget_append(file)
        raise
    forget_append(file)


def _separator(mbox: int, size: int) -> bytes:
    """Return what the end of the file lacks of a line end and an empty line."""
    end = os.pread(mbox, 3, max(0, size - 3))
    if not end or end.endswith((b"\n\n", b"\n\r\n")):
        return b""
    return b"\n" if end.endswith(b"\n") else b"\n\n"


def _chunks(message: IO[bytes]) -> Iterator[bytes]:
    message.seek(0)
    return iter(lambda: message.read(READ_SIZE), b"")


def forget_append(file: MboxFile) -> None:
    """Remove what is beside the file: the message is there, or nothing of it. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(append_name(file.name), dir_fd=file.directory)
        sync(file.directory)


def torn_span(file: MboxFile) -> OctetSpan | None:
    """Return where the file has a part of a message whose writer was killed.

    None if it has none, or if that can't be told for certain. Raises OSError, StoreFailed.
    """
    try:
        descriptor = open_sidecar(file.directory, append_name(file.name))
    except PermissionError:
        return None  # not of this server's making
    if descriptor is None:
        return None
    try:
        return _torn(descriptor, file.descriptor)
    finally:
        os.close(descriptor)


def _torn(source: int, mbox: int) -> OctetSpan | None:
    header = os.pread(source, _HEADER.size, 0)
    status = os.fstat(mbox)
    if len(header) < _HEADER.size:
        return None
    magic, inode, start = _HEADER.unpack(header)
    if magic != _MAGIC or inode != status.st_ino:
        return None
    whole = os.fstat(source).st_size - _HEADER.size
    ours, complete = _own_octets(source, mbox, start)
    if not ours or (complete and ours == whole):
        return None
    end = start + ours
    if end < status.st_size and not _begins_message(mbox, end):
        return None  # another program has written something else: nothing must be lost
    return start, end


def _own_octets(source: int, mbox: int, start: int) -> tuple[int, bool]:
    """Count the octets from there on that are those of the message; tell whether all are equal.

    After a loss of power, some that were not flushed may be NUL.
    """
    count, equal = 0, True
    while ours := os.pread(source, READ_SIZE, _HEADER.size + count):
        theirs = os.pread(mbox, len(ours), start + count)
        if theirs == ours:
            count += len(ours)
            continue
        pairs = zip(ours, theirs, strict=False)
        own = sum(1 for _ in takewhile(lambda pair: pair[1] in (pair[0], 0), pairs))
        count, equal = count + own, equal and theirs[:own] == ours[:own]
        if own < len(ours):
            break
    return count, equal


def _begins_message(mbox: int, at: int) -> bool:
    """Whether another program has appended a message there, even in the middle of a line."""
    octets = os.pread(mbox, MAX_FROM_LINE + 3, at).lstrip(b"\r\n")
    return is_from_line(octets.partition(b"\n")[0])
