"""The request by which a page gets the token, that its address has, into a cookie."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from pop3lab.web.bodies import read_object, text_in
from pop3lab.web.context import context_of
from pop3lab.web.problems import RequestProblem
from pop3lab.web.request_filter import COOKIE, is_token


async def log_in(request: Request) -> Response:
    """Set the cookie for whoever has the token: an EventSource can't send another header."""
    token = context_of(request).access.token
    if not is_token(text_in(await read_object(request), "token", "..."), token):
        raise RequestProblem(HTTPStatus.UNAUTHORIZED, "this is not the token")
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict")
    return response
