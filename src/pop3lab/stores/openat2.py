"""openat2(2) of Linux 5.6: open a folder many parts deep in one call, following no link."""

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache, lru_cache

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
    if directory is None:
        name, how = _asked(f"/{path}", flags, _NO_MAGICLINKS | _NO_SYMLINKS)
    else:
        name, how = _asked(path, flags, _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH)
    below = _CWD if directory is None else directory
    for _ in range(_TRIES):
        descriptor = _syscall()(_NUMBER, below, name, how, ctypes.sizeof(_How))
        if descriptor >= 0:
            return descriptor
        if ctypes.get_errno() not in (errno.EAGAIN, errno.EINTR):
            break
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code), path)


@lru_cache(maxsize=256)
def _asked(path: str, flags: int, resolve: int) -> "tuple[bytes, ctypes._Pointer[_How]]":
    """The same path is opened at each login."""
    return os.fsencode(path), ctypes.pointer(_How(flags, 0, resolve))


@cache
def _syscall() -> Callable[..., int]:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.argtypes = (
        ctypes.c_long,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.POINTER(_How),
        ctypes.c_size_t,
    )
    call.restype = ctypes.c_long
    return call
