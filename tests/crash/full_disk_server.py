"""pop3lab on a disk without room: no file can be made. All else is done by the system itself."""

import errno
import os
from unittest.mock import patch

from pop3lab.cli.main import main

from .traceable import allow_tracing

_really_open = os.open


def _refuse_new(path: str, flags: int, *rest: int, **named: int) -> int:
    if flags & os.O_CREAT:
        raise OSError(errno.ENOSPC, "No space left on device")
    return _really_open(path, flags, *rest, **named)


def serve() -> int:
    allow_tracing()
    with patch.object(os, "open", _refuse_new):
        return main()
