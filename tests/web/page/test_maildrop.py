"""The maildrop, as the page shows and changes it."""

from pathlib import Path

from playwright.sync_api import Request, expect

from pop3lab import Pop3Server
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.options import WebOptions
from tests.web.page.clients import logged_in
from tests.web.page.conftest import OpenPage

_HOSTILE = (
    b"Subject: <b>\x1b[1m\r\nFrom: a@example.org\r\n\r\n.dot\r\n<script>alert(1)</script>\r\n"
)


def test_a_message_is_shown_as_it_is_stored_and_as_it_is_sent(open_page: OpenPage) -> None:
    with Pop3Server([_HOSTILE], web=True) as server:
        page = open_page(server, "#/maildrop")
        row = page.get_by_role("row").filter(has_text="a@example.org")
        expect(row).to_contain_text(r"<b>\x1b[1m")
        row.click()
        text = page.get_by_role("region", name="Text of the message")
        expect(text).to_contain_text("Subject: <b>\\x1b[1m\nFrom: a@example.org\n\n.dot\n<script>")
        page.get_by_role("link", name="As sent").click()
        expect(text).to_contain_text(
            "\\r\\n\n..dot\\r\\n\n<script>alert(1)</script>\\r\\n\n.\\r\\n"
        )
        expect(text.locator("mark")).to_have_text(["."])
        page.keyboard.press("Escape")
        expect(text).to_be_hidden()
        expect(row.get_by_role("link")).to_be_focused()


def test_messages_are_added_and_deleted(open_page: OpenPage, tmp_path: Path) -> None:
    """By files, by pasting and by generating; a client sees them all."""
    file = tmp_path / "one.eml"
    file.write_bytes(b"Subject: of a file\r\n\r\n\xff\x00\r\n")
    with Pop3Server(web=True) as server:
        page = open_page(server, "#/maildrop")
        expect(page.get_by_text("The maildrop is empty")).to_be_visible()
        page.locator("input[type=file]").set_input_files(file)
        rows = page.locator("tbody tr[data-key]")
        expect(rows.nth(0)).to_contain_text("of a file")
        page.get_by_role("button", name="Paste").click()
        page.get_by_role("textbox").fill("Subject: pasted\n\ntext")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(rows.nth(1)).to_contain_text("pasted")
        page.get_by_role("button", name="Generate").click()
        page.get_by_role("dialog").get_by_role("button", name="Generate").click()
        expect(rows).to_have_count(5)
        client = logged_in(server)
        assert client.stat()[0] == 5
        assert client.retr(1)[1] == [b"Subject: of a file", b"", b"\xff\x00"]
        assert client.retr(2)[1] == [b"Subject: pasted", b"", b"text"]
        client.dele(1)
        client.quit()
        expect(rows).to_have_count(4)
        rows.first.click()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(rows).to_have_count(3)
        page.get_by_role("button", name="Delete all").click()
        expect(page.get_by_text("The maildrop is empty")).to_be_visible()
        assert server.messages == []


def test_a_file_can_be_dropped_on_the_list(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        page = open_page(server, "#/maildrop")
        expect(page.get_by_text("The maildrop is empty")).to_be_visible()
        page.evaluate(
            """() => {
                const data = new DataTransfer();
                data.items.add(new File(["Subject: dropped\\r\\n\\r\\n"], "dropped.eml"));
                const event = new DragEvent("drop", {dataTransfer: data, bubbles: true});
                document.querySelector(".list").dispatchEvent(event);
            }"""
        )
        expect(page.locator("tbody tr[data-key]")).to_contain_text("dropped")


def test_a_wrong_size_shows_its_sentence(open_page: OpenPage) -> None:
    with Pop3Server(web=True) as server:
        page = open_page(server, "#/maildrop")
        page.get_by_role("button", name="Generate").click()
        page.get_by_label("Size of each").fill("large")
        page.get_by_role("dialog").get_by_role("button", name="Generate").click()
        expect(page.get_by_role("alert").filter(has_text="large")).to_be_visible()


def test_very_many_changes_are_no_more_than_a_few_requests(open_page: OpenPage) -> None:
    """Each lists the maildrop, in the loop that serves clients."""
    live, asked = LiveEvents(), list[str]()

    def note(request: Request) -> None:
        asked.append(request.url)

    with Pop3Server(["Subject: one"], web=WebOptions(live=live)) as server:
        page = open_page(server, "#/maildrop")
        rows = page.locator("tbody tr[data-key]")
        expect(rows).to_have_count(1)
        page.on("request", note)
        server.add("Subject: two")
        for _ in range(200):
            told = {"change": "added", "user": "user", "uids": ["2"], "session": None}
            live.publish("message", told)
        expect(rows).to_have_count(2)
        assert len(asked) < 20
