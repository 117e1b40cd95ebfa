from html.parser import HTMLParser

import pytest
from hypothesis import given

from pop3lab.observe.transcript import TranscriptLine, Who, parse
from pop3lab.observe.transcript_formats import html_page
from tests.observe.test_dialogue import LINES

VOID = {"meta"}
KNOWN = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "section", "p", "small", "b"),
    *("code", "em", "aside", "details", "summary", "span"),
}


class Read(HTMLParser):
    """A page as a browser sees it: elements that are known and closed, and the text in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.elements: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN
        assert {name for name, _ in attrs} <= {"class", "lang", "charset", "name", "content"}
        self.elements.append((tag, dict(attrs).get("class") or ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    unknown_decl = handle_pi = handle_comment


def read(text: str) -> Read:
    return Read(html_page(parse(text)))


def test_a_session() -> None:
    seen = read(
        "1    0.000 (connection opened from 192.0.2.1:5)\n"
        "2    0.000 S: +OK other\n"
        "1    0.001 S: +OK ready\n"
        "1    0.002 C: NOOP <&\n"
        "1    0.003 (rule: RETR 2 -> reset)\n"
        "1    0.004 (violation no-quit: there was no QUIT)\n"
        "1    0.005 S| +O\n"
    )
    assert seen.text.split() == [
        *("POP3", "sessions", "POP3", "sessions"),
        *("Session", "1", "0.000(connection", "opened", "from", "192.0.2.1:5)"),
        *("0.001S:+OK", "ready", "0.002C:NOOP", "<&"),
        *("rule", "RETR", "2", "->", "reset"),
        *("violation", "no-quit:", "there", "was", "no", "QUIT", "0.005S|+O"),
        *("Session", "2", "0.000S:+OK", "other"),
    ]
    classes = [name for element, name in seen.elements if element in {"p", "aside"}]
    assert classes == ["", "server", "client", "rule", "violation", "server", "server"]


def test_by_hand_there_are_no_numbers_and_times() -> None:
    assert read("C: NOOP").text.split() == [*("POP3", "sessions") * 2, "Dialogue", "C:NOOP"]


@pytest.mark.parametrize(("lines", "folded"), [(5, 0), (6, 1), (100, 1)])
def test_long_answers_are_folded(lines: int, folded: int) -> None:
    seen = read("C: RETR 1\n" + "S: 1234\n" * lines + "C: QUIT\nS: +OK\n")
    assert [name for name, _ in seen.elements].count("details") == folded
    assert seen.text.count("1234") == lines
    more = f"and {lines - 1} lines, {6 * (lines - 1)} octets"
    assert (more in seen.text) == bool(folded)


HOSTILE = [
    "<script>alert(1)</script>",
    "</code></p></body>",
    '"><img src=x onerror=alert(1)>',
    "' onclick='x",
    "</style><script>",
    "&lt;script&gt; &#60;",
    "<!-- ",
    "]]><![CDATA[",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("who", "before", "end"),
    [
        ("client", "", "\r\n"),
        ("server", "", "\r\n"),
        ("server", "", ""),
        ("", "", ""),
        ("", "rule: ", ""),
        ("", "violation ", ""),
    ],
)
def test_nothing_from_the_wire_is_markup(who: Who, before: str, end: str, text: str) -> None:
    said = TranscriptLine(1, 0.0, who, f"{before}{text}{end}".encode())
    seen = Read(html_page([said] * 8, title=text))
    assert seen.text.count(text) == 8 + 2


@given(LINES)
def test_any_lines_are_a_sound_page(lines: list[TranscriptLine]) -> None:
    html = html_page(lines)
    Read(html)
    assert html.isascii()


def test_it_needs_nothing_else_and_suits_dark_and_light() -> None:
    html = html_page(parse("C: NOOP"))
    assert "prefers-color-scheme: dark" in html
    assert not any(word in html for word in ("http", "src=", "href=", "url(", "<script", "@import"))
