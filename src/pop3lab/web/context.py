"""What the handlers of requests work on."""

from typing import NamedTuple

from starlette.requests import Request

from pop3lab.control.server_control import ServerControl
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.options import Runs, WebAccess


class WebContext(NamedTuple):
    """The server, its live events, and who may use them."""

    control: ServerControl
    live: LiveEvents
    access: WebAccess = WebAccess()
    runs: Runs | None = None


def context_of(request: Request) -> WebContext:
    """Return what this request is about."""
    context: WebContext = request.app.state.context
    return context
