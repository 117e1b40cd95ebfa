"""The examples of docs/transcripts.md."""

import json
import re
from pathlib import Path

import pytest

from pop3lab.core.actions import AwaitData, Close, EndTLS, HalfClose, Pause, Reset, StartTLS
from pop3lab.core.errors import ConfigError
from pop3lab.observe.expectations import compare_commands
from pop3lab.observe.transcript import action_from_note, parse, print_lines
from pop3lab.observe.transcript_formats import parse_json, print_json

PAGE = Path(__file__).parent.parent.parent / "docs" / "transcripts.md"
TEXT = PAGE.read_text("utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    assert found
    return found


def test_dialogues() -> None:
    for block in blocks("text"):
        lines = parse(block, folded=True)
        assert lines
        shown = "".join(line for line in block.splitlines(True) if not line.startswith("#"))
        assert print_lines(lines) == shown


def test_json() -> None:
    for block in blocks("json"):
        assert print_json(parse_json(block)) == block


def test_the_messages_that_are_shown_are_those_that_come() -> None:
    mistake, difference = blocks("none")
    with pytest.raises(ConfigError, match=re.escape(mistake.strip())):
        parse("C: NOOP\nC:QUIT")
    (items,) = re.findall(r"For `(\[.*?\])` and", TEXT)
    came = ["USER ann", "PASS ****", "LIST", "RETR 1", "RETR 2", "QUIT"]
    mismatch = compare_commands(json.loads(items), came, session=3)
    assert str(mismatch).strip() == difference.strip()


def test_actions() -> None:
    table = TEXT.partition("| note | action |")[2].partition("\n\n")[0]
    actions = [action_from_note(note) for note in re.findall(r"`\((.+?)\)`", table)]
    assert [type(action) for action in actions] == [
        *(Pause, Pause, Pause, Pause, AwaitData, StartTLS, StartTLS, StartTLS, EndTLS),
        *(HalfClose, HalfClose, Close, Close, Reset),
    ]
