"""The report as pages."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pop3lab.cases.catalogue import CASES
from pop3lab.report.badge import badge_svg
from pop3lab.report.case_results import results_of
from pop3lab.report.pages import Pages, group_title, headline
from pop3lab.report.transcript_rows import TranscriptBlock, transcript_blocks
from tests.report.samples import FAILED, INFORMED, LINES, PASSED, REPORT, UNJUDGED, sample
from tests.report.test_report import hostile

PAGES = Pages()


class Reading(HTMLParser):
    """The elements, the links and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_first_page_has_each_case_under_its_number_and_a_link_to_it() -> None:
    page = Reading(PAGES.index(sample()))
    assert page.ids.count("0.01") == 6
    assert {link for link in page.links if link.startswith("cases/")} == {
        f"cases/test-{name}.html" for name in ("good", "info", "raw", "lost", "not", "un")
    }
    assert "Of 4 cases, 1 fail, 1 warn." in page.text
    assert "Message 2 was deleted, and not delivered whole." in page.text
    assert "Wrong password: exit 3" in page.text


def test_a_page_without_scripts_can_be_filtered() -> None:
    assert "show-fail" in Reading(PAGES.index(sample())).ids


def test_the_page_of_a_case_says_what_happened_and_why_it_matters() -> None:
    page = Reading(PAGES.case(sample(), 3, LINES))
    assert "Message 2 was deleted, and not delivered whole." in page.text
    assert "Why it matters" in page.text
    assert "pop3lab check fetch --cases test/lost" in page.text
    assert "L21" in page.ids
    assert "#L21" in page.links
    assert "test-raw.html" in page.links
    assert "test-not.html" in page.links


def test_what_was_not_judged_says_why() -> None:
    assert "Calibration: it fails." in Reading(PAGES.case(sample(), 5, "")).text


def test_a_case_that_was_tried_again_says_so() -> None:
    again = replace(PASSED, tries=("fail", "pass"))
    for verdict, told in ((again, True), (PASSED, False)):
        results = results_of(replace(REPORT, verdicts=(verdict,)))
        assert ("fail, then pass: " in Reading(PAGES.case(results, 0, "")).text) is told


def test_the_command_of_a_client_stands_behind_our_options() -> None:
    results = results_of(REPORT, command="pop3lab check -- ./fetch {port}")
    page = Reading(PAGES.case(results, 3, LINES))
    assert "pop3lab check --cases test/lost -- ./fetch {port}" in page.text


def test_a_function_is_called_again() -> None:
    page = Reading(PAGES.case(results_of(REPORT), 3, LINES))
    assert 'pop3lab.check(fetch, "test/lost")' in page.text


@pytest.mark.parametrize("page", ["index", "case"])
def test_hostile_text_stays_text(page: str) -> None:
    results = hostile()
    transcript = "1 0.000 C: <img src=x onerror=alert(1)>\x1b[2J\n"
    text = PAGES.index(results) if page == "index" else PAGES.case(results, 0, transcript)
    read = Reading(text)
    assert r"<script>\x1b[2J</script> | `rm` \u202e\n# title" in read.text
    assert "img" not in read.elements
    assert text.count("<script") == (page == "index")
    assert not re.search("[\x1b\N{RIGHT-TO-LEFT OVERRIDE}]", text)
    assert "img" not in Reading(badge_svg(results, PAGES)).elements


def blocks(text: str, *deciding: int) -> list[TranscriptBlock]:
    return list(transcript_blocks(text, deciding))


def test_long_replies_are_folded_but_for_the_lines_that_decide() -> None:
    reply = ["C: RETR 1", *(f"S: {number}" for number in range(2, 30)), "C: QUIT"]
    text = "".join(f"1 0.000 {line}\n" for line in reply)
    assert [(block.folded, block.lines) for block in blocks(text)] == [
        (False, 3),
        (True, 25),
        (False, 2),
    ]
    found = blocks(text, 15)
    assert [row.number for block in found if not block.folded for row in block.rows] == [
        *(1, 2, 3, 15, 29, 30)
    ]
    assert [row.number for block in found for row in block.rows if row.decides] == [15]


def test_what_is_very_long_is_left_to_the_file() -> None:
    long = "C: RETR 1\n" + "1 0.0 S: x\n" * 1000 + f"1 0.0 S: {'y' * 1000}\n"
    found = blocks(long)
    assert sum(block.lines for block in found) == 1002
    assert sum(len(block.rows) for block in found) < 150
    assert max(len(row.text) for block in found for row in block.rows) < 500


def test_rows_say_who_spoke_and_what_the_rules_did() -> None:
    lines = ("C: QUIT", "S| +O", "(rule: x)", "(violation y: z)", "(close)")
    text = "".join(f"1 0.000 {line}\n" for line in lines)
    kinds = [row.kind for block in blocks(text) for row in block.rows]
    assert kinds == ["client", "server", "rule", "violation", "note"]


def test_each_group_has_a_title() -> None:
    for case in CASES.values():
        result = results_of(replace(REPORT, verdicts=[replace(PASSED, case=case)]))["cases"][0]
        assert group_title(result) != case.group


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ([PASSED], "1 case, and no mistake was found."),
        ([PASSED, INFORMED], "2 cases, and no mistake was found."),
        ([FAILED], "Of 1 case, 1 fail."),
        ([UNJUDGED], "No case was judged."),
    ],
)
def test_the_headline_is_the_verdict(verdicts: object, told: str) -> None:
    results = results_of(replace(REPORT, verdicts=verdicts))  # type: ignore[arg-type]
    assert headline(results["cases"]) == told
