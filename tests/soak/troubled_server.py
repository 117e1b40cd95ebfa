"""pop3lab on a bad disk: `python -m tests.soak.troubled_server ERROR ...`, then as pop3lab.

Now and then a call on a file fails: with ENOSPC those that take room, with EIO any. With `naive`
none does, and deletion is a bare loop without a journal, the control.
"""

import errno
import os
import sys
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from random import Random
from unittest.mock import patch

from pop3lab.cli.main import main
from pop3lab.stores import journal
from pop3lab.stores.file_identity import FileIdentity
from pop3lab.stores.maildrop_folder import MaildropFolder

_random = Random(os.getpid())


def _full(really: Callable[..., int]) -> Callable[..., int]:
    """Opening, where it makes a file of ours."""

    def look(path: str, flags: int, *rest: int, **named: int) -> int:
        if flags & os.O_CREAT and "pop3lab" in path and _random.random() < 0.7:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really(path, flags, *rest, **named)

    return look


def _broken(really: Callable[..., object]) -> Callable[..., object]:
    """By a name in an open folder."""

    def call(*arguments: object, **named: object) -> object:
        in_maildrop = "dir_fd" in named or "src_dir_fd" in named
        return _failing(really, errno.EIO, 0.03 * in_maildrop)(*arguments, **named)

    return call


def _failing(really: Callable[..., object], error: int, chance: float) -> Callable[..., object]:
    def call(*arguments: object, **named: object) -> object:
        if _random.random() < chance:
            raise OSError(error, os.strerror(error))
        return really(*arguments, **named)

    return call


def _breaking(name: str, error: int, chance: float) -> tuple[object, str, object]:
    return os, name, _failing(getattr(os, name), error, chance)


def _bare_loop(
    place: MaildropFolder, files: Collection[FileIdentity], *, trash: bool = False
) -> None:
    """As many servers have it: by names as they were at login, whatever is there now."""
    for file in files:
        there = place.locate(file.name)
        assert there
        time.sleep(0.01)  # the disk is slow
        with suppress(OSError):
            os.unlink(there[1], dir_fd=there[0])


TROUBLES: dict[str, list[tuple[object, str, object]]] = {
    "full": [(os, "open", _full(os.open)), _breaking("setxattr", errno.ENOSPC, 0.1)],
    "broken": [
        *((os, name, _broken(getattr(os, name))) for name in ("open", "rename", "unlink")),
        *(_breaking(name, errno.EIO, 0.01) for name in ("fsync", "pread", "pwrite", "ftruncate")),
    ],
    "naive": [(journal, "remove_files", _bare_loop)],
}


if __name__ == "__main__":
    with ExitStack() as stack:
        for trouble in TROUBLES[sys.argv[1]]:
            stack.enter_context(patch.object(*trouble))
        sys.exit(main(sys.argv[2:]))
