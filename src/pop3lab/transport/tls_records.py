"""Where records of TLS end, and what is none (RFC 8446 section 5.1)."""

TYPES = range(0x14, 0x19)  # a record's first octet; the last one is of RFC 6520
_HEAD = 5  # octets: type, version, length


def record_end(octets: bytes) -> int:
    """Where the first record ends, of which the head is there."""
    return _HEAD + int.from_bytes(octets[3:_HEAD])


class RecordSplitter:
    """Parts what comes, cut anywhere, in records and what is in clear behind them.

    It begins where a record does. What is in clear once, is so for ever.
    """

    __slots__ = ("_clear", "_head", "_passed", "_rest")

    def __init__(self) -> None:
        self._clear = False
        self._head = b""  # of a record, begun
        self._passed = 0  # octets of it that are not to be returned
        self._rest = 0  # octets of a record that are to come

    @property
    def within(self) -> bool:
        """Whether a record has begun and not ended."""
        return bool(self._head or self._rest)

    def pass_on(self) -> None:
        """What has come until now has been passed on, with a head that has begun."""
        self._passed = len(self._head)

    def split(self, octets: bytes) -> tuple[bytes, bytes]:
        """Whole heads and what follows them; then what is in clear."""
        octets, self._head = self._head + octets, b""
        passed, self._passed = self._passed, 0
        at = 0
        while at < len(octets) and not self._clear:
            if self._rest:
                step = min(self._rest, len(octets) - at)
                self._rest -= step
                at += step
            elif octets[at] not in TYPES:
                self._clear = True
            elif len(octets) - at < _HEAD:
                self._head = octets[at:]
                self._passed = passed if at == 0 else 0
                break
            else:
                self._rest = record_end(octets[at : at + _HEAD])
        clear = octets[at:] if self._clear else b""
        return octets[passed:at], clear
