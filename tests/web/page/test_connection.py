"""The page while its server is away, and while nobody sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

from playwright.sync_api import Request, Route, expect

from pop3lab import Pop3Server
from tests.forked import Forked
from tests.web.page.clients import fetched
from tests.web.page.conftest import OpenPage, hide


@contextmanager
def _serving(folder: Path, web: str) -> Iterator[str]:
    """`pop3lab DIR` with a page; it ends at once, although the page is open."""
    with Forked([str(folder), "--web", web], stderr=PIPE) as server:
        assert server.stderr
        yield server.stderr.readline().decode().split()[-1]
        server.terminate()
        said, complaints = server.communicate(timeout=10)
        assert (said.split()[1:], complaints, server.returncode) == ([b"0"], b"", 0)


def test_the_page_says_that_the_server_is_gone_and_finds_it_again(
    open_page: OpenPage, tmp_path: Path
) -> None:
    with _serving(tmp_path, "127.0.0.1:0") as url:
        page = open_page(url)
        told = page.locator(".empty dd").first
        place = told.inner_text()
    banner = page.locator("#banner")
    expect(banner).to_contain_text("The server does not answer.")
    expect(page.locator("#live")).to_have_text("reconnecting")
    with _serving(tmp_path, url.removeprefix("http://").rstrip("/")):
        expect(page.locator("#live")).to_have_text("live")
        expect(banner).to_be_hidden()
        expect(told).not_to_have_text(place)  # POP3 is at another port now


def test_a_page_that_nobody_sees_reads_nothing_and_misses_nothing(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        page = open_page(server)
        asked: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        with hide(page):
            fetched(server, 1)
        expect(page.get_by_role("row").filter(has_text="quit")).to_be_visible()
        assert [url.split("?")[0].rpartition("/")[2] for url in asked] == ["events"]


def test_a_reset_of_the_server_empties_the_page(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        fetched(server, 1)
        page = open_page(server)
        expect(page.get_by_text("1 session", exact=True)).to_be_visible()
        server.reset()
        expect(page.get_by_text("No session yet")).to_be_visible()


def test_a_server_that_refuses_is_not_said_to_be_silent(open_page: OpenPage) -> None:
    """As one does that was started again, with another token."""

    def refuse(route: Route) -> None:
        route.fulfill(status=401, json={"detail": "give the token"})

    with Pop3Server(web=True) as server:
        page = open_page(server)
        page.route("**/api/v1/about", refuse)
    expect(page.locator("#banner")).to_have_text("give the token")
