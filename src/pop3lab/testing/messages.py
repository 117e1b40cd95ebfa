"""Turns the messages of a test into messages of the store."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message as EmailMessage
from functools import lru_cache, partial

from pop3lab.core.errors import ConfigError
from pop3lab.core.text import MessageText
from pop3lab.files.folders import Folder, close_folder, open_file_in, open_folder
from pop3lab.files.reading import MAX_MESSAGE_FILE, read_whole
from pop3lab.stores.generated import GeneratedStore, Generation, parse_generation
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.unique_ids import legal_uid
from pop3lab.testing.in_memory import NewMessage
from pop3lab.testing.on_disk import check_message_folder, one_message

_UID = re.compile(r"[!-~]{1,70}")  # RFC 1939 section 7

Content = bytes | str | EmailMessage | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message with a unique-id of its own.

    Args:
        content: The message: bytes, str, a message of the standard library, or the Path of a file.
            Each line is sent with CRLF. If the file is an mbox file with one message, it is that
            message.
        uid: The unique-id, 1 to 70 characters in 0x21-0x7E (RFC 1939 section 7); empty for the next
            free number.
        as_is: Send the octets with the line ends that they have. Only a missing CRLF at the end is
            added, because POP3 can't end a message otherwise.
    """

    content: Content
    uid: str = ""
    as_is: bool = False


@dataclass(frozen=True)
class Generate:
    """The parameters of generated messages: see generate."""

    count: int
    size: str
    seed: str | None
    nasty: str


def generate(
    count: int,
    size: str = "2KiB..64KiB",
    seed: int | str | None = None,
    nasty: str = "0%",
) -> Generate:
    """Generate messages. The same seed gives the same messages on any machine.

    Args:
        count: The number of messages.
        size: "10MiB", "2KiB..64KiB" or "lognormal".
        seed: The seed; None for that of the server.
        nasty: The share of messages with content that clients often mishandle, such as "10%".

    Returns:
        A value for the option messages of Pop3Server.

    Raises:
        ConfigError: A parameter is wrong.
    """
    made = Generate(count, size, None if seed is None else str(seed), nasty)
    _generation(made, "1", 0)
    return made


MessageContent = Content | Message
_Some = int | Generate | MessageContent | Iterable[MessageContent | Generate]
Messages = _Some | Mapping[str, _Some]
_ONES = (EmailMessage, os.PathLike, Message, Generate)


def new_messages(user: str, given: _Some, seed: str) -> Iterator[NewMessage]:
    """Yield the messages for a user. seed: for generated ones.

    Raises ConfigError, and TypeError for something that can't be a message.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        given = generate(given)
    if isinstance(given, os.PathLike) and os.path.isdir(given):
        yield from _items_of_folder(os.fspath(given))
        return
    seeds: Counter[str | None] = Counter()
    for one in _listed(given):
        if isinstance(one, Generate):
            yield from _generated(_generation(one, seed, seeds[one.seed]), user)
            seeds[one.seed] += 1
        else:
            yield new_message(one)


def _listed(given: _Some) -> Iterable[MessageContent | Generate]:
    if isinstance(given, _ONES):
        return [given]
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
        return given
    raise TypeError(
        "messages= is a list of messages, a number of them, or the Path of a folder, "
        f"not {given!r:.40}"
    )


def new_message(given: MessageContent, uid: str = "") -> NewMessage:
    """Return one message. uid: used if it has none. Raises ConfigError, TypeError."""
    if isinstance(given, Message):
        return _item_of(given.content, given.uid or uid, given.as_is)
    return _item_of(given, uid, as_is=False)


def _item_of(given: Content, uid: str, as_is: bool) -> NewMessage:
    if not isinstance(uid, str) or (uid and not _UID.fullmatch(uid)):
        raise ConfigError(
            f"{uid!r} is not a unique-id: write 1 to 70 characters, ASCII without spaces; "
            "to send others, use a quirk"
        )
    octets = _octets(given, as_is)
    return _item(uid, _closed(octets) if as_is else _with_crlf(octets))


def _item(uid: str, octets: bytes) -> NewMessage:
    text = MessageText(octets)
    return NewMessage(uid, len(octets), lambda: text)


def _octets(content: Content, as_is: bool) -> bytes:
    try:
        return _made(content, as_is)
    except UnicodeEncodeError as error:
        raise ConfigError(f"a message has a character that can't be sent: {error}") from error


def _made(content: Content, as_is: bool) -> bytes:
    match content:
        case bytes():
            return content
        case str():
            return content.encode("utf-8", "surrogateescape")
        case EmailMessage():
            policy = content.policy if as_is else content.policy.clone(linesep="\r\n")
            return content.as_bytes(policy=policy)
        case os.PathLike():
            path = os.fspath(content)
            return one_message(_read(path), path)
    raise TypeError(f"a message is bytes, str, an email.message.Message or a Path, not {content!r}")


def _closed(octets: bytes) -> bytes:
    """Add the CRLF before the terminator, which a client takes for the end of the last line."""
    return octets if octets.endswith(b"\r\n") or not octets else octets + b"\r\n"


def _with_crlf(octets: bytes) -> bytes:
    return b"".join(to_crlf((octets,)))


def _read(path: str) -> bytes:
    if os.path.isdir(path):
        raise ConfigError(f"{path!r} is a folder: give it alone, or a list of its files")
    try:
        return read_whole(path, MAX_MESSAGE_FILE)
    except OSError as error:
        raise ConfigError(f"the message {path!r} can't be read: {error.strerror}") from error


def _items_of_folder(path: str) -> Iterator[NewMessage]:
    """Yield a copy of each file; the unique-ids are the names. Raises ConfigError."""
    check_message_folder(path)
    folder = open_folder(path)
    try:
        for name in _names_in(folder):
            octets = one_message(_read_in(folder, path, name), os.path.join(path, name))
            yield _item(legal_uid(name), _with_crlf(octets))
    finally:
        close_folder(folder)


def _names_in(folder: Folder) -> list[str]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    return sorted((name for name in names if not name.startswith(".")), key=os.fsencode)


def _read_in(folder: Folder, path: str, name: str) -> bytes:
    try:
        with open(open_file_in(folder, name), "rb") as file:
            return file.read()
    except OSError as error:
        at = os.path.join(path, name)
        raise ConfigError(f"the message {at!r} can't be read: {error.strerror}") from error


def _generation(given: Generate, seed: str, before: int) -> Generation:
    """before: the number of earlier generations with the same seed; makes this one differ."""
    parts = f"messages={given.count}&size={given.size}&nasty={given.nasty}"
    own = seed if given.seed is None else given.seed
    return parse_generation(f"{own} {before}?{parts}" if before else f"{own}?{parts}")


@lru_cache(maxsize=64)
def _generated(generation: Generation, user: str) -> tuple[NewMessage, ...]:
    """Generate messages; cached, because many tests use the same. Texts are made on access."""
    maildrop = GeneratedStore(generation).open(user)
    return tuple(
        NewMessage(entry.uid, entry.octets, partial(maildrop.read, entry.uid))
        for entry in maildrop.snapshot.entries
    )
