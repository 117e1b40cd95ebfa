"""A folder as a maildrop: each regular file whose name begins with no dot is a message."""

from collections.abc import Callable

from pop3lab.stores.file_store import FileStore, OnDelete
from pop3lab.stores.location import AtPath, Location
from pop3lab.stores.place import Flat
from pop3lab.stores.unique_ids import legal_uid

__all__ = ["Folder", "legal_uid"]


class Folder(FileStore):
    """One maildrop, whoever logs in; in byte-wise order of names, looked at anew at each login.

    as_they_are: messages go out octet for octet, whatever their line ends.
    uid: makes a name a unique-id. on_delete: see FileStore. place: instead of the path.
    """

    def __init__(
        self,
        path: str,
        *,
        as_they_are: bool = False,
        uid: Callable[[str], str] = legal_uid,
        on_delete: OnDelete = "unlink",
        place: Location | None = None,
    ) -> None:
        super().__init__(
            place or AtPath(path),
            Flat,
            as_they_are=as_they_are,
            uid=uid,
            on_delete=on_delete,
        )
