"""`pop3lab deliver TARGET --user NAME [FILE]`: stores a message, for a mail server or by hand.

The exit codes are those of sysexits.h, by which a mail server tells what to do with the message.
What may pass is EX_TEMPFAIL, so that it will try again.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import NamedTuple, cast

from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import ADDRESS, FLAG, NAME
from pop3lab.core.delivery import DeliveringStore, Envelope, is_delivering
from pop3lab.core.errors import ConfigError, MaildropBusy, MaildropDamaged, NoMaildrop, StoreFailed
from pop3lab.core.maildrop import ManagedStore
from pop3lab.files.reading import READ_SIZE, RegularFile
from pop3lab.smtp.envelope_fields import delivered_to, return_path
from pop3lab.stores.delivery import MAX_ADDED_FILE
from pop3lab.stores.factory import create_store
from pop3lab.stores.mbox.index import MAX_FROM_LINE, is_from_line
from pop3lab.stores.memory import MemoryStore

_GROUP = "options"
_FROM = b"From "

OPTIONS = (
    Option(_GROUP, NAME, "whose maildrop it is", name="user"),
    Option(
        _GROUP,
        ADDRESS,
        "sender of the envelope; adds Return-Path, unless the message begins with it",
        name="from",
    ),
    Option(_GROUP, ADDRESS, "recipient of the envelope; adds Delivered-To", name="to"),
    Option(
        _GROUP,
        FLAG,
        "make the maildrop if the user has none: a Maildir if TARGET ends in / or Maildir, else an"
        " mbox file",
        name="create",
        default=False,
    ),
)


class _Undelivered(Exception):
    """The message was not delivered. code: of sysexits.h."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Asked(NamedTuple):
    """The command line."""

    target: str
    user: str
    file: str | None
    sender: str | None
    recipient: str | None
    create: bool


def run(command: str, words: Sequence[str]) -> int:
    """Deliver the message; return the exit code."""
    try:
        _deliver(_asked(words))
    except _Undelivered as reason:
        sys.stderr.write(f"pop3lab: {reason}\n")
        return reason.code
    except Exception:  # noqa: BLE001 - whatever it is, the message must not be lost by it
        from traceback import print_exc

        print_exc()
        return os.EX_TEMPFAIL
    return os.EX_OK


def _asked(words: Sequence[str]) -> _Asked:
    try:
        found, operands = read_words(OPTIONS, words)
    except ConfigError as error:
        raise _Undelivered(os.EX_USAGE, str(error)) from error
    if not operands or len(operands) > 2 or not found["user"]:
        usage = "usage: pop3lab deliver TARGET --user NAME [FILE]"
        raise _Undelivered(os.EX_USAGE, f"deliver needs a TARGET and --user; {usage}")
    target, file = operands[0], operands[1] if len(operands) > 1 else None
    sender, recipient = cast("str | None", found["from"]), cast("str | None", found["to"])
    return _Asked(target, str(found["user"]), file, sender, recipient, bool(found["create"]))


def _deliver(asked: _Asked) -> None:
    store = _store(asked)
    with ExitStack() as until_the_end:
        if isinstance(store, ManagedStore):
            store.start()
            until_the_end.callback(store.stop)
        if asked.file is None:
            chunks = _from_stdin()
        else:
            try:
                file = until_the_end.enter_context(RegularFile(asked.file, MAX_ADDED_FILE))
            except OSError as error:
                raise _Undelivered(os.EX_NOINPUT, f"{asked.file}: {error.strerror}") from error
            chunks = _readable(file.pieces())
        sender, message = _without_from_line(chunks)
        sender = sender if asked.sender is None else asked.sender
        envelope = Envelope(sender, (asked.recipient or asked.user,))
        _store_message(store, asked, _with_fields(asked, message), envelope)


def _store(asked: _Asked) -> DeliveringStore:
    """Return the store of the target. Raises _Undelivered."""
    try:
        store = create_store(asked.target, makes_maildrops=asked.create)
    except ConfigError as error:
        passing = isinstance(error.__cause__, OSError)  # a disk may be mounted later
        raise _Undelivered(os.EX_TEMPFAIL if passing else os.EX_CANTCREAT, str(error)) from error
    except OSError as error:  # of a database
        raise _Undelivered(os.EX_TEMPFAIL, str(error)) from error
    if isinstance(store, MemoryStore) or not is_delivering(store):
        told = f"TARGET {asked.target!r} takes no mail: give a folder, a Maildir or an mbox file"
        raise _Undelivered(os.EX_CANTCREAT, told)
    return store


def _store_message(
    store: DeliveringStore, asked: _Asked, message: Iterable[bytes], envelope: Envelope
) -> None:
    """Raises _Undelivered."""
    try:
        store.deliver(asked.user, message, envelope)
    except NoMaildrop as error:
        raise _Undelivered(os.EX_NOUSER, _reason(f"{asked.user}: {error}", error)) from error
    except MaildropDamaged as error:
        raise _Undelivered(os.EX_CANTCREAT, _reason(str(error), error)) from error
    except (StoreFailed, MaildropBusy) as error:
        raise _Undelivered(os.EX_TEMPFAIL, _reason(str(error), error)) from error


def _reason(text: str, error: BaseException) -> str:
    cause = error.__cause__
    return f"{text}: {cause}" if cause else text


def _from_stdin() -> Iterator[bytes]:
    return _readable(iter(lambda: os.read(sys.stdin.fileno(), READ_SIZE), b""))


def _readable(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Raises _Undelivered where the message can't be read to its end."""
    try:
        yield from chunks
    except OSError as error:
        raise _Undelivered(os.EX_IOERR, f"the message can't be read: {error.strerror}") from error


def _without_from_line(chunks: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """Return the sender, and the message, without the From_ line that mail servers put before it.

    The sender is empty if there is no such line.
    """
    start = b""
    for chunk in chunks:
        start += chunk
        if (
            b"\n" in start
            or len(start) > MAX_FROM_LINE
            or not start.startswith(_FROM[: len(start)])
        ):
            break
    line, end, rest = start.partition(b"\n")
    if not (end and is_from_line(line.rstrip(b"\r"))):
        return "", chain((start,), chunks)
    match = re.match(rb"From (\S+)", line)
    return match[1].decode("utf-8", "replace") if match else "", chain((rest,), chunks)


def _with_fields(asked: _Asked, message: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the message behind the fields that were asked for."""
    start = next(message, b"")
    line_end = b"\r\n" if start.partition(b"\n")[0].endswith(b"\r") else b"\n"
    if asked.sender is not None and not start[:12].lower().startswith(b"return-path:"):
        yield return_path(asked.sender) + line_end
    if asked.recipient is not None:
        yield delivered_to(asked.recipient) + line_end
    yield start
    yield from message
