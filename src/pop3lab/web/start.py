"""Where the HTTP server listens: the only module for others that needs no library by itself."""

import errno
import socket

from pop3lab.core.errors import ConfigError
from pop3lab.core.optional_import import import_optional
from pop3lab.transport.listen import listen
from pop3lab.web.options import WebAccess, WebOptions

WEB_PORT = 8110


def check_libraries() -> None:
    """Raise ConfigError if a library is missing."""
    for module in ("starlette", "uvicorn"):
        import_optional(module, "--web", "web")


def check_strangers(options: WebOptions) -> None:
    """Raise ConfigError if everybody who can connect could use it."""
    host = options.host
    if not (host.startswith("127.") or host in ("::1", "localhost") or options.access.token):
        raise ConfigError(
            f"anybody who can connect to {host} could read and change all:"
            " give access=WebAccess(token=...)"
        )


def listen_for_web(options: WebOptions) -> socket.socket:
    """Return a listening socket. Raises OSError."""
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        if options.exact or error.errno != errno.EADDRINUSE:
            raise
        listener = listen(options.host, 0)
    return socket.socket(fileno=listener.detach())


def url_of(listener: socket.socket, token: str = "") -> str:
    """Return the address of the page."""
    host, port = listener.getsockname()[:2]
    return f"http://{_host_in_url(host)}:{port}/{f'#{token}' if token else ''}"


def access_of(options: WebOptions) -> WebAccess:
    """Return who may use it: also by the address that is printed."""
    access = options.access
    return access._replace(hosts=(*access.hosts, _host_in_url(options.host)))


def _host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
