"""The text of a file that was seen before, as long as the file is what it was."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from io import FileIO

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.place import Place
from pop3lab.stores.regular import PIECE, Regular, check_same


def read_file(place: Place, file: Regular) -> Iterator[bytes]:
    """The file's octets as they are. Raises StoreFailed, now or later, if not those seen."""
    return _pieces(FileIO(place.open(file)), file)


def _pieces(raw: FileIO, file: Regular) -> Iterator[bytes]:
    left = file.octets
    with raw:
        try:
            while (piece := raw.read(PIECE)) and len(piece) <= left:
                left -= len(piece)
                yield piece
        except OSError as error:
            raise StoreFailed("the message can't be read") from error
        if piece or left:
            raise StoreFailed("the message has changed since login")
        check_same(raw.fileno(), file.but_for_ctime())  # it may have been removed meanwhile


def digesting(pieces: Iterable[bytes], tell: Callable[[bytes], None]) -> Iterator[bytes]:
    """The same pieces; behind the last, and only there, their SHA-256 is told."""
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    tell(digest.digest())
