"""Recognize what looks like a folder of messages, or a message, but is something else."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from pop3lab.files.folders import (
    Folder,
    close_folder,
    open_file_in,
    open_folder,
    open_folder_in,
)
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.maildir_detection import is_maildir

_FIRST = re.compile(rb"[!-9;-~]+:|From ")  # what a message, or an mbox file, begins with
_FROM = b"From "
_OF_MH = ".mh_sequences"
_SOME = 10  # files of a folder that are looked into
_START = 4096  # octets of a message whose line ends are looked at


class Likeness(Enum):
    """What a folder is or contains, instead of messages."""

    MAILDIR = "is a Maildir"
    FOLDERS = "holds folders and no message"
    HIDDEN = "holds hidden files only"
    LINKS = "holds links only, which are not followed"
    MBOX = "holds an mbox file"


class LookAlike(NamedTuple):
    """A likeness, with the name of one example in the folder, if there may be several."""

    likeness: Likeness
    name: str = ""


def likeness(path: str) -> LookAlike | None:
    """Return what a folder is, if it is hardly one of messages; else None.

    Raises OSError.
    """
    directory = open_folder(path)
    try:
        found, _ = _look(directory)
        return found
    finally:
        close_folder(directory)


def _look(directory: Folder) -> tuple[LookAlike | None, list[str]]:
    """Return what the folder is, if it is hardly one of messages, and names of some messages."""
    if is_maildir(directory):
        return LookAlike(Likeness.MAILDIR), []
    messages, others = _some(directory)
    found = _mbox_among(directory, messages) if messages else _instead(directory, others)
    return found, messages


def _some(directory: Folder) -> "tuple[list[str], list[os.DirEntry[str]]]":
    """Return names of some messages, and other entries: all of those if there is no message."""
    messages: list[str] = []
    others = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                messages.append(entry.name)
            else:
                others.append(entry)
            if len(messages) == _SOME:
                break
    return sorted(messages), sorted(others, key=lambda entry: entry.name)


def _mbox_among(directory: Folder, names: Iterable[str]) -> LookAlike | None:
    for name in names:
        if _in_mbox(directory, name) > 1:
            return LookAlike(Likeness.MBOX, name)
    return None


def _instead(directory: Folder, others: "list[os.DirEntry[str]]") -> LookAlike | None:
    for entry in others:
        if entry.is_dir(follow_symlinks=False) and _is_shown(directory, entry.name):
            return LookAlike(Likeness.FOLDERS, entry.name)
    for entry in others:
        if entry.is_symlink() and not entry.name.startswith("."):
            return LookAlike(Likeness.LINKS, entry.name)
    for entry in others[:_SOME]:
        if entry.name != _OF_MH and _begins_as_message(directory, entry.name):
            return LookAlike(Likeness.HIDDEN, entry.name)
    return None


def _is_shown(directory: Folder, name: str) -> bool:
    """A Maildir within a Maildir has a dot in front."""
    if not name.startswith("."):
        return True
    try:
        inner = open_folder_in(directory, name)
    except OSError:
        return False
    try:
        return is_maildir(inner)
    finally:
        close_folder(inner)


def _begins_as_message(directory: Folder, name: str) -> bool:
    return _FIRST.match(_start(directory, name, 200)) is not None


def _in_lf_among(directory: Folder, names: Iterable[str]) -> str | None:
    """Return the first file whose first lines do not all end in CRLF."""
    for name in names:
        octets = _start(directory, name, _START)
        if octets.count(b"\n") > octets.count(b"\r\n"):
            return name
    return None


def _start(directory: Folder, name: str, octets: int) -> bytes:
    """Return so many octets of a file at most; none for unreadable ones."""
    try:
        file = open_file_in(directory, name)
    except OSError:
        return b""
    try:
        return os.read(file, octets)
    except OSError:  # a folder
        return b""
    finally:
        os.close(file)


def _in_mbox(directory: Folder, name: str) -> int:
    """Count the messages of an mbox file, up to 2; 0 for other files and unreadable ones."""
    try:
        file = open_file_in(directory, name)
    except OSError:
        return 0
    try:
        return messages_in(iter(lambda: os.read(file, READ_SIZE), b""))
    except OSError:
        return 0
    finally:
        os.close(file)


def messages_in(chunks: Iterator[bytes]) -> int:
    """Count the messages of an mbox file, up to 2; 0 for other files.

    chunks: the file, cut anywhere.
    """
    lines = _behind_empty_lines(chunks)
    first = next(lines)
    if not first.startswith(_FROM):
        return 0
    from pop3lab.stores.mbox.index import (
        message_starts,  # rarely needed where the start is to be fast
    )

    return sum(1 for _ in islice(message_starts(chain((first,), lines)), 2))


def _behind_empty_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Skip empty lines. The first chunk is empty if nothing follows."""
    first = b""
    for chunk in chunks:
        first = (first + chunk).lstrip(b"\r\n")
        if len(first) >= len(_FROM):
            break
    yield first
    yield from chunks


def is_mbox_of_several(path: str) -> bool:
    """Tell whether the file is an mbox file of more than one message. Raises OSError."""
    with open(path, "rb") as file:
        return messages_in(_pieces(file)) > 1


def begins_as_mbox(path: str) -> bool:
    """Tell whether the file begins with a From_ line, or is blank. Raises OSError."""
    with open(path, "rb") as file:
        first = next(_behind_empty_lines(_pieces(file)))
    return not first or first.startswith(_FROM)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(READ_SIZE), b"")


# Advice for the command line.


def advice_on(path: str, *, by_kind: bool = False, to_be_filled: bool = False) -> str:
    """Return what the folder is and what to do; empty if it may well be one of messages.

    by_kind: Maildirs are served as such, and line ends are converted. to_be_filled: it may be
    empty. Raises OSError.
    """
    directory = open_folder(path)
    try:
        found, messages = _look(directory)
        unlike = None if found or by_kind else _in_lf_among(directory, messages)
    finally:
        close_folder(directory)
    if found and by_kind and found.likeness is Likeness.MAILDIR:
        return ""
    if found:
        inside = os.path.join(path, found.name)
        return f"{path!r} {found.likeness.value}: {_advice(found.likeness, path, inside)}"
    if unlike:
        return (
            f"lines of {os.path.join(path, unlike)!r} end in LF, and are sent like that: convert"
            f" them with unix2dos, or serve CRLF with {_serve(path)}"
        )
    if messages or to_be_filled:
        return ""
    return f"{path!r} holds no message: put one into each file, or name another folder"


def _advice(what: Likeness, path: str, inside: str) -> str:
    match what:
        case Likeness.MAILDIR:
            return f"serve its messages with {_serve(path)}"
        case Likeness.FOLDERS:
            return f"name one of them, such as {inside!r}"
        case Likeness.HIDDEN:
            return f"rename messages so that no dot is in front, such as {inside!r}"
        case Likeness.LINKS:
            return f"copy their targets, such as that of {inside!r}"
        case Likeness.MBOX:
            return (
                f"{inside!r} counts as one message here; serve its messages with {_serve(inside)}"
            )


def _serve(path: str) -> str:
    return f"`pop3lab serve {shlex.quote(path)} --user user:password`"
