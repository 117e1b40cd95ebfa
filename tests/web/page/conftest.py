import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

from pop3lab import Pop3Server

A_SECOND = 1000  # in milliseconds
_PATIENCE = 20_000  # with a busy machine
_WIDE = {"width": 1600, "height": 900}

OpenPage = Callable[..., Page]

expect.set_options(timeout=_PATIENCE)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: make apt installs it"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser for the tests of this folder: its event loop would be in the way of others."""
    with launched() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What the pages of the test complained of; empty at its end."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """Opens a page of a server, and waits until it is live. It must not complain, or ask."""
    contexts = []

    def opened(server: Pop3Server | str, place: str = "", **options: object) -> Page:
        context = browser.new_context(**{"viewport": _WIDE, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        _listen(page, complaints)
        url = server if isinstance(server, str) else server.web_url
        page.goto(f"{url}{place}")
        expect(page.locator("#live")).to_have_text("live")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@contextmanager
def hide(page: Page) -> Iterator[None]:
    """The page as one that nobody sees, as in another tab, meanwhile."""
    _set_hidden(page, hidden=True)
    expect(page.locator("#live")).to_have_text("paused")
    yield
    _set_hidden(page, hidden=False)
    expect(page.locator("#live")).to_have_text("live")


def _set_hidden(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def _listen(page: Page, complaints: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource")  # the page tells of it itself
        if message.type in ("error", "warning") and not refused:
            complaints.append(message.text)

    def on_dialog(dialog: Dialog) -> None:
        complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", on_console)
    page.on("dialog", on_dialog)
    page.on("pageerror", lambda error: complaints.append(str(error)))
