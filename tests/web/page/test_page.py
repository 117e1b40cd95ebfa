"""The page as a whole: its addresses, its keyboard, and that everybody can use it."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

import pop3lab.web
from pop3lab import Pop3Server
from pop3lab.cases.catalogue import CASES
from tests.web.described import description
from tests.web.page.clients import fetched, spoken
from tests.web.page.conftest import OpenPage

_FILES = Path(pop3lab.web.__file__).parent / "page"

# Addresses of views, and what each shows.
_VIEWS = {
    "#/sessions": "2 sessions",
    "#/sessions/1?line=4": "Session 1",
    "#/sessions/9": "There is no session 9",
    "#/rules": "In force",
    "#/rules/cut-after": "cuts the reply or selected part",
    "#/maildrop": "1 message",
    "#/maildrop/1": "As it is stored",
    "#/cases": f"{len(CASES)} cases",
    "#/cases/1.04": "Loops that are wrong by one",
    "#/about": "About this server",
}

_ALL = {"resultTypes": ["violations"]}
_OF_COLOURS = {**_ALL, "runOnly": ["color-contrast"]}  # nothing else differs in the dark

# The names of those parts of a view that do not hold their content, or whose boxes meet.
_OVERLAPS = """() => {
    const names = [".composer", ".catalogue", ".armed-list", ".list", ".beside"];
    const boxes = names.flatMap((name) => [...document.querySelectorAll(name)]
        .map((part) => ({name, box: part.getBoundingClientRect()})))
        .filter(({box}) => box.width > 0);
    const spills = names.filter((name) => [...document.querySelectorAll(name)].some((part) =>
        getComputedStyle(part).overflowY === "visible"
        && part.scrollHeight > part.clientHeight + 1));
    const meet = (a, b) => a.left < b.right && b.left < a.right
        && a.top < b.bottom && b.top < a.bottom;
    return spills.concat(boxes.flatMap((one, at) => boxes.slice(at + 1)
        .filter((other) => meet(one.box, other.box)).map((other) => [one.name, other.name])));
}"""


def _see(page: Page, place: str) -> None:
    page.evaluate("place => { location.hash = place }", place)
    expect(page.locator("#main").get_by_text(_VIEWS[place]).first).to_be_visible()


def test_each_view_has_an_address(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        fetched(server, 1)
        with spoken(server, b"NOOP\r\n"):
            page = open_page(server)
            for place in _VIEWS:
                _see(page, place)
            page.go_back()
            expect(page).to_have_url(f"{server.web_url}#/cases/1.04")
            page.reload()
            expect(page.get_by_role("heading", name="1.04 basic/one-message")).to_be_visible()
            page.goto(f"{server.web_url}#/nothing")
            expect(page).to_have_url(f"{server.web_url}#/sessions")


@pytest.mark.parametrize(("scheme", "rules"), [("light", _ALL), ("dark", _OF_COLOURS)])
def test_axe_finds_nothing_in_any_view(
    open_page: OpenPage, scheme: str, rules: dict[str, object]
) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        server.add_rule("NOOP -> delay 0.001")
        fetched(server, 1)
        with spoken(server, b"NOOP\n"):
            page = open_page(server, color_scheme=scheme, reduced_motion="reduce")
            for place in _VIEWS:
                _see(page, place)
                if place in ("#/rules", "#/cases"):  # what is not seen need not be looked at
                    page.get_by_role("searchbox").fill("reset")
                found = Axe().run(page, options=rules)
                assert found.violations_count == 0, f"{place}: {found.generate_report()}"


def test_all_of_it_can_be_reached_by_keys(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        for _ in range(3):
            fetched(server, 1)
        page = open_page(server)
        rows = page.locator("tbody a")
        expect(rows).to_have_count(3)
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(rows.nth(1)).to_be_focused()
        page.keyboard.press("k")
        expect(rows.nth(0)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Session 3")).to_be_visible()
        follow = page.get_by_role("button", name="Follow")
        page.keyboard.press("f")
        expect(follow).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="Session 3")).to_be_hidden()
        expect(rows.nth(0)).to_be_focused()
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("jk?")
        expect(page.get_by_role("searchbox")).to_have_value("jk?")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_all_modules_are_asked_for_at_once() -> None:
    """Otherwise a browser learns of each one only when it has read those before."""
    index = (_FILES / "index.html").read_text()
    modules = {path.name for path in _FILES.glob("*.js")} - {"main.js"}
    assert {
        name for name in modules if f'<link rel="modulepreload" href="{name}">' in index
    } == modules


@pytest.mark.parametrize("width", [400, 3840])
def test_nothing_lies_outside_or_over_another(open_page: OpenPage, width: int) -> None:
    """On a telephone and on the widest screen."""
    with Pop3Server(["Subject: one"], web=True) as server:
        server.add_rule("NOOP -> delay 0.001")
        fetched(server, 1)
        with spoken(server, b"NOOP\n"):
            page = open_page(server, viewport={"width": width, "height": 900})
            for place in _VIEWS:
                _see(page, place)
                assert page.evaluate("document.documentElement.scrollWidth") == width, place
                overlaps = page.evaluate(_OVERLAPS)
                assert overlaps == [], place


def test_each_kind_of_event_is_known() -> None:
    """Another name for one would leave the page as it was."""
    [kinds] = re.findall(r"KINDS = \[(.*?)\]", (_FILES / "api.js").read_text(), re.DOTALL)
    assert set(re.findall(r'"(\w+)"', kinds)) == set(description()["x-events"])
