"""Writing to a descriptor without waiting for whoever reads it."""

import os
import select

_AT_ONCE = 4096  # octets that a pipe takes without waiting, if it takes any


def write_now(descriptor: int, octets: bytes | bytearray, patience: float = 0.0) -> int:
    """Write what is taken without waiting; how many octets that was. Raises OSError.

    The descriptor need not be non-blocking: others may hold it too. patience: seconds that a
    reader gets each time to take more.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    written = 0
    try:
        while written < len(octets) and poll.poll(patience * 1000):
            written += os.write(descriptor, octets[written : written + _AT_ONCE])
    except BlockingIOError:
        pass  # it is non-blocking all the same, and full
    return written
