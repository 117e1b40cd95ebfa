"""Cases, and how the page leads a person through them."""

import poplib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pop3lab import Pop3Server
from pop3lab.cli.client_runs import ClientRuns
from pop3lab.web.options import WebOptions
from tests.web.page.conftest import OpenPage


@pytest.fixture
def leading() -> Iterator[Pop3Server]:
    runs = ClientRuns()
    with Pop3Server(web=WebOptions(runs=runs, live=runs.live)) as server:
        yield server


def _get_mail(page: Page) -> None:
    """What a mail program does with the settings that the page shows."""
    names = page.locator(".account dt").all_inner_texts()
    settings = dict(zip(names, page.locator(".account dd").all_inner_texts(), strict=True))
    host, _, port = settings["Server"].rpartition(":")
    client = poplib.POP3(host, int(port), timeout=10)
    client.user(settings["User"])
    client.pass_(settings["Password"])
    client.retr(1)
    client.dele(1)
    client.quit()


def test_a_person_is_led_through_a_case(open_page: OpenPage, leading: Pop3Server) -> None:
    page = open_page(leading, "#/cases")
    page.get_by_role("button", name="Start by hand").click()
    page.get_by_label("Cases: numbers, ids or groups").fill("1.04 data/dots")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Case 1.04: press Get Mail now")).to_be_visible()
    _get_mail(page)
    page.get_by_role("button", name="It has got mail").click()
    page.get_by_role("button", name="No, all went well").click()
    page.get_by_label("message 1").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Which of these end too early?")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    row = page.locator("tr[data-number='1.04']")
    expect(row.locator(".verdict")).to_contain_text("pass")
    expect(page.get_by_role("heading", name="Case 2.01: press Get Mail now")).to_be_visible()
    page.get_by_role("button", name="End the run").click()
    expect(page.get_by_role("heading", name="The run is done")).to_be_visible()
    row.click()
    expect(page.get_by_role("heading", name="1.04 basic/one-message")).to_be_visible()
    report = page.get_by_role("link", name="The report").get_attribute("href")
    assert report == "/api/v1/runs/1/report/index.html"


def test_a_server_of_its_own_shows_the_cases_and_how_to_try_them(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        page = open_page(server, "#/cases/1.04")
        case = page.get_by_role("region", name="The case")
        expect(case).to_contain_text("Loops that are wrong by one show it here.")
        page.get_by_role("searchbox").fill("retr dots")
        page.get_by_role("button", name="Start by hand").click()
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.get_by_text("Runs of cases are for pop3lab check --web")).to_be_visible()
        expect(page.get_by_text("pop3lab check --by-hand --web", exact=True)).to_be_visible()
