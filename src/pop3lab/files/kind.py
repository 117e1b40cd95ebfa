"""What a file is, where it is not the regular one that it should be."""

import errno
import stat

_NAMES = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_CODES = {"a folder": errno.EISDIR, "a link": errno.ELOOP}


def wrong_kind(path: str, mode: int, only: str) -> OSError:
    """The error for a file of this mode. only: what is right, as in "regular files are read"."""
    kind = next((name for is_that, name in _NAMES if is_that(mode)), "no regular file")
    return OSError(_CODES.get(kind, errno.EINVAL), f"it is {kind}, and only {only}", path)
