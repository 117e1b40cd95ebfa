"""Long transcripts and many sessions: the document stays small."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Page, expect

from pop3lab import Pop3Server
from pop3lab.control.server_control import ServerDescription
from pop3lab.core.events import ConnectionOpened
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.rules.engine import Rules
from pop3lab.web.context import WebContext
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.options import WebOptions
from pop3lab.web.session_events import SessionEvents
from pop3lab.web.start import listen_for_web, url_of
from pop3lab.web.web_server import web_server
from tests.web.page.clients import logged_in
from tests.web.page.conftest import OpenPage, hide

_LINES = 5000  # in the document, at most
_SESSIONS = 5000
_AT_ONCE = 400  # sessions, so that no event is skipped

# Looks at many nodes at once, which locators do one by one.
_HAS_LINES = """([first, last]) => {
    const items = [...document.querySelectorAll("[data-line]")];
    const shown = items.map((item) => Number(item.dataset.line));
    return shown.length <= 5000 && shown[0] === first && shown[shown.length - 1] === last;
}"""


def _wait_for_lines(page: Page, first: int, last: int) -> None:
    """Wait until the document has the lines from first to last, and no more."""
    page.wait_for_function(_HAS_LINES, arg=[first, last])


def _wait_for_events(server: Pop3Server, number: int) -> None:
    """Wait until so many have been told: a page that comes back sooner misses none."""
    while httpx.get(f"{server.web_url}api/v1/about").json()["event"] <= number:
        time.sleep(0.02)


def test_a_long_transcript_does_not_let_the_document_grow(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        client = logged_in(server)
        page = open_page(server, "#/sessions/1")
        _wait_for_lines(page, 1, 7)
        with hide(page):
            for _ in range(_LINES + 100):
                client.noop()
            _wait_for_events(server, 2 * _LINES)
        expect(page.locator("#banner")).to_contain_text("events missed")
        _wait_for_lines(page, 5208, 10_207)
        for _ in range(50):
            client.noop()
        _wait_for_lines(page, 5308, 10_307)
        assert page.evaluate("document.querySelector('[data-line=\"10307\"]').checkVisibility()")
        page.locator(".earlier button").first.click()
        _wait_for_lines(page, 2808, 7807)
        page.locator(".earlier button").last.click()
        _wait_for_lines(page, 5308, 10_307)
        page.evaluate("location.hash = '#/sessions/1?line=3'")
        _wait_for_lines(page, 1, _LINES)
        assert page.evaluate("document.activeElement.dataset.line") == "3"
        client.quit()


class _Control:
    """What the page asks of a server on which nobody but its sessions is."""

    about = ServerDescription([], "ann", None, ["ann"], None, "")
    state = "serving"

    def __init__(self) -> None:
        self.sessions = SessionRecorder()
        self.rules = Rules()


@contextmanager
def _watched() -> Iterator[tuple[str, SessionEvents]]:
    """The page of a server, and what is told of its sessions."""
    control, live = _Control(), LiveEvents()
    listener = listen_for_web(WebOptions())
    server = web_server(WebContext(control, live), listener)  # type: ignore[arg-type]
    server.start()
    yield url_of(listener), SessionEvents(live, control.sessions, lambda octets: False)
    server.stop()


def test_thousands_of_sessions_do_not_let_the_document_grow(open_page: OpenPage) -> None:
    with _watched() as (url, told):
        page = open_page(url)
        for first in range(1, _SESSIONS + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, _SESSIONS)
            for number in range(first, last + 1):
                told.on_event(1e9, ConnectionOpened(number, f"192.0.2.1:{number}"))
            expect(page.get_by_text(f"{last:,} sessions", exact=True)).to_be_visible()
        rows = page.locator("tbody tr[data-key]")
        expect(rows.first).to_contain_text("192.0.2.1:5000")
        assert rows.count() < 100
        assert page.get_by_role("table").get_attribute("aria-rowcount") == "5001"
        page.locator(".table").evaluate("table => table.scrollTo(0, 1e6)")
        expect(rows.last).to_contain_text("192.0.2.1:1")
        expect(rows.last).to_be_in_viewport()
        assert rows.count() < 100
        page.get_by_role("searchbox").fill("192.0.2.1:4999")
        expect(rows).to_have_count(1)
