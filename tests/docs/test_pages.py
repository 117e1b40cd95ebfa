"""The pages of the manual show what is tested, and name what there is."""

import errno
import os
import re
from xml.etree import ElementTree as ET

import pytest
from docs.speed import speed

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.control.commands import CONTROL_COMMANDS
from pop3lab.core.errors import ConfigError
from tests.docs.pages import blocks, inline, pages, shown
from tests.docs.snippets import EXAMPLES, ROOT

CODE = {"python", "pycon", "sh", "shell", "bash", "console", "toml", "ini", "yaml", "perl"}
TESTED_ELSEWHERE = {"README.md", "transcripts.md"}  # tests/test_readme.py, tests/observe
SHORT = 2  # lines
SHOWN = [ROOT / "examples", ROOT / "src" / "pop3lab" / "languages"]  # whose files pages show


def test_no_code_stands_in_a_page_that_is_not_a_file() -> None:
    untested = [
        (block.page.name, block.text)
        for block in blocks()
        if block.kind in CODE and block.page.name not in TESTED_ELSEWHERE
        if len(block.text.splitlines()) > SHORT
    ]
    assert not untested


def test_what_is_shown_is_there() -> None:
    for page, example in shown():
        assert any(map(example.file.is_relative_to, SHOWN)), page
        assert example.code.strip(), (page, example)


def test_each_example_is_shown() -> None:
    in_a_page = {example.file for _, example in shown()}
    files = {path for path in EXAMPLES.rglob("*.*") if "__pycache__" not in path.parts}
    assert files <= in_a_page


def test_each_rule_can_be_read() -> None:
    wrong = dict(_mistakes())
    codes = [code for page, code in inline() if page.name != "transcripts.md"]
    rules = [code for code in codes if " -> " in code and code not in wrong]
    assert len(rules) > 10
    for rule in rules:
        of_option = re.sub("^--rule '(.*)'$", r"\1", rule)
        parse_rule(re.sub(r"""^fault |^server\.add_rule\(["']|["']\)$""", "", of_option))


def test_each_mistake_is_answered_as_is_shown() -> None:
    for written, said in _mistakes():
        with pytest.raises(ConfigError, match=re.escape(said)):
            parse_rule(written)


def _mistakes() -> list[tuple[str, str]]:
    page = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (at .+) \|$", page, re.MULTILINE)
    assert rows
    return rows


def test_each_profile_is_known() -> None:
    for page in pages():
        for name in re.findall(r'profile[ =]"?([a-z][a-z0-9-]+)"?`', page.read_text()):
            assert name in PROFILES, page


def test_each_quirk_is_known() -> None:
    """What is written like one: words with hyphens in how-tos on what is wrong."""
    others = {
        "oauth.md",
        "serve.md",
        "check.md",
        "driver.md",
        "verdict.md",
    }  # which speak of settings, states and verdicts
    for page, code in inline():
        if page.name in others or not (page.parent.name == "howto" or page.name == "concepts.md"):
            continue
        if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", code):
            assert code in {**BEHAVIOURS, **VIOLATIONS, **CONTROL_COMMANDS}, page


def test_the_picture_of_the_concepts_has_those_of_the_page() -> None:
    picture = ET.parse(ROOT / "docs" / "pictures" / "concepts.svg")
    drawn = {one.text for one in picture.iter() if one.get("class") == "name"}
    page = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8").replace("\n", " ")
    assert drawn - {"pop3lab", "client"} <= set(page.split("**"))
    words = {"fault", "quirk", "attack", "profile", "rule", "violation", "case", "verdict"}
    assert words <= drawn


def test_figures_of_other_pages_are_those_of_the_last_benchmark() -> None:
    page = (ROOT / "docs" / "why.md").read_text(encoding="utf-8")
    figures = dict(re.findall(r"^\| (.*) \| ([\d.,]+) \| `benchmarks/.+` \|$", page, re.MULTILINE))
    assert len(figures) == 7
    cost = (ROOT / "benchmarks" / "COST.md").read_text(encoding="utf-8")
    with_tls = re.search(r"^\| start \+ stop, TLS \| [\d.]+ \| ([\d.]+) ", cost, re.MULTILINE)
    assert with_tls
    assert figures["the same with TLS"] == with_tls[1]
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    starts = results[results.index("## Start and memory") :]
    dovecot = re.search(r"^\| Dovecot, tuned \| - \| ([\d.]+) ", starts, re.MULTILINE)
    assert dovecot
    assert figures["Dovecot, until its greeting"] == dovecot[1]


def test_the_page_on_speed_has_each_section_of_the_report_once() -> None:
    headings = re.compile(r"^## .*$", re.MULTILINE)
    report = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    assert headings.findall(speed()) == headings.findall(report)
    last = report.strip().splitlines()[-1]
    assert speed().endswith(f"{last}\n")


def test_each_message_under_troubleshooting_is_one_that_can_come() -> None:
    page = (ROOT / "docs" / "howto" / "troubleshooting.md").read_text(encoding="utf-8")
    table = page[page.index("| message | reason |") : page.index("`pop3lab doctor`")]
    messages = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert len(messages) > 3
    sources = "".join(path.read_text() for path in (ROOT / "src" / "pop3lab").rglob("*.py"))
    of_the_system = {os.strerror(number) for number in errno.errorcode}
    for message in messages:
        assert message in sources or message in of_the_system
