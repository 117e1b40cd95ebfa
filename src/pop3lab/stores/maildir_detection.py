"""Tell a Maildir from a folder of messages."""

import os
import stat

from pop3lab.files.folders import Folder, status_in

_FOLDERS = ("new", "cur")


def is_maildir(directory: Folder) -> bool:
    """Tell whether the open folder is a Maildir. Raises OSError.

    One that is still being made counts: it has new/ or cur/, and no message of its own.
    """
    there = sum(_is_folder(directory, name) for name in _FOLDERS)
    return there == len(_FOLDERS) or (there > 0 and not holds_messages(directory))


def holds_messages(directory: Folder) -> bool:
    """Tell whether the open folder has a regular file whose name does not begin with a dot."""
    with os.scandir(directory) as entries:
        return any(
            entry.name[0] != "." and entry.is_file(follow_symlinks=False) for entry in entries
        )


def _is_folder(directory: Folder, name: str) -> bool:
    """A link counts as a folder: opening it will say that links are not followed."""
    try:
        mode = status_in(directory, name).st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
