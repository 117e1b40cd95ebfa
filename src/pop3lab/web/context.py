"""What the handlers of requests work on."""

from typing import NamedTuple

from starlette.requests import Request

from pop3lab.control.server_control import ServerControl
from pop3lab.web.live_events import LiveEvents


class Access(NamedTuple):
    """Who may use the API, and how.

    hosts: names by which it may be called, besides those of loopback. token: what clients must
    have; empty for none. read_only: nothing can be changed.
    """

    hosts: tuple[str, ...] = ()
    token: str = ""
    read_only: bool = False


class WebContext(NamedTuple):
    """The server, its live events, and who may use them."""

    control: ServerControl
    live: LiveEvents
    access: Access = Access()


def context_of(request: Request) -> WebContext:
    """Return what this request is about."""
    context: WebContext = request.app.state.context
    return context
