"""Whether a server under test has a page and an API: without, nothing of them is imported."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from pop3lab.core.errors import ConfigError
from pop3lab.observe.event_queue import Listener
from pop3lab.testing.accounts import CurrentOptions
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle

if TYPE_CHECKING:
    from pop3lab.testing.web_door import TestedServer
    from pop3lab.web.options import WebOptions


class WebSwitch(Protocol):
    """What a server does with its page."""

    @property
    def url(self) -> str:
        """The address of the page."""

    def watch(self, instance: ServerInstance) -> Iterable[Listener]:
        """Return the listeners of a new instance."""

    def open(self) -> None:
        """Serve until close(). Raises OSError."""

    def close(self) -> None:
        """End all streams and the server."""


class NoWebDoor:
    """The door of a server without one."""

    @property
    def url(self) -> str:
        """Raises ConfigError."""
        raise ConfigError("this server has no page: write Pop3Server(web=True)")

    def watch(self, instance: ServerInstance) -> Iterable[Listener]:
        """Return nobody."""
        return ()

    def open(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def web_door(
    wanted: "bool | WebOptions",
    server: "TestedServer",
    service: ServerLifecycle,
    options: CurrentOptions,
) -> WebSwitch:
    """Return the door of a server. Raises ConfigError if a library is missing."""
    if not wanted:
        return NoWebDoor()
    from pop3lab.testing.web_door import TestedControl, WebDoor  # rarely needed
    from pop3lab.web.options import WebOptions

    place = wanted if isinstance(wanted, WebOptions) else WebOptions()
    return WebDoor(TestedControl(server, service, options), service, place)
