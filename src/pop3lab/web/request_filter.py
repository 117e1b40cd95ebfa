"""Who may ask: the checks that each request passes, and the headers that each answer has.

A page of another site must neither read what is here nor change it, even if its name leads to this
address (DNS rebinding).
"""

from collections.abc import Iterator, Mapping
from hmac import compare_digest
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pop3lab.web.media_types import RFC822, sent_type
from pop3lab.web.options import WebAccess
from pop3lab.web.problems import problem_response

COOKIE = "pop3lab_token"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_READING = ("GET", "HEAD")
_TYPES = ("application/json", RFC822)
_LOGIN = "/api/v1/login"
_FOR_ALL = (_LOGIN, "/api/v1/livez", "/api/v1/readyz")
_POLICY = "Content-Security-Policy"
SECURITY_HEADERS = {
    _POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# For pages that are files of their own elsewhere, and so have styles within.
STYLED = {_POLICY: SECURITY_HEADERS[_POLICY].replace("style-src", "style-src 'unsafe-inline'")}

_Refusal = tuple[HTTPStatus, str]


class RequestFilter:
    """Refuses requests that do not come from a client of this machine's owner."""

    def __init__(self, app: ASGIApp, access: WebAccess) -> None:
        self._app = app
        self._access = access
        self._hosts = {*_LOOPBACK, *(name.lower() for name in access.hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer with a problem."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def send_filtered(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, value in _headers(scope["path"]).items():
                    answered.setdefault(name, value)
            await send(message)

        for status, told in self._refusals(scope["method"], scope["path"], headers):
            await problem_response(status, told)(scope, receive, send_filtered)
            return
        await self._app(scope, receive, send_filtered)

    def _refusals(self, method: str, path: str, headers: Headers) -> Iterator[_Refusal]:
        host = headers.get("host", "").lower()
        if _without_port(host) not in self._hosts:
            told = f"Host: {host!r} is not served here: --web-host NAME adds a name"
            yield HTTPStatus.BAD_REQUEST, told
        if headers.get("sec-fetch-site") == "cross-site" and path.startswith("/api/"):
            yield HTTPStatus.FORBIDDEN, "a page of another site may not ask"
        if path.startswith("/api/") and not self._is_known(path, headers):
            yield HTTPStatus.UNAUTHORIZED, "give the token: Authorization: Bearer TOKEN"
        if method not in _READING:
            yield from self._refusals_of_change(path, headers, host)

    def _refusals_of_change(self, path: str, headers: Headers, host: str) -> Iterator[_Refusal]:
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            yield HTTPStatus.FORBIDDEN, f"a page of {origin!r} may change nothing here"
        kind = sent_type(headers)
        if kind not in _TYPES and (kind or _has_body(headers)):
            told = f"Content-Type: {kind!r}: send {' or '.join(_TYPES)}"
            yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE, told
        if self._access.read_only and path != _LOGIN:
            yield HTTPStatus.FORBIDDEN, "nothing can be changed here: --web-read-only is given"

    def _is_known(self, path: str, headers: Headers) -> bool:
        """Whether the client has the token, if one is needed."""
        token = self._access.token
        if not token or path in _FOR_ALL:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return is_token(given.strip(), token)
        cookies = cookie_parser(headers.get("cookie", ""))  # also those of other ports
        return is_token(cookies.get(COOKIE, ""), token)


def is_token(given: str, token: str) -> bool:
    """Whether it is the token; how long that takes tells nothing."""
    return compare_digest(given.encode("utf-8", "replace"), token.encode())


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and not name.endswith(":") else host


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _headers(path: str) -> Mapping[str, str]:
    caching = "no-store" if path.startswith("/api/") else "no-cache"
    return {**SECURITY_HEADERS, "Cache-Control": caching}
