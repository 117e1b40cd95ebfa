"""pop3lab on a disk without room: no file can be made. All else is done by the system itself."""

import errno
import os
import sys
from unittest.mock import patch

from pop3lab.cli.main import main

_really_open = os.open


def _refuse_new(path: str, flags: int, *rest: int, **named: int) -> int:
    if flags & os.O_CREAT:
        raise OSError(errno.ENOSPC, "No space left on device")
    return _really_open(path, flags, *rest, **named)


if __name__ == "__main__":
    with patch.object(os, "open", _refuse_new):
        sys.exit(main())
