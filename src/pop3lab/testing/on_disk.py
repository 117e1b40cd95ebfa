"""Recognizes files and folders that are not the message or folder they were taken for."""

import os

from pop3lab.core.errors import ConfigError
from pop3lab.stores.look_alikes import Likeness, likeness, messages_in


def check_message_folder(path: str, *, links: bool = False) -> None:
    """Raise ConfigError if the messages in a folder are not plain files.

    links: links are followed, so a folder of links is allowed.
    """
    try:
        found = likeness(path)
    except OSError as error:
        raise ConfigError(f"the folder {path!r} can't be read: {error.strerror}") from error
    if found and not (links and found.likeness is Likeness.LINKS):
        inside = os.path.join(path, found.name)
        raise ConfigError(f"{path!r} {found.likeness.value}: {_advice(found.likeness, inside)}")


def _advice(what: Likeness, inside: str) -> str:
    match what:
        case Likeness.MAILDIR:
            return 'give a list, [*path.glob("new/*"), *path.glob("cur/*")]'
        case Likeness.FOLDERS:
            return f"give one of them, as Path({inside!r})"
        case Likeness.HIDDEN:
            return f"give a list of files, as [Path({inside!r})]"
        case Likeness.LINKS:
            return "give a list, [*path.iterdir()]"
        case Likeness.MBOX:
            return _split(inside)


def one_message(octets: bytes, path: str) -> bytes:
    """Return the message in a file. Raises ConfigError for an mbox file with several messages.

    An mbox file with one message is that message, without its From_ line and the empty line at the
    end.
    """
    many = messages_in(iter((octets,)))
    if many > 1:
        raise ConfigError(f"{path!r} is an mbox file with several messages: {_split(path)}")
    if not many:
        return octets
    message = octets.lstrip(b"\r\n").partition(b"\n")[2]
    for end in (b"\r\n", b"\n"):
        body = message.partition(end + end)[2]
        if message.endswith(end + end) and body.endswith(end):
            return message.removesuffix(end)
    return message


def _split(path: str) -> str:
    return f"give its messages, [*mailbox.mbox({path!r})], or serve it with `pop3lab serve`"
