"""Compact an mbox file in place if no journal can be written beside it.

The plan is an extended attribute of the file, which needs no space on most full disks and no
permission on the folder. A step moves no more than there is free space before its source, so that
it can be repeated after a kill; the next step begins once the plan on the disk says so.
"""

import errno
import os
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from pop3lab.core.errors import StoreFailed
from pop3lab.files.durable import sync
from pop3lab.stores.mbox.index import read_span
from pop3lab.stores.mbox.sidecar import pwrite_all
from pop3lab.stores.mbox.truncation import (
    MboxJournalDamaged,
    OctetSpan,
    Truncation,
    plan_truncation,
    span_octets,
)

_NAME = "user.pop3lab"
_VERSION = 1
_FIXED = struct.Struct(">BI8s")  # the version, the seal, the mark
_MARK = 8  # octets
_MOST = 1000  # steps, each of which waits for the disk
_FAR_TOO_MANY = 100_000  # steps, in a recovery: no plan of ours has so many
_HAS_ATTRIBUTES = hasattr(os, "setxattr")  # in Linux
_NONE = (errno.ENODATA, errno.ENOTSUP)
_Step = tuple[int, int, int]  # from, to, octets


class _Plan(NamedTuple):
    cut: Truncation
    kept: tuple[OctetSpan, ...]  # after the first removed message
    done: int  # steps; one more when the mark is set


def compact(descriptor: int, first: int, kept: Sequence[OctetSpan], size: int) -> None:
    """Leave only these spans of the file after the offset `first`.

    size: of the file. After StoreFailed and OSError nothing has happened, or recover_compaction
    finishes it. The file must be locked, and recovered.
    """
    plan = _Plan(plan_truncation(descriptor, first, kept, size, _MARK), tuple(kept), 0)
    if not _HAS_ATTRIBUTES or _count(plan) > _MOST:
        raise StoreFailed("there is no space for rewriting the maildrop")
    _keep(descriptor, plan)
    _carry_out(descriptor, plan)


def recover_compaction(descriptor: int) -> None:
    """Finish the plan that a file has. Raises StoreFailed, OSError. It must be locked."""
    plan = _kept(descriptor)
    if plan is None:
        return
    marked = plan.done > _count(plan)
    if not (marked and plan.cut.is_done(descriptor)) and plan.cut.fits(descriptor):
        _carry_out(descriptor, plan)
    else:  # it was cut; or it is another file, or rewritten since, and left alone
        _forget(descriptor)


def _carry_out(descriptor: int, plan: _Plan) -> None:
    for number, step in enumerate(_steps(plan)):
        if number >= plan.done:
            _copy(descriptor, step)
            plan = plan._replace(done=number + 1)
            _keep(descriptor, plan)
    if plan.done == _count(plan):
        plan.cut.set_mark(descriptor)
        plan = plan._replace(done=plan.done + 1)
    _keep(descriptor, plan)  # once more, if this is a recovery: on the disk before the cut
    size = os.fstat(descriptor).st_size
    if size == plan.cut.size:
        plan.cut.truncate(descriptor)
        _forget(descriptor)
        return
    later = [(plan.cut.size, size)]  # mail that came after a kill
    plan = _Plan(plan_truncation(descriptor, plan.cut.end, later, size, _MARK), tuple(later), 0)
    _keep(descriptor, plan)
    _carry_out(descriptor, plan)


def _steps(plan: _Plan) -> Iterator[_Step]:
    to = plan.cut.first
    for start, end in plan.kept:
        free = start - to
        for at in range(start, end, free):
            octets = min(free, end - at)
            yield at, to, octets
            to += octets


def _count(plan: _Plan) -> int:
    to, count = plan.cut.first, 0
    for start, end in plan.kept:
        count += -(-(end - start) // (start - to))
        to += end - start
    return count


def _copy(descriptor: int, step: _Step) -> None:
    at, to, octets = step
    for piece in read_span(descriptor, at, at + octets):
        pwrite_all(descriptor, piece, to)
        to += len(piece)
    sync(descriptor)


def _keep(descriptor: int, plan: _Plan) -> None:
    os.setxattr(descriptor, _NAME, _written(plan))
    sync(descriptor)


def _forget(descriptor: int) -> None:
    os.removexattr(descriptor, _NAME)
    sync(descriptor)


def has_plan(file: int | str) -> bool:
    """Tell whether a file, a descriptor or a path, has a plan. Raises OSError."""
    return _attribute(file) is not None


def _attribute(file: int | str) -> bytes | None:
    if not _HAS_ATTRIBUTES:
        return None
    try:
        return os.getxattr(file, _NAME)
    except OSError as error:
        if error.errno in _NONE:
            return None
        raise


def _kept(descriptor: int) -> _Plan | None:
    octets = _attribute(descriptor)
    if octets is None:
        return None
    plan = _read(octets)
    if plan is None or _count(plan) > _FAR_TOO_MANY:
        reason = f"its attribute {_NAME} is damaged: see whether it is whole, then remove that"
        raise MboxJournalDamaged from ValueError(reason)
    return plan


def _written(plan: _Plan) -> bytes:
    """Format a plan, as short as possible: a full disk may have space for some 60 octets."""
    cut, last = plan.cut, plan.cut.first
    numbers = [cut.inode, cut.size, cut.first, plan.done]
    for start, end in plan.kept:
        numbers += [start - last, end - start]
        last = end
    text = _FIXED.pack(_VERSION, cut.seal, cut.mark) + b"".join(map(_short, numbers))
    return text + crc32(text).to_bytes(4, "big")


def _read(octets: bytes) -> _Plan | None:
    """Parse a plan; None if it makes no sense."""
    text, checksum = octets[:-4], octets[-4:]
    if len(text) < _FIXED.size or crc32(text).to_bytes(4, "big") != checksum:
        return None
    version, seal, mark = _FIXED.unpack_from(text)
    numbers = list(_numbers(text[_FIXED.size :]))
    if version != _VERSION or len(numbers) < 6 or len(numbers) % 2 or 0 in numbers[4:]:
        return None
    inode, size, first, done, *spans = numbers
    kept, at = [], first
    for gap, length in zip(spans[::2], spans[1::2], strict=True):
        kept.append((at + gap, at + gap + length))
        at += gap + length
    if at > size:
        return None
    end = first + span_octets(kept)
    return _Plan(Truncation(inode, size, first, end, mark[: size - end], seal), tuple(kept), done)


def _short(number: int) -> bytes:
    """Encode seven bits an octet, the lowest first; the eighth bit says that more follow."""
    octets = bytearray()
    while number > 0x7F:
        octets.append(0x80 | number & 0x7F)
        number >>= 7
    return bytes(octets) + bytes([number])


def _numbers(octets: bytes) -> Iterator[int]:
    number = shift = 0
    for octet in octets:
        number |= (octet & 0x7F) << shift
        shift += 7
        if octet <= 0x7F:
            yield number
            number = shift = 0
