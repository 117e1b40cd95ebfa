"""A folder as a maildrop: each regular file whose name does not begin with a dot is a message."""

from collections.abc import Callable, Iterable

from pop3lab.core.delivery import Envelope
from pop3lab.stores.delivery import deliver_to_folder, delivery_errors
from pop3lab.stores.file_store import FileStore, OnDelete
from pop3lab.stores.location import Location, PathLocation
from pop3lab.stores.maildrop_folder import SingleFolder
from pop3lab.stores.unique_ids import legal_uid

__all__ = ["FolderStore", "legal_uid"]


class FolderStore(FileStore):
    """One maildrop, whoever logs in; in byte-wise order of names, looked at anew at each login.

    verbatim: messages go out octet for octet, whatever their line ends.
    uid: makes a name a unique-id. on_delete: see FileStore. location: instead of the path.
    """

    def __init__(
        self,
        path: str,
        *,
        verbatim: bool = False,
        uid: Callable[[str], str] = legal_uid,
        on_delete: OnDelete = "unlink",
        location: Location | None = None,
    ) -> None:
        super().__init__(
            location or PathLocation(path),
            SingleFolder,
            verbatim=verbatim,
            uid=uid,
            on_delete=on_delete,
        )
        self._deliver_to = location or PathLocation(path)

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Add a file as the last; return its name. Raises as DeliveringStore says."""
        with delivery_errors():
            return deliver_to_folder(self._deliver_to, message)
