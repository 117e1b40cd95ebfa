"""Lines that come in pieces, masked as if each piece knew what is before and behind it."""

from collections.abc import Callable

from pop3lab.core.actions import Part

_ADDRESS = 512  # octets that an address has at most

Mask = Callable[[bytes, bool], bytes]  # of octets, which may begin a line, as many others


class Window:
    """The end of what was said of a line that has not ended: what is hidden may go on behind it.

    part: of the reply that the line is in.
    """

    def __init__(self) -> None:
        self.part = Part.HEAD
        self._before = b""  # of the line, and shown
        self._kept = b""  # not shown yet
        self._within = False  # its beginning is not in _before any more

    def shown(self, data: bytes, part: Part, *, reach: int, mask: Mask) -> bytes:
        """What can be shown now, masked. data: octets behind the last; none to have all shown.

        reach: octets that something hidden may have.
        """
        if not (data or self._kept):
            return b""
        self.part = part
        octets = self._before + self._kept + data
        masked = mask(octets, not self._within)
        reach = max(reach, _ADDRESS)
        more = data and not data.endswith(b"\n") and len(octets) > reach  # a short one is the end
        keep = min(len(self._kept + data), reach) if more else 0
        begin, end = len(self._before), len(octets) - keep
        self._kept = octets[end:]
        self._move(octets[:end], reach)
        return masked[begin:end]

    def _move(self, shown: bytes, reach: int) -> None:
        if not self._kept:  # the line has ended, or nobody waits for more of it
            self._before, self._within = b"", False
            return
        self._within = self._within or len(shown) > reach
        self._before = shown[-reach:] if shown else b""
