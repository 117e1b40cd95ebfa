"""The trash: a folder beside the messages for files that are deleted but kept."""

import os
from collections.abc import Sequence

from pop3lab.stores.maildrop_folder import FoundFile
from pop3lab.stores.posix import O_DIRECTORY, O_NOFOLLOW

_FOLDER = os.O_RDONLY | O_DIRECTORY | O_NOFOLLOW | os.O_CLOEXEC


def open_trash(root: int, path: Sequence[str]) -> int:
    """Open the folder at the end of the path, and create what is missing.

    The caller closes the descriptor. Raises OSError, also if something on the path is a link.
    """
    directory = os.open(".", _FOLDER, dir_fd=root)
    for name in path:
        parent = directory
        try:
            directory = _folder(parent, name)
        finally:
            os.close(parent)
    return directory


def _folder(parent: int, name: str) -> int:
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        pass
    return os.open(name, _FOLDER, dir_fd=parent)


def move_to_trash(found: FoundFile, trash: int) -> None:
    """Move a file into the trash, under a name that is free there. Raises OSError."""
    name = found.file.name
    free = _free(trash, name)
    os.rename(name, free, src_dir_fd=found.directory, dst_dir_fd=trash)


def _free(trash: int, name: str) -> str:
    candidate, number = name, 0
    while _is_there(trash, candidate):
        number += 1
        candidate = f"{name}.{number}"
    return candidate


def _is_there(trash: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=trash, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
