"""Who may ask, for what, and how much: a page of another site, a stranger, a flood."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.web.event_stream import MOST_STREAMS
from pop3lab.web.operations import OPERATIONS
from pop3lab.web.options import WebAccess, WebOptions
from pop3lab.web.request_filter import RequestFilter, is_token
from tests.web.test_sessions import fetch

JSON = {"content-type": "application/json"}


async def anything(request: Request) -> Response:
    return PlainTextResponse("seen")


class Asking:
    """Asks whatever is behind the filter, with these headers."""

    def __init__(self, access: WebAccess = WebAccess(), **headers: str) -> None:
        methods = ["GET", "POST", "PUT", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", anything, methods=methods)])
        self._app = RequestFilter(app, access)
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    async def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8110", headers=self._headers
        ) as client:
            return await client.request(method, path, **more)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8110", "localhost", "LOCALHOST:8110", "[::1]:8110", "[::1]", "mail.test:8110"],
)
def test_names_of_this_machine_are_served(host: str) -> None:
    access = WebAccess(hosts=("Mail.test",))
    assert Asking(access, host=host).get("/api/v1/rules").text == "seen"


@pytest.mark.parametrize(
    "host",
    ["", "evil.test", "evil.test:8110", "127.0.0.1.evil.test", "localhost.evil.test:80", "[::2]"],
)
def test_another_name_that_leads_here_is_not_served(host: str) -> None:
    for path in ("/", "/api/v1/rules"):
        answer = Asking(host=host).get(path)
        assert answer.status_code == 400
        assert "--web-host NAME" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("origin", "http://evil.test", 403),
        ("origin", "null", 403),
        ("origin", "http://127.0.0.1:8111", 403),
        ("origin", "http://localhost:8110", 403),
        ("origin", "http://127.0.0.1:8110", 200),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("content-type", "application/x-www-form-urlencoded", 415),
        ("content-type", "multipart/form-data; boundary=x", 415),
        ("content-type", "text/plain", 415),
        ("content-type", "", 415),
        ("content-type", "application/json; charset=utf-8", 200),
        ("content-type", "message/rfc822", 200),
    ],
)
def test_a_page_of_another_site_changes_nothing(
    method: str, header: str, value: str, status: int
) -> None:
    asking = Asking(content_type="application/json")
    answer = asking.request(method, "/api/v1/rules", content=b"{}", headers={header: value})
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_another_site_reads_nothing() -> None:
    crossing = {"sec-fetch-site": "cross-site"}
    assert Asking().get("/api/v1/sessions", headers=crossing).status_code == 403
    assert Asking().request("OPTIONS", "/api/v1/rules", headers=JSON).status_code == 405


def test_each_answer_says_what_a_browser_may_do(server: Pop3Server, api: httpx.Client) -> None:
    for answer in (httpx.get(server.web_url, verify=False), api.get("rules"), api.get("nothing")):
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    refused = httpx.get(server.web_url, verify=False, headers={"host": "evil.test"})
    assert refused.status_code == 400
    assert "content-security-policy" in refused.headers


def test_a_token_is_needed_where_there_is_one() -> None:
    asking = Asking(WebAccess(token="T" * 43))
    assert asking.get("/").status_code == 200  # the page has nothing in it
    assert asking.get("/api/v1/livez").status_code == 200
    assert asking.get("/api/v1/sessions").status_code == 401
    for given in ("Bearer T", "Bearer", f"Basic {'T' * 43}", f"Bearer {'T' * 42}é"):
        octets = [(b"authorization", given.encode("latin-1"))]
        assert asking.get("/api/v1/sessions", headers=octets).status_code == 401
    assert asking.get("/api/v1/events", headers={"cookie": "pop3lab_token=t"}).status_code == 401
    cookies = {"cookie": f"other={{'x': [1, \"y\"]}}; pop3lab_token={'T' * 43}"}
    assert asking.get("/api/v1/events", headers=cookies).status_code == 200
    headers = {"authorization": f"bearer {'T' * 43}"}
    assert asking.get("/api/v1/sessions", headers=headers).status_code == 200
    assert is_token("T", "T")
    assert not is_token("", "T")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_beyond_loopback_there_must_be_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="could read and change all: give access="):
        Pop3Server(web=WebOptions(host=host))
    Pop3Server(web=WebOptions(host=host, access=WebAccess(token="T" * 43)))


def test_the_token_comes_into_a_cookie_that_no_script_reads(tmp_path: Any) -> None:
    from tests.web.test_process import serving

    with serving("memory:", "--web-token") as (api, _, _):
        url = str(api.base_url)
        token = api.headers["authorization"].removeprefix("Bearer ")
        assert len(token) == 43
        with httpx.Client(base_url=url, verify=False) as page:
            assert page.get("rules").status_code == 401
            assert page.post("login", json={"token": "T"}).status_code == 401
            answer = page.post("login", json={"token": token})
            assert answer.status_code == 204
            cookie = answer.headers["set-cookie"].lower()
            assert "httponly" in cookie
            assert "samesite=strict" in cookie
            assert page.get("rules").status_code == 200


def test_nothing_is_changed_where_it_is_read_only(server: Pop3Server) -> None:
    asking = Asking(WebAccess(read_only=True), content_type="application/json")
    assert asking.get("/api/v1/rules").status_code == 200
    for operation in OPERATIONS:
        if operation.changes and operation.path != "/login":
            answer = asking.request(operation.method, f"/api/v1{operation.path}", content=b"{}")
            assert answer.status_code == 403
            assert answer.json()["detail"].endswith("--web-read-only is given")


def test_a_message_may_not_be_endless(server: Pop3Server, api: httpx.Client) -> None:
    pieces = (b"x" * 1_048_576 for _ in range(65))
    headers = {"content-type": "message/rfc822"}
    answer = api.post("messages", content=pieces, headers=headers)
    assert answer.status_code == 413
    assert len(server.messages) == 2


def test_so_many_streams_and_no_more(server: Pop3Server, api: httpx.Client) -> None:
    limits = httpx.Limits(max_connections=MOST_STREAMS)
    with httpx.Client(verify=False, limits=limits) as many:
        for _ in range(MOST_STREAMS):
            request = many.build_request("GET", f"{api.base_url}events?kinds=none")
            assert many.send(request, stream=True).status_code == 200
        refused = api.get("events")
    assert refused.status_code == 503
    assert refused.json()["detail"].startswith("64 streams of events are open")


def test_secrets_are_masked_in_all_answers(server: Pop3Server, api: httpx.Client) -> None:
    server.set_password("user", "0pen-sesame")
    fetch(server, 1, password="0pen-sesame")
    for operation in OPERATIONS:
        if operation.method == "GET" and operation.id != "events":
            path = operation.path.format(number=1, id=1, uid="1", run=1, path="index.html")
            for form in ("application/json", "text/plain", "text/html"):
                answer = api.get(path.lstrip("/"), headers={"accept": f"{form}, */*;q=0.1"})
                assert "0pen-sesame" not in answer.text, path
    assert "0pen-sesame" in json.dumps(server.password)  # the search would find it


def test_no_program_is_started_over_http(
    server: Pop3Server, api: httpx.Client, started: list[str]
) -> None:
    bodies = [{"rule": "uidl-unsupported"}, {"rules": []}, {"command": "id"}, {"cases": ["1.01"]}]
    for operation in OPERATIONS:
        if operation.id in ("events", "quit"):
            continue
        path = operation.path.format(number=1, id=1, uid="1", user="user", run=1, path="id")
        for body in bodies if operation.changes else [{}]:
            content = json.dumps(body).encode() if operation.changes else None
            api.request(operation.method, path.lstrip("/"), content=content, headers=JSON)
    api.post("resume")
