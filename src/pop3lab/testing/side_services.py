"""What a server under test opens besides its POP3 port."""

from typing import Protocol

from pop3lab.testing.lifecycle import ServerLifecycle


class SideService(Protocol):
    """Something that is open from start to stop."""

    def open(self) -> None:
        """Serve until close(). Raises OSError."""

    def close(self) -> None:
        """End it; nothing if it is not open."""


class SideServices:
    """All that a server has, or none."""

    def __init__(self, server: ServerLifecycle, *services: SideService) -> None:
        self._server = server
        self._services = services

    def open(self) -> None:
        """Open all, or stop the server. Raises OSError."""
        try:
            for each in self._services:
                each.open()
        except OSError:
            self.close()
            self._server.stop()
            raise

    def close(self) -> None:
        """Close all."""
        for each in self._services:
            each.close()
