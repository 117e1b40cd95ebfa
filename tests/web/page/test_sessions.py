"""The sessions and their transcripts, as the page shows them."""

import poplib
from pathlib import Path

from playwright.sync_api import Locator, expect

from pop3lab import Pop3Server, load_scenario
from tests.web.page.clients import fetched, logged_in, spoken
from tests.web.page.conftest import A_SECOND, OpenPage

_TRIES = 5
_HOSTILE = (
    'Subject: <img src=x onerror="alert(1)">\r\n\r\n<script>alert(2)</script> \x1b[31mred\r\n'
)


def test_a_line_appears_within_a_second(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        page = open_page(server)
        client = logged_in(server)
        row = page.get_by_role("row").filter(has_text="open")
        expect(row).to_contain_text("PASS")
        row.click()
        lines = page.get_by_role("region", name="Lines").get_by_role("listitem")
        expect(lines.filter(has_text="logged in")).to_be_visible()
        said = lines.filter(has_text="NOOP")
        assert any(_appears(client, said, nth) for nth in range(1, _TRIES + 1))
        client.quit()
        expect(lines.last).to_contain_text("client closed the connection")
        expect(row).to_have_count(0)


def _appears(client: poplib.POP3, said: Locator, nth: int) -> bool:
    """Whether the nth NOOP is in the page within a second: a busy machine may be late once."""
    client.noop()
    try:
        expect(said).to_have_count(nth, timeout=A_SECOND)
    except AssertionError:
        return False
    return True


def test_an_empty_page_tells_how_to_connect(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        page = open_page(server, permissions=["clipboard-read", "clipboard-write"])
        expect(page.locator("body")).to_contain_text(f"Host and port{server.host}:{server.port}")
        line = f"curl -u user:password pop3://{server.host}:{server.port}/"
        expect(page.get_by_text(line)).to_be_visible()
        page.get_by_role("button", name="Copy the line for curl").click()
        expect(page.get_by_text("Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == line
        fetched(server)
        expect(page.get_by_text("No session yet")).to_be_hidden()


def test_what_a_client_sends_stays_text(open_page: OpenPage) -> None:
    """The fixture sees to it that no dialog opens, and that nothing complains."""
    with Pop3Server([_HOSTILE], web=True) as server:
        with spoken(server, b"\x1b[31m<img/src=x/onerror=alert(3)>\r\n"):
            fetched(server, 1)
        page = open_page(server, "#/sessions/1")
        said = page.get_by_text(r"\x1b[31m<img/src=x/onerror=alert(3)>")
        expect(said).to_be_visible()
        page.goto(f"{server.web_url}#/sessions/2")
        lines = page.get_by_role("region", name="Lines")
        expect(lines).to_contain_text('Subject: <img src=x onerror="alert(1)">')
        expect(lines).to_contain_text(r"<script>alert(2)</script> \x1b[31mred")
        assert page.locator("main img, main script").count() == 0


def test_rules_and_violations_stand_where_they_happened(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        server.add_rule('CAPA -> reply text="-ERR later"')
        with spoken(server, b"CAPA\n"):
            page = open_page(server, "#/sessions/1")
            lines = page.get_by_role("region", name="Lines").get_by_role("listitem")
            card = lines.filter(has_text="Violation")
            expect(card).to_contain_text("bare-lf the line ended in LF without CR")
            clause = card.get_by_role("link", name="RFC 1939 section 3")
            expect(clause).to_have_attribute(
                "href", "https://www.rfc-editor.org/rfc/rfc1939#section-3"
            )
            expect(lines.filter(has_text="Rule")).to_contain_text('CAPA -> reply text="-ERR later"')
            kinds = [
                line.split()[-1]
                for line in lines.evaluate_all("all => all.map(one => one.className)")
            ]
            assert kinds == ["note", "server", "client", "violation", "rule", "server"]


def test_the_filter_is_part_of_the_address(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        fetched(server)
        with spoken(server, b"NOOP\n"):
            page = open_page(server, "#/sessions?filter=violations")
            rows = page.get_by_role("row").filter(has_text="127.0.0.1")
            expect(rows).to_have_count(1)
            page.get_by_role("button", name="violations").click()
            expect(rows).to_have_count(2)
            page.get_by_role("searchbox").fill("user:user quit")
            expect(rows).to_have_count(1)
            expect(page).to_have_url(f"{server.web_url}#/sessions?filter=user%3Auser+quit")
            page.get_by_role("searchbox").fill("nobody")
            expect(page.get_by_text("No session fits the filter")).to_be_visible()


def test_a_long_answer_is_folded(open_page: OpenPage) -> None:
    with Pop3Server(["Subject: one\r\n\r\n" + "text\r\n" * 100], web=True) as server:
        fetched(server, 1)
        page = open_page(server, "#/sessions/1")
        texts = page.get_by_text("text", exact=True).and_(page.locator("code"))
        expect(page.locator("summary")).to_contain_text("103 lines")
        expect(texts).to_have_count(0)
        page.locator("summary").click()
        expect(texts).to_have_count(100)


def test_a_line_has_an_address(open_page: OpenPage) -> None:
    """Even one that is folded."""
    with Pop3Server(["Subject: one\r\n\r\n" + "text\r\n" * 100], web=True) as server:
        fetched(server, 1)
        page = open_page(server, "#/sessions/1?line=60")
        expect(page.locator("[data-line='60']")).to_be_in_viewport()
        expect(page.locator("[data-line='60']")).to_be_focused()


def test_a_session_can_be_copied_as_a_test_and_as_a_scenario(
    open_page: OpenPage, tmp_path: Path
) -> None:
    with Pop3Server(["Subject: one"], web=True) as server:
        server.add_rule("RETR 1 times=1 -> delay 0.001")
        fetched(server, 1)
        page = open_page(server, "#/sessions/1", permissions=["clipboard-read", "clipboard-write"])

        def copied(name: str) -> str:
            button = page.get_by_role("button", name=name)
            button.click()
            expect(button).to_have_text("Copied")
            return str(page.evaluate("navigator.clipboard.readText()"))

        test = copied("Copy as a pytest test")
        compile(test, "test", "exec")
        assert 'add_rule("RETR 1 times=1 -> delay seconds=0.001")' in test
        assert 'expect(["USER", "PASS", "RETR 1", "QUIT"])' in test
        path = tmp_path / "like.toml"
        path.write_text(copied("Copy as a scenario"))
        with load_scenario(path).server() as again:
            assert len(again.messages) == 1
        assert copied("Copy as text").startswith("1    0.000 (connection opened from")
