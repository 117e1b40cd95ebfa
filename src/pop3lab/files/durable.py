"""Makes files durable: they survive a crash of the computer."""

import os
import sys

if sys.platform == "darwin":
    from fcntl import F_FULLFSYNC, fcntl

    def sync(descriptor: int) -> None:
        """Back when the file, or the folder with its names, lasts. Raises OSError.

        fsync leaves it in the cache of the drive there; some file systems can't do more.
        """
        try:
            fcntl(descriptor, F_FULLFSYNC)
        except OSError:
            os.fsync(descriptor)

else:

    def sync(descriptor: int) -> None:
        """Back when the file, or the folder with its names, lasts. Raises OSError."""
        os.fsync(descriptor)
