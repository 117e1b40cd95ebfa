"""openat2(2) of Linux 5.6: open a folder many parts deep in one call, following no link."""

import ctypes
import errno
import os
from functools import cache

_NUMBER = 437  # of the call, on every architecture that CPython is built for
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x2, 0x4, 0x8  # as in <linux/openat2.h>
_CWD = -100  # AT_FDCWD, which an absolute path has no use for
_TRIES = 3  # when something was renamed meanwhile


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def openat2(directory: int | None, path: str, flags: int) -> int:
    """Open a path beneath the directory, or beneath the root. Mounts are crossed.

    Raises OSError, also if the system lacks or forbids the call.
    """
    resolve = _NO_MAGICLINKS | _NO_SYMLINKS
    if directory is None:
        path = f"/{path}"
    else:
        resolve |= _BENEATH
    how = _How(flags, 0, resolve)
    for _ in range(_TRIES):
        descriptor: int = _libc().syscall(
            ctypes.c_long(_NUMBER),
            ctypes.c_int(_CWD if directory is None else directory),
            ctypes.c_char_p(os.fsencode(path)),
            ctypes.byref(how),
            ctypes.c_size_t(ctypes.sizeof(how)),
        )
        if descriptor >= 0:
            return descriptor
        if ctypes.get_errno() not in (errno.EAGAIN, errno.EINTR):
            break
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code), path)


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc
