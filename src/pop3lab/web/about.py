"""Requests about the server itself."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from pop3lab._version import __version__
from pop3lab.web.context import context_of


def livez(request: Request) -> Response:
    """Answer that the process is alive."""
    return PlainTextResponse("ok\n")


def version(request: Request) -> Response:
    """Answer with the name and version of the program."""
    return JSONResponse({"name": "pop3lab", "version": __version__})


def about(request: Request) -> Response:
    """Answer with what somebody needs who wants to connect."""
    context = context_of(request)
    told = context.control.about
    return JSONResponse(
        {
            "version": __version__,
            "endpoints": [endpoint._asdict() for endpoint in told.endpoints],
            "user": told.user,
            "password": told.password,
            "users": list(told.users),
            "profile": told.profile,
            "target": told.target,
            "state": context.control.state,
            "read_only": context.access.read_only,
            "event": context.live.last,
        }
    )
