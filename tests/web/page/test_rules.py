"""Rules that are armed in the page."""

import poplib

import pytest
from playwright.sync_api import expect

from pop3lab import Pop3Server
from pop3lab.web.options import WebAccess, WebOptions
from tests.web.page.clients import fetched, logged_in
from tests.web.page.conftest import OpenPage

_TIMES = "\N{MULTIPLICATION SIGN}"


def test_a_rule_armed_by_a_click_makes_a_client_fail(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        page = open_page(server, "#/rules")
        page.get_by_role("searchbox").fill("fault reset rst")
        page.get_by_role("button", name="Arm reset").click()
        armed = page.get_by_role("region", name="Armed rules").get_by_role("listitem")
        expect(armed).to_have_text(f"RETR times=1 -> reset0{_TIMES}✕")
        client = logged_in(server)
        with pytest.raises((ConnectionResetError, poplib.error_proto)):
            client.retr(1)
        client.close()
        expect(armed).to_contain_text(f"1{_TIMES}")
        fetched(server, 1)  # it was armed for once
        page.get_by_role("link", name="Sessions").click()
        armed.get_by_role("button", name="Remove").click()
        expect(armed).to_have_count(0)
        assert server.rules.active == []


def test_fields_write_the_rule(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one", "Subject: two"], web=True) as server:
        page = open_page(server, "#/rules")
        page.get_by_role("button", name="cut-after", exact=True).click()
        text = page.get_by_label("Rule, as it will be armed")
        expect(text).to_have_value("RETR times=1 -> cut-after octets=512")
        page.get_by_label("Message", exact=True).fill("2")
        page.get_by_label("octets", exact=True).fill("5")
        page.locator("[name=value-then]").select_option("reset")
        expect(text).to_have_value("RETR 2 times=1 -> cut-after octets=5 then=reset")
        page.get_by_role("button", name="Arm", exact=True).click()
        expect(page.get_by_text("Armed.")).to_be_visible()
        client = logged_in(server)
        client.retr(1)
        with pytest.raises((ConnectionResetError, poplib.error_proto)):
            client.retr(2)
        client.close()


def test_a_mistake_shows_its_sentence_at_its_place(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        page = open_page(server, "#/rules")
        text = page.get_by_label("Rule, as it will be armed")
        text.fill("RETR 2 nht=1 -> reset")
        said = page.get_by_text("At 'nht=1': unknown condition, did you mean 'nth='?")
        expect(said).to_be_visible()
        expect(page.locator("mark")).to_have_text("nht=1")
        expect(text).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_role("button", name="Arm", exact=True)).to_be_disabled()
        text.fill("RETR 2 nth=1 -> reset")
        expect(said).to_be_hidden()
        text.press("Enter")
        expect(page.get_by_text("Armed.")).to_be_visible()
        assert [rule.text for rule in server.rules.active] == ["RETR 2 nth=1 -> reset"]


def test_rules_that_exclude_each_other_are_refused_with_the_reason(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        server.add_rule("RETR -> reset")
        page = open_page(server, "#/rules")
        text = page.get_by_label("Rule, as it will be armed")
        text.fill("RETR -> close")
        expect(page.get_by_role("button", name="Arm", exact=True)).to_be_enabled()
        text.press("Enter")
        expect(page.get_by_text("how the connection ends")).to_be_visible()
        assert len(server.rules.active) == 1


def test_nothing_can_be_armed_where_the_page_reads_only(open_page: OpenPage) -> None:
    with Pop3Server(web=WebOptions(access=WebAccess(read_only=True))) as server:
        page = open_page(server, "#/rules")
        expect(page.get_by_role("button", name="cut-after", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Arm")).to_have_count(0)
        expect(page.get_by_label("Rule, as it will be armed")).to_be_hidden()
