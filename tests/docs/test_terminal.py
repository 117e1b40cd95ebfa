"""A terminal's output as a picture."""

import re
from xml.etree import ElementTree as ET

from docs.terminal import picture, without_colours

RED, BOLD, PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"
SVG = "{http://www.w3.org/2000/svg}"


def _texts(output: str, columns: int = 20) -> list[tuple[str, str, str]]:
    """Each text, with its colour and weight."""
    root = ET.fromstring(picture(output, "title", columns))
    assert root.get("aria-label") == "title"
    return [
        (one.text.replace("\xa0", " "), one.get("fill", ""), one.get("font-weight", ""))
        for one in root.iter(f"{SVG}text")
        if one.text
    ]


def test_each_piece_has_its_colour_and_weight() -> None:
    assert _texts(f"a {RED}b{BOLD}c{PLAIN}\n<d>") == [
        ("a ", "", ""),
        ("b", "#ff8a80", ""),
        ("c", "#ff8a80", "bold"),
        ("<d>", "", ""),
    ]


def test_a_bright_colour_is_that_colour_until_it_is_the_default_again() -> None:
    assert [colour for _, colour, _ in _texts("\x1b[94ma\x1b[39mb")] == ["#79b8ff", ""]


def test_a_colour_goes_on_in_the_next_line() -> None:
    assert _texts(f"{RED}a\nb") == [("a", "#ff8a80", ""), ("b", "#ff8a80", "")]


def test_a_long_line_goes_on_below_its_note() -> None:
    made = picture("1 (one two three four", "", 12)
    placed = re.findall(r'<text x="([\d.]+)" y="([\d.]+)".*?>(.*?)<', made)
    assert [(x, text.replace("\xa0", " ")) for x, _, text in placed] == [
        ("18.00", "1 (one two"),
        ("41.49", "three"),
        ("41.49", "four"),
    ]
    assert len({y for _, y, _ in placed}) == 3


def test_the_picture_is_as_high_as_its_lines() -> None:
    heights = [
        int(re.findall(r'height="(\d+)"', picture(text, "", 9))[0]) for text in ("a", "a\na")
    ]
    assert heights[1] - heights[0] == 19


def test_the_text_without_colours() -> None:
    assert without_colours(f"a{RED}{BOLD}b{PLAIN}\n") == "ab\n"
