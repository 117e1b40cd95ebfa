"""The application: the table of operations, the page, and the guard before them."""

import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pop3lab.web.context import WebContext
from pop3lab.web.operation import API, PATH_NUMBERS
from pop3lab.web.operations import OPERATIONS
from pop3lab.web.problems import HANDLERS
from pop3lab.web.request_filter import RequestFilter

_FOLDER = Path(__file__).parent
PAGE_FOLDER = _FOLDER / "page"
OPENAPI = _FOLDER / "openapi.json"
_NUMBER = re.compile(rf"\{{({'|'.join(PATH_NUMBERS)})\}}")


def application(context: WebContext) -> Starlette:
    """Return the application."""
    routes = [
        Route(_route(each.path), each.handler, methods=[each.method], name=each.id)
        for each in OPERATIONS
    ]
    routes.append(Route(f"{API}/openapi.json", _openapi))
    app = Starlette(
        routes=[*routes, Mount("/", StaticFiles(directory=PAGE_FOLDER, html=True))],
        middleware=[Middleware(RequestFilter, context.access)],
        exception_handlers=HANDLERS,
    )
    app.state.context = context
    return app


def _route(path: str) -> str:
    """Return the path of a route, whose numbers have a type."""
    return API + _NUMBER.sub(r"{\1:int}", path).replace("{path}", "{path:path}")


def _openapi(request: Request) -> Response:
    return FileResponse(OPENAPI, media_type="application/json")
