"""Errors as application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pop3lab.control.server_control import NoSuchUid
from pop3lab.core.errors import ConfigError, Refused, StoreFailed

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


async def on_unknown_uid(request: Request, error: Exception) -> Response:
    """Answer a unique-id that no message has."""
    return problem_response(HTTPStatus.NOT_FOUND, str(error))


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer what can't be done now, as a session has the maildrop."""
    return problem_response(HTTPStatus.CONFLICT, str(error))


async def on_store_failed(request: Request, error: Exception) -> Response:
    """Answer a failure of the store."""
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


HANDLERS = {
    RequestProblem: on_problem,
    NoSuchUid: on_unknown_uid,
    ConfigError: on_config_error,
    Refused: on_refused,
    StoreFailed: on_store_failed,
    HTTPException: on_http_error,
}
