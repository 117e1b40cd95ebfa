"""What to do about a folder whose messages are not served as its files."""

import os
import shlex

from pop3lab.stores.look_alikes import Likeness, likeness


def advice_on(path: str, *, by_kind: bool = False) -> str:
    """What the folder is and what to do, for the command line; nothing if it may well be one of
    messages. by_kind: Maildirs are served as such. Raises OSError.
    """  # noqa: D205 - one sentence
    found = likeness(path)
    if found is None or (by_kind and found.likeness is Likeness.MAILDIR):
        return ""
    inside = os.path.join(path, found.name)
    return f"{path!r} {found.likeness.value}: {_advice(found.likeness, path, inside)}"


def _advice(what: Likeness, path: str, inside: str) -> str:
    match what:
        case Likeness.MAILDIR:
            return f"its messages are seen with {_serve(path)}"
        case Likeness.FOLDERS:
            return f"give one of them, as {inside!r}"
        case Likeness.HIDDEN:
            return f"give names without a dot in front to what are messages, as {inside!r}"
        case Likeness.LINKS:
            return f"copy what they stand for, as {inside!r}"
        case Likeness.MBOX:
            return f"{inside!r} is one message here; its messages are seen with {_serve(inside)}"


def _serve(path: str) -> str:
    return f"`pop3lab serve {shlex.quote(path)} --user user:password`"
