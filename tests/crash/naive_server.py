"""The control: pop3lab, but with the deletion of many a server, a bare loop without a journal.

It does not care for errors either: whoever lets this server pass does not look.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from unittest.mock import patch

from pop3lab.cli import factories
from pop3lab.cli.main import main
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.folder import FolderStore

from .traceable import allow_tracing


class NaiveFolder(FolderStore):
    def __init__(self, path: str, **_: object) -> None:
        super().__init__(path, verbatim=True)  # and the unique-ids are the names
        self._root = path

    def look(self) -> None:
        """Each login lists the files: an early greeting would note other unique-ids."""

    look_at_once = look

    def open(self, user: str) -> Maildrop:
        return _NaiveMaildrop(self._root, super().open(user))


class _NaiveMaildrop:
    read_waits = False

    def __init__(self, root: str, maildrop: Maildrop) -> None:
        self._root = root
        self.snapshot = maildrop.snapshot
        self.read = maildrop.read
        self.close = maildrop.close

    def delete_waits(self, uids: Collection[str]) -> bool:
        return bool(uids)

    def delete(self, uids: Collection[str]) -> None:
        for name in uids:
            with suppress(OSError):
                os.unlink(f"{self._root}/{name}")


def serve() -> int:
    allow_tracing()
    with patch.object(factories, "FolderStore", NaiveFolder):
        return main()
