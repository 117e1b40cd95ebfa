"""Long transcripts and many sessions: the document stays small."""

from playwright.sync_api import Page

from pop3lab import Pop3Server
from tests.web.page.clients import logged_in
from tests.web.page.conftest import OpenPage

_MOST = 5000  # lines in the document

# Looks at many nodes at once, which locators do one by one.
_LINES = """() => {
    const items = [...document.querySelectorAll("[data-line]")];
    const shown = items.map((item) => Number(item.dataset.line));
    return shown.length <= 5000 && shown[0] === FIRST && shown[shown.length - 1] === LAST;
}"""


def _wait_for_lines(page: Page, first: int, last: int) -> None:
    """Wait until the document has the lines from first to last, and no more."""
    expected = _LINES.replace("FIRST", str(first)).replace("LAST", str(last))
    page.wait_for_function(expected)


def test_a_long_transcript_does_not_let_the_document_grow(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        client = logged_in(server)
        page = open_page(server, "#/sessions/1")
        for _ in range(_MOST):
            client.noop()
        client.quit()
        _wait_for_lines(page, 5013, 10_012)
        assert page.evaluate("document.querySelector('[data-line=\"10012\"]').checkVisibility()")
        page.locator(".earlier button").first.click()
        _wait_for_lines(page, 2513, 7512)
        page.locator(".earlier button").last.click()
        _wait_for_lines(page, 5013, 10_012)
        page.evaluate("location.hash = '#/sessions/1?line=3'")
        _wait_for_lines(page, 1, 5000)
        assert page.evaluate("document.activeElement.dataset.line") == "3"
