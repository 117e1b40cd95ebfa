"""Pictures of each view, light and dark, narrow and wide, to be looked at.

`python -m tests.web.page.pictures FOLDER` writes them, as session-dark-400.png. What they show
happened: clients were there, and the server did what rules said.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page

from pop3lab import Pop3Server
from pop3lab.cli.client_runs import ClientRuns
from pop3lab.web.options import WebOptions
from tests.web.page.clients import fetched, logged_in, spoken
from tests.web.page.conftest import launched

_SIZES = ((1600, 900), (400, 800))
_SETTLED = 600  # milliseconds after which nothing moves
_TEXT = "".join(f"Item {number}\r\n.. and what was said of it\r\n" for number in range(40))
_MESSAGES = [
    f"Subject: Minutes of Monday\r\nFrom: Ann <ann@example.org>\r\n\r\n{_TEXT}",
    "Subject: Lunch?\r\nFrom: Bob <bob@example.org>\r\n\r\nAt noon.\r\n",
    "Subject: <b>\x1b[31mred</b>\r\nFrom: mallory@example.org\r\n\r\n<script>alert(1)</script>\r\n",
]
_VIEWS = {
    "sessions": "#/sessions",
    "session": "#/sessions/3",
    "broken": "#/sessions/4",
    "unknown": "#/sessions/99",
    "rules": "#/rules",
    "rule": "#/rules/cut-after",
    "maildrop": "#/maildrop",
    "message": "#/maildrop/1",
    "sent": "#/maildrop/1?form=wire",
    "cases": "#/cases",
    "case": "#/cases/1.04",
    "about": "#/about",
}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with launched() as browser:
        _take_views(browser, folder)
        _take_empty(browser, folder)
        _take_by_hand(browser, folder)


def _take_views(browser: Browser, folder: Path) -> None:
    with (
        Pop3Server(_MESSAGES, web=True) as server,
        _clients(server),
        _opened(browser, server) as page,
    ):
        for name, place in _VIEWS.items():
            page.goto(f"{server.web_url}{place}")
            _take(page, folder, name)
        page.goto(f"{server.web_url}#/rules")
        page.get_by_label("Rule, as it will be armed").fill("RETR 2 nht=1 -> reset")
        _take(page, folder, "mistake")
        page.goto(f"{server.web_url}#/sessions/3")
        server.stop()
        page.locator("#banner").wait_for()
        _take(page, folder, "gone")


def _take_empty(browser: Browser, folder: Path) -> None:
    with Pop3Server(web=True) as server, _opened(browser, server) as page:
        _take(page, folder, "empty")
        page.goto(f"{server.web_url}#/maildrop")
        _take(page, folder, "empty-maildrop")


def _take_by_hand(browser: Browser, folder: Path) -> None:
    runs = ClientRuns()
    options = WebOptions(runs=runs, live=runs.live)
    with Pop3Server(web=options) as server, _opened(browser, server) as page:
        page.goto(f"{server.web_url}#/cases")
        page.get_by_role("button", name="Start by hand").click()
        page.get_by_label("Cases: numbers, ids or groups").fill("1.04")
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("button", name="It has got mail").wait_for()
        _take(page, folder, "by-hand")
        page.get_by_role("button", name="End the run").click()
        page.get_by_text("The run is done").wait_for()


@contextmanager
def _opened(browser: Browser, server: Pop3Server) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(server.web_url)
    page.locator("#live.on").wait_for()
    yield page
    page.close()


@contextmanager
def _clients(server: Pop3Server) -> Iterator[None]:
    """What clients did, and two that are still there."""
    fetched(server, 1, 2, 3)
    server.add_rule("LIST -> delay 0.01")
    with spoken(server, b"USER user\n", b"RETR  1\r\n", b"\x1b[31m\x07\r\n"):
        pass
    fetched(server, 1, 2)
    with server.when("RETR", 2, nth=1).do("cut-after 20 then reset"), suppress(OSError, Exception):
        fetched(server, 1, 2)
    with ExitStack() as open_ones:
        open_ones.enter_context(spoken(server, b"USER user\r\n"))
        client = logged_in(server)
        open_ones.callback(client.close)
        client.list()
        yield


def _take(page: Page, folder: Path, name: str) -> None:
    for scheme in ("light", "dark"):
        for width, height in _SIZES:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(_SETTLED)
            page.screenshot(path=folder / f"{name}-{scheme}-{width}.png")


if __name__ == "__main__":
    main()
