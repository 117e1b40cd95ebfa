"""Errors as application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pop3lab.core.errors import ConfigError

PROBLEM = "application/problem+json"


class RequestProblem(Exception):
    """A request can't be fulfilled. more: further members of the answer."""

    def __init__(self, status: int, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


def problem_response(status: int, detail: str, more: Mapping[str, object] = {}) -> Response:
    """Return the answer for a problem."""
    title = HTTPStatus(status).phrase
    fields = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(fields, status, media_type=PROBLEM)


async def on_problem(request: Request, error: Exception) -> Response:
    """Answer a RequestProblem."""
    assert isinstance(error, RequestProblem)
    return problem_response(error.status, error.detail, error.more)


async def on_config_error(request: Request, error: Exception) -> Response:
    """Answer a mistake in what was asked for, with its sentence."""
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer an unknown path or method."""
    assert isinstance(error, HTTPException)
    problem = problem_response(error.status_code, f"{request.method} {request.url.path}")
    problem.headers.update(error.headers or {})
    return problem


HANDLERS = {RequestProblem: on_problem, ConfigError: on_config_error, HTTPException: on_http_error}
