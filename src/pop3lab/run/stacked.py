"""A transport that stands on another one, as far as the two are alike."""

from asyncio import BaseProtocol, Protocol, Transport
from typing import Any, cast


class Stacked(Transport):
    """Hands on what it does not do itself. above: whose it is; below: what it stands on."""

    __slots__ = ("_above", "_below", "_closing")

    def __init__(self, below: Transport, above: Protocol) -> None:
        super().__init__()
        self._below = below
        self._above = above
        self._closing = False

    def can_write_eof(self) -> bool:
        """As the one below."""
        return self._below.can_write_eof()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing or self._below.is_closing()

    def pause_reading(self) -> None:
        """Let octets wait in the kernel."""
        self._below.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._below.resume_reading()

    def is_reading(self) -> bool:
        """Whether octets are read."""
        return self._below.is_reading()

    def set_protocol(self, protocol: BaseProtocol) -> None:
        """From now on it is this one's."""
        self._above = cast(Protocol, protocol)

    def get_protocol(self) -> BaseProtocol:
        """Whose it is."""
        return self._above

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the one below knows."""
        return self._below.get_extra_info(name, default)
